"""First tables: users, clients and their keys, signing keys, tokens, and the wire to the bus.

Revision: 0001
Follows: nothing
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("api_scope",
        sa.Column("api_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("api_id", "name"),
    )
    op.create_index("ix_api_scope_name", "api_scope", ["name"], unique=False)
    op.create_table("application",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("token_type", sa.String(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table("consumer_key",
        sa.Column("key_mapping_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("application_name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("token_type", sa.String(), nullable=False),
        sa.Column("key_type", sa.String(), nullable=False),
        sa.Column("additional_properties", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key_mapping_id"),
        sa.UniqueConstraint("client_id"),
    )
    op.create_index("ix_consumer_key_application_id", "consumer_key", ["application_id"], unique=False)
    op.create_table("inbox",
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "key"),
    )
    op.create_table("issuer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("issuer"),
        sa.UniqueConstraint("name"),
    )
    op.create_table("oauth_client",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("grant_types", sa.JSON(), nullable=False),
        sa.Column("callback_url", sa.String(), nullable=True),
        sa.Column("validity_seconds", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_index("ix_oauth_client_owner", "oauth_client", ["owner"], unique=False)
    op.create_table("outbox",
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("topic", "key"),
    )
    op.create_index("ix_outbox_sequence", "outbox", ["sequence"], unique=False)
    op.create_index("ix_outbox_state", "outbox", ["state"], unique=False)
    op.create_table("parked_record",
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", "offset"),
    )
    op.create_table("reader_position",
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("cluster_id", sa.String(100), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("is_full_reading", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition"),
    )
    op.create_table("revocation",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id"),
    )
    op.create_index("ix_revocation_expires_at", "revocation", ["expires_at"], unique=False)
    op.create_table("role",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table("signing_key",
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("algorithm", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=False),
        sa.Column("public_jwk", sa.JSON(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kid"),
        sa.UniqueConstraint("algorithm", "generation", name="uq_signing_key_generation"),
    )
    op.create_table("user_account",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table("client_registration",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("client_name", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("is_saas_app", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_client.client_id"]),
        sa.PrimaryKeyConstraint("owner", "client_name"),
        sa.UniqueConstraint("client_id"),
    )
    op.create_table("client_secret",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_client.client_id"]),
        sa.PrimaryKeyConstraint("client_id", "hash"),
    )
    op.create_table("reference_token",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("key_type", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_client.client_id"]),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("ix_reference_token_client_id", "reference_token", ["client_id"], unique=False)
    op.create_index("ix_reference_token_expires_at", "reference_token", ["expires_at"], unique=False)
    op.create_index("ix_reference_token_subject", "reference_token", ["subject"], unique=False)
    op.create_table("user_role",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("user_id", "role"),
    )
    op.create_index("ix_user_role_role", "user_role", ["role"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_user_role_role", table_name="user_role")
    op.drop_table("user_role")
    op.drop_index("ix_reference_token_subject", table_name="reference_token")
    op.drop_index("ix_reference_token_expires_at", table_name="reference_token")
    op.drop_index("ix_reference_token_client_id", table_name="reference_token")
    op.drop_table("reference_token")
    op.drop_table("client_secret")
    op.drop_table("client_registration")
    op.drop_table("user_account")
    op.drop_table("signing_key")
    op.drop_table("role")
    op.drop_index("ix_revocation_expires_at", table_name="revocation")
    op.drop_table("revocation")
    op.drop_table("reader_position")
    op.drop_table("parked_record")
    op.drop_index("ix_outbox_state", table_name="outbox")
    op.drop_index("ix_outbox_sequence", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_oauth_client_owner", table_name="oauth_client")
    op.drop_table("oauth_client")
    op.drop_table("issuer")
    op.drop_table("inbox")
    op.drop_index("ix_consumer_key_application_id", table_name="consumer_key")
    op.drop_table("consumer_key")
    op.drop_table("application")
    op.drop_index("ix_api_scope_name", table_name="api_scope")
    op.drop_table("api_scope")
