"""A refusal that may turn out wrong in a moment: a fact that would change it may still be on its way."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.handshake.refusal import Refusal


@dataclass(frozen=True, slots=True)
class MayArrive:
    """What to answer if the fact does not come in time."""

    refusal: Refusal
