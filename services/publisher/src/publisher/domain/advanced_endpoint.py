"""The advanced configuration of an endpoint (WSO2 `config`): when a failing backend is left alone, and for how long.

WSO2's user interface writes numbers as texts, and what was left out as empty texts; both are taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.publisher import Suspension
from publisher.errors import InvalidInput

MAX_SUSPENSION_MS: Final = 86_400_000
CONNECT_TIMEOUT_MS: Final = (100, 60_000)

# Synapse's names for what can go wrong on the way to a backend.
ERROR_CODES: Final = frozenset({101_000, 101_001, 101_500, 101_501, *range(101_503, 101_511)})

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class AdvancedEndpoint:
    """What holds for the backends of one type of keys."""

    suspension: Suspension | None = None
    connect_timeout_ms: int | None = None


# WSO2's free-form JSON, hence Any, here and below.
def read_advanced(config: Any, *, pointer: str) -> AdvancedEndpoint:  # noqa: ANN401
    """Raises `InvalidInput`. What else WSO2 has there (retries, timeout actions) has no meaning for WebSockets."""
    if config in (None, "", {}, []):
        return AdvancedEndpoint()
    if not isinstance(config, Mapping):
        raise InvalidInput.at(pointer, "must be an object")
    timeout = _number(config, "connectTimeout", pointer, *CONNECT_TIMEOUT_MS)
    return AdvancedEndpoint(_suspension(config, pointer), int(timeout) if timeout else None)


def _suspension(config: Mapping[str, Any], pointer: str) -> Suspension | None:
    codes = _error_codes(config.get("suspendErrorCode"), pointer=f"{pointer}/suspendErrorCode")
    duration = _number(config, "suspendDuration", pointer, 1, MAX_SUSPENSION_MS)
    longest = _number(config, "suspendMaxDuration", pointer, 1, MAX_SUSPENSION_MS)
    factor = _number(config, "factor", pointer, 1, 100)
    if duration is None:
        if codes or longest:
            raise InvalidInput.at(f"{pointer}/suspendDuration", "must be given where the rest of a suspension is")
        return None
    if longest is not None and longest < duration:
        raise InvalidInput.at(f"{pointer}/suspendMaxDuration", "must not be below suspendDuration")
    return Suspension(
        error_codes=codes,
        duration_ms=int(duration),
        max_duration_ms=int(longest) if longest else None,
        factor=factor or 1.0,
    )


def _error_codes(given: Any, *, pointer: str) -> tuple[int, ...]:  # noqa: ANN401
    parts = given.split(",") if isinstance(given, str) else given or ()
    if not isinstance(parts, list | tuple):
        raise InvalidInput.at(pointer, "must be a list of error codes")
    texts = [str(part).strip() for part in parts if part != ""]
    for text in texts:
        if not text.isdecimal() or int(text) not in ERROR_CODES:
            raise InvalidInput.at(pointer, f"known codes are {', '.join(map(str, sorted(ERROR_CODES)))}")
    return tuple(dict.fromkeys(int(text) for text in texts))


def _number(config: Mapping[str, Any], name: str, pointer: str, lowest: float, highest: float) -> float | None:
    given = config.get(name)
    if given is None or given == "":
        return None
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if not is_number and not (isinstance(given, str) and _NUMBER.fullmatch(given.strip())):
        raise InvalidInput.at(f"{pointer}/{name}", "must be a number")
    if not lowest <= float(given) <= highest:
        raise InvalidInput.at(f"{pointer}/{name}", f"must be between {lowest} and {highest}")
    return float(given)
