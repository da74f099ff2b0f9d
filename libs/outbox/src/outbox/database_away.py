"""Which of the drivers' errors mean that the database is away, for one error that says so.

Away is what comes back by itself or by somebody's hand while the service runs: a server that is down, starts, hangs or
is full, a file that is locked or cannot be written, a transaction that had to make way for another. An error in our SQL
or our data stays what it is.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from telemetry.problem import Unavailable

# PostgreSQL's classes of errors (its manual, appendix A): connection, authorization, a transaction that was rolled back
# for another's sake (deadlocks), resources, an operator's hand, system. And two errors of a server that is being
# replaced: no such database, read-only.
_CLASSES: Final = ("08", "28", "40", "53", "57", "58")
_STATES: Final = ("3D000", "25006")

_SQLITE_CODES: Final = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
_PRIMARY_CODE: Final = 0xFF


class DatabaseAway(Unavailable):
    """Nothing was changed; after a commit whose answer was lost this is not known."""

    message = "The service's database cannot be used right now"


def why_away(error: SQLAlchemyError | OSError) -> str | None:
    """The reason, or None for an error of another kind. The drivers let the system's errors through as they are."""
    if isinstance(error, OSError | PoolTimeout):
        return str(error) or "no answer in time"
    if isinstance(error, DBAPIError) and (error.connection_invalidated or _is_of_the_server(error)):
        return str(error.orig)
    return None


def name_for_people(url: URL) -> str:
    """Where the database is, without the user, the password and the parameters, which may hold another."""
    place = URL.create(url.get_backend_name(), host=url.host, port=url.port, database=url.database)
    return place.render_as_string()


def _is_of_the_server(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None) or ""
    code = getattr(error.orig, "sqlite_errorcode", 0) & _PRIMARY_CODE
    return state.startswith(_CLASSES) or state in _STATES or code in _SQLITE_CODES
