"""AsyncAPI documents of APIs and revisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api", sa.Column("definition", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("revision", sa.Column("definition", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("revision", "definition")
    op.drop_column("api", "definition")
