"""Runs the publisher's migrations on the connection that `python -m publisher migrate` opens."""

from alembic import context

from outbox.migrating import run_migrations
from publisher.store.tables import Table

run_migrations(context, Table.metadata)  # type: ignore[arg-type]  # the module stands for the EnvironmentContext in it
