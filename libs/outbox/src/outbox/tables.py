"""Column mixins; each service makes tables of its own from them, in its own database and migrations.

The outbox holds the last fact of each key, sent or not: a fact is a whole state, so what was overtaken before it was
sent need not be sent, and the database can at any time say again all that it ever told (docs/decisions/0002).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, DateTime, LargeBinary, Text
from sqlmodel import Field, SQLModel


class OutboxState(StrEnum):
    """How far a row's fact has got. A deletion is told twice: as a fact, then as a tombstone."""

    PENDING = "pending"
    TOMBSTONE_PENDING = "tombstone_pending"
    SENT = "sent"


class OutboxColumns(SQLModel):
    """The last fact of each key. `sequence` is the order of writing."""

    topic: str = Field(primary_key=True, max_length=100)
    key: str = Field(primary_key=True, max_length=300)
    version: int = Field(sa_type=BigInteger)
    value: bytes = Field(sa_type=LargeBinary)
    deleted: bool = False
    state: str = Field(default=OutboxState.PENDING, max_length=20, index=True)
    sequence: int = Field(sa_type=BigInteger, index=True)
    written_at: datetime = Field(sa_type=DateTime(timezone=True))


class InboxColumns(SQLModel):
    """The version of each thing that was applied last. `generation` tells which full reading met it."""

    topic: str = Field(primary_key=True, max_length=100)
    key: str = Field(primary_key=True, max_length=300)
    version: int = Field(sa_type=BigInteger)
    deleted: bool = False
    generation: int = 0


class PositionColumns(SQLModel):
    """Where the reader stands, and in which log: a position means nothing in another cluster."""

    topic: str = Field(primary_key=True, max_length=100)
    partition: int = Field(primary_key=True)
    next_offset: int = Field(sa_type=BigInteger)
    cluster_id: str = Field(max_length=100)
    generation: int = 0
    is_full_reading: bool = False
    read_at: datetime = Field(sa_type=DateTime(timezone=True))


class ParkedColumns(SQLModel):
    """Records that could not be read or applied, with the reason; they block nobody."""

    topic: str = Field(primary_key=True, max_length=100)
    partition: int = Field(primary_key=True)
    offset: int = Field(primary_key=True, sa_type=BigInteger)
    key: str = Field(max_length=300)
    value: bytes | None = Field(default=None, sa_type=LargeBinary)
    reason: str = Field(sa_type=Text)
    parked_at: datetime = Field(sa_type=DateTime(timezone=True))
