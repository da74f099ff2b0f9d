"""What a plan says beyond its quota, who uses it, and deny policies.

Revision: 0002
Follows: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plan", sa.Column("burst", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("plan", sa.Column("connections", sa.BigInteger(), nullable=True))
    op.add_column("plan", sa.Column("max_message_bytes", sa.BigInteger(), nullable=True))
    op.add_column("plan", sa.Column("reaction", sa.String(length=20), nullable=False, server_default="drop"))
    op.add_column("plan", sa.Column("permitted_roles", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("plan", sa.Column("denied_roles", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("plan", sa.Column("kept", sa.JSON(), nullable=False, server_default="{}"))

    op.create_table(
        "api_plan",
        sa.Column("api_id", sa.String(length=36), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("plan", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["api_id"], ["api.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("api_id", "level", "plan"),
    )
    op.create_index("ix_api_plan_plan", "api_plan", ["level", "plan"])
    _note_plans_of_apis()

    op.create_index("ix_subscription_plan", "subscription", ["plan"])
    op.add_column("application", sa.Column("plan", sa.String(length=255), nullable=False, server_default=""))
    op.create_index("ix_application_plan", "application", ["plan"])
    _read_applications_again()

    op.create_table(
        "deny_policy",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("identity", sa.String(length=700), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=600), nullable=False),
        sa.Column("last_address", sa.String(length=50), nullable=True),
        sa.Column("invert", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("identity"),
    )
    op.create_index("ix_deny_policy_created_at", "deny_policy", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_deny_policy_created_at", "deny_policy")
    op.drop_table("deny_policy")
    op.drop_index("ix_application_plan", "application")
    op.drop_column("application", "plan")
    op.drop_index("ix_subscription_plan", "subscription")
    op.drop_index("ix_api_plan_plan", "api_plan")
    op.drop_table("api_plan")
    for column in ("kept", "denied_roles", "permitted_roles", "reaction", "max_message_bytes", "connections", "burst"):
        op.drop_column("plan", column)


def _note_plans_of_apis() -> None:
    """For the APIs that are there already."""
    api = sa.table("api", sa.column("id", sa.String), sa.column("document", sa.JSON))
    api_plan = sa.table("api_plan", *(sa.column(name, sa.String) for name in ("api_id", "level", "plan")))
    for api_id, document in op.get_bind().execute(sa.select(api.c.id, api.c.document)):
        named = [("subscription", plan) for plan in dict.fromkeys(document.get("policies") or ())]
        named += [("api", plan) for plan in [document.get("apiThrottlingPolicy")] if plan]
        if named:
            op.bulk_insert(api_plan, [{"api_id": api_id, "level": level, "plan": plan} for level, plan in named])


def _read_applications_again() -> None:
    """Their plan was not kept so far. Without a position the reader begins anew; without a version it takes them all."""
    op.execute("DELETE FROM inbox WHERE topic = 'devportal.application.v1'")
    op.execute("DELETE FROM reader_position")
