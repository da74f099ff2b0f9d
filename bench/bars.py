"""What a row of the table is held against: a bar to pass first, and a goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class Bar(Protocol):
    """Medians of all candidates of a row; None where the candidate to compare with was not run."""

    def first(self, medians: Mapping[str, float]) -> float | None:
        """At most so much, first of all."""

    def goal(self, medians: Mapping[str, float]) -> float | None:
        """At most so much in the end."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many times what `other` takes."""

    other: str
    first_factor: float
    goal_factor: float

    def first(self, medians: Mapping[str, float]) -> float | None:
        return _scaled(medians.get(self.other), self.first_factor)

    def goal(self, medians: Mapping[str, float]) -> float | None:
        return _scaled(medians.get(self.other), self.goal_factor)


@dataclass(frozen=True, slots=True)
class More:
    """So much more than `other`."""

    other: str
    first_surplus: float
    goal_surplus: float

    def first(self, medians: Mapping[str, float]) -> float | None:
        other = medians.get(self.other)
        return None if other is None else other + self.first_surplus

    def goal(self, medians: Mapping[str, float]) -> float | None:
        other = medians.get(self.other)
        return None if other is None else other + self.goal_surplus


@dataclass(frozen=True, slots=True)
class UpTo:
    """So much, whatever others take."""

    first_amount: float
    goal_amount: float

    def first(self, medians: Mapping[str, float]) -> float | None:
        return self.first_amount

    def goal(self, medians: Mapping[str, float]) -> float | None:
        return self.goal_amount


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
