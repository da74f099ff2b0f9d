"""The devportal's first tables: applications, subscriptions, keys, read models, outbox and inbox.

Revision: 0001
Follows: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("fact_version", sa.BigInteger(), nullable=False),
        sa.Column("fact", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_api_state"), "api", ["state"], unique=False)
    op.create_table(
        "application",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("token_type", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=30), nullable=True),
        sa.Column("is_hash_enabled", sa.Boolean(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("owner", "name", name="uq_application_name"),
    )
    op.create_table(
        "default_version",
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("api_id", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("context"),
    )
    op.create_index(op.f("ix_default_version_api_id"), "default_version", ["api_id"], unique=False)
    op.create_table(
        "deployment",
        sa.Column("api_id", sa.String(length=100), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("vhost", sa.Text(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("operations", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("api_id", "environment"),
    )
    op.create_table(
        "environment",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fact", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "inbox",
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "key"),
    )
    op.create_table(
        "outbox",
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("topic", "key"),
    )
    op.create_index(op.f("ix_outbox_sequence"), "outbox", ["sequence"], unique=False)
    op.create_index(op.f("ix_outbox_state"), "outbox", ["state"], unique=False)
    op.create_table(
        "parked_record",
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", "offset"),
    )
    op.create_table(
        "plan",
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fact", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("level", "name"),
    )
    op.create_table(
        "reader_position",
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("cluster_id", sa.String(length=100), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("is_full_reading", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition"),
    )
    op.create_table(
        "subscription_control",
        sa.Column("subscription_id", sa.String(length=100), nullable=False),
        sa.Column("block", sa.String(length=30), nullable=False),
        sa.PrimaryKeyConstraint("subscription_id"),
    )
    op.create_table(
        "api_role",
        sa.Column("api_id", sa.String(length=100), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["api_id"], ["api.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("api_id", "role"),
    )
    op.create_table(
        "api_tag",
        sa.Column("api_id", sa.String(length=100), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["api_id"], ["api.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("api_id", "tag"),
    )
    op.create_table(
        "application_key",
        sa.Column("key_mapping_id", sa.String(length=100), nullable=False),
        sa.Column("application_id", sa.String(length=100), nullable=False),
        sa.Column("key_manager", sa.String(length=255), nullable=False),
        sa.Column("key_type", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("consumer_key", sa.Text(), nullable=False),
        sa.Column("grant_types", sa.JSON(), nullable=False),
        sa.Column("callback_url", sa.Text(), nullable=True),
        sa.Column("validity_seconds", sa.Integer(), nullable=False),
        sa.Column("additional_properties", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key_mapping_id"),
        sa.UniqueConstraint("application_id", "key_manager", "key_type", name="uq_application_key"),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("application_id", sa.String(length=100), nullable=False),
        sa.Column("api_id", sa.String(length=100), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("requested_plan", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("application_id", "api_id", name="uq_subscription"),
    )
    op.create_index(op.f("ix_subscription_api_id"), "subscription", ["api_id"], unique=False)


def downgrade() -> None:
    op.drop_table("subscription")
    op.drop_table("application_key")
    op.drop_table("api_tag")
    op.drop_table("api_role")
    op.drop_table("subscription_control")
    op.drop_table("reader_position")
    op.drop_table("plan")
    op.drop_table("parked_record")
    op.drop_table("outbox")
    op.drop_table("inbox")
    op.drop_table("environment")
    op.drop_table("deployment")
    op.drop_table("default_version")
    op.drop_table("application")
    op.drop_table("api")
