"""Which version of an API answers at its context without a version.

The one that people chose (`isDefaultVersion`) takes over only once it can serve; until then the one before it goes on.
"""

from __future__ import annotations

from contracts.publisher import ApiState

_SERVING_STATES = frozenset({ApiState.PUBLISHED, ApiState.PROTOTYPED, ApiState.BLOCKED, ApiState.DEPRECATED})


def can_serve(state: ApiState, *, is_deployed: bool) -> bool:
    """Whether gateways would know the API and let subscribers in, now or once it is unblocked."""
    return is_deployed and state in _SERVING_STATES


def active_default(*, chosen: str | None, active: str | None, can_chosen_serve: bool) -> str | None:
    """The id of the API that answers, given the chosen one and the one that answered until now (None: it is gone)."""
    if chosen is None:
        return None
    return chosen if can_chosen_serve else active
