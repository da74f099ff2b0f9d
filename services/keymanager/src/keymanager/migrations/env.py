"""Runs the key manager's migrations on the connection that `python -m keymanager migrate` opens."""

from alembic import context

from keymanager.store.tables import Table
from outbox.migrating import run_migrations

run_migrations(context, Table.metadata)  # type: ignore[arg-type]  # the module stands for the EnvironmentContext in it
