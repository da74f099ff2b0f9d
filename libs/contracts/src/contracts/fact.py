"""What every fact is: the whole current state of one thing, with a version that only grows.

A fact's topic is its type. Readers ignore fields they do not know, so a contract may grow by optional fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

MAX_FACT_BYTES = 900_000


@dataclass(frozen=True, slots=True)
class Topic:
    """Where the facts of one type travel, and how long the log keeps them.

    `compacted` keeps the last fact of each key; `retention` forgets by age; both together do both.
    """

    name: str
    partitions: int = 1
    compacted: bool = True
    retention: timedelta | None = None


class Fact(BaseModel):
    """One thing's state. `version` is set when the fact is written; `deleted` says that the thing is gone."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="float")

    topic: ClassVar[Topic]

    version: int = 0
    deleted: bool = False

    @property
    def key(self) -> str:
        """The identity of the thing: facts of one key are in order on the bus."""
        raise NotImplementedError
