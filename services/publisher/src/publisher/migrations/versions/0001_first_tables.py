"""The publisher's first tables: APIs, revisions, deployments, plans, read models, outbox and inbox.

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
        "api_identity",
        sa.Column("name_key", sa.String(length=150), nullable=False),
        sa.Column("context_key", sa.String(length=250), nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("context", sa.String(length=250), nullable=False),
        sa.Column("chosen_default", sa.String(length=36), nullable=True),
        sa.Column("active_default", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("name_key"),
        sa.UniqueConstraint("context_key"),
    )
    op.create_table(
        "application",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "environment",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("display_name", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("vhosts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("id"),
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
    op.create_index("ix_outbox_sequence", "outbox", ["sequence"])
    op.create_index("ix_outbox_state", "outbox", ["state"])

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
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("display_name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("billing_plan", sa.String(length=20), nullable=False),
        sa.Column("stop_on_quota_reach", sa.Boolean(), nullable=False),
        sa.Column("is_streaming", sa.Boolean(), nullable=False),
        sa.Column("quota", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("level", "name", name="uq_plan_name"),
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
        "subscription",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("api_id", sa.String(length=100), nullable=False),
        sa.Column("application_id", sa.String(length=100), nullable=False),
        sa.Column("plan", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_subscription_api_id", "subscription", ["api_id"])
    op.create_index("ix_subscription_application_id", "subscription", ["application_id"])

    op.create_table(
        "subscription_control",
        sa.Column("subscription_id", sa.String(length=100), nullable=False),
        sa.Column("block", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("subscription_id"),
    )
    op.create_table(
        "api",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name_key", sa.String(length=150), nullable=False),
        sa.Column("canonical_version", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("context", sa.String(length=250), nullable=False),
        sa.Column("version", sa.String(length=30), nullable=False),
        sa.Column("provider", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("last_revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["name_key"],
            ["api_identity.name_key"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name_key", "canonical_version", name="uq_api_version"),
    )
    op.create_index("ix_api_created_at", "api", ["created_at"])
    op.create_index("ix_api_name", "api", ["name"])
    op.create_index("ix_api_provider", "api", ["provider"])
    op.create_index("ix_api_state", "api", ["state"])

    op.create_table(
        "api_access_role",
        sa.Column("api_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=250), nullable=False),
        sa.ForeignKeyConstraint(["api_id"], ["api.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("api_id", "role"),
    )
    op.create_table(
        "api_tag",
        sa.Column("api_id", sa.String(length=36), nullable=False),
        sa.Column("tag", sa.String(length=250), nullable=False),
        sa.ForeignKeyConstraint(["api_id"], ["api.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("api_id", "tag"),
    )
    op.create_table(
        "lifecycle_event",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("api_id", sa.String(length=36), nullable=False),
        sa.Column("before", sa.String(length=20), nullable=True),
        sa.Column("after", sa.String(length=20), nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["api_id"], ["api.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_lifecycle_event_api_id", "lifecycle_event", ["api_id"])

    op.create_table(
        "revision",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("api_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["api_id"], ["api.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("api_id", "number", name="uq_revision_number"),
    )
    op.create_table(
        "deployment",
        sa.Column("api_id", sa.String(length=36), nullable=False),
        sa.Column("environment", sa.String(length=100), nullable=False),
        sa.Column("revision_id", sa.String(length=36), nullable=False),
        sa.Column("vhost", sa.String(length=255), nullable=False),
        sa.Column("is_shown_on_devportal", sa.Boolean(), nullable=False),
        sa.Column("deployed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["api_id"], ["api.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["environment"],
            ["environment.name"],
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["revision.id"],
        ),
        sa.PrimaryKeyConstraint("api_id", "environment"),
    )
    op.create_index("ix_deployment_revision_id", "deployment", ["revision_id"])


def downgrade() -> None:
    op.drop_index("ix_deployment_revision_id", "deployment")

    op.drop_table("deployment")
    op.drop_table("revision")
    op.drop_index("ix_lifecycle_event_api_id", "lifecycle_event")

    op.drop_table("lifecycle_event")
    op.drop_table("api_tag")
    op.drop_table("api_access_role")
    op.drop_index("ix_api_state", "api")
    op.drop_index("ix_api_provider", "api")
    op.drop_index("ix_api_name", "api")
    op.drop_index("ix_api_created_at", "api")

    op.drop_table("api")
    op.drop_table("subscription_control")
    op.drop_index("ix_subscription_application_id", "subscription")
    op.drop_index("ix_subscription_api_id", "subscription")

    op.drop_table("subscription")
    op.drop_table("reader_position")
    op.drop_table("plan")
    op.drop_table("parked_record")
    op.drop_index("ix_outbox_state", "outbox")
    op.drop_index("ix_outbox_sequence", "outbox")

    op.drop_table("outbox")
    op.drop_table("inbox")
    op.drop_table("environment")
    op.drop_table("application")
    op.drop_table("api_identity")
