"""The database wire of a service: what it tells (outbox, relay) and what it learns (inbox), in its own transactions."""

from outbox.database import Database
from outbox.database_away import DatabaseAway
from outbox.inbox import FactHandler, InboxTables
from outbox.outbox import Outbox
from outbox.tables import InboxColumns, OutboxColumns, ParkedColumns, PositionColumns
from outbox.wire import Wire, WireTables

__all__ = [
    "Database",
    "DatabaseAway",
    "FactHandler",
    "InboxColumns",
    "InboxTables",
    "Outbox",
    "OutboxColumns",
    "ParkedColumns",
    "PositionColumns",
    "Wire",
    "WireTables",
]
