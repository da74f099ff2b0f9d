"""Plans (WSO2 throttling policies): what somebody may use, and who may choose it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.publisher import Burst, PlanLevel, Quota, QuotaReaction, QuotaType

# Which gateways take for a channel without authentication, so it is always in use.
UNAUTHENTICATED: Final = "Unauthenticated"

# WSO2 says "unlimited" with the largest number it has.
UNLIMITED: Final = 2_147_483_647
BYTES_IN: Final = {"KB": 1024, "MB": 1024**2, "GB": 1024**3}


@dataclass(frozen=True, slots=True)
class Plan:
    """No quota: unlimited. `is_streaming` plans count events, and are listed apart.

    `connections`: sessions at the same time. `permitted_roles` None: everybody may choose it but who has one of
    `denied_roles`. `kept` are fields of WSO2's that have no meaning here: JSON, hence Any.
    """

    id: str
    level: PlanLevel
    name: str
    display_name: str
    description: str
    quota: Quota | None
    is_streaming: bool = False
    billing_plan: str = "FREE"
    stop_on_quota_reach: bool = True
    burst: Burst | None = None
    connections: int | None = None
    max_message_bytes: int | None = None
    reaction: QuotaReaction = QuotaReaction.DROP
    permitted_roles: tuple[str, ...] | None = None
    denied_roles: tuple[str, ...] = ()
    kept: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_needed_by_gateways(self) -> bool:
        """Whether gateways use it although nobody has chosen it."""
        return self.level is PlanLevel.SUBSCRIPTION and self.name == UNAUTHENTICATED

    @property
    def shown_quota(self) -> Quota:
        """Unlimited is WSO2's largest number, in the unit that plans of its kind usually count in."""
        usual_type, usual_unit = (
            (QuotaType.EVENT_COUNT, "days") if self.is_streaming else (QuotaType.REQUEST_COUNT, "min")
        )
        return self.quota or Quota(type=usual_type, amount=UNLIMITED, unit_time=1, time_unit=usual_unit)
