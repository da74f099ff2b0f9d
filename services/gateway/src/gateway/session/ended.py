"""The owner of the legs of a session that has ended, who wants to hear nothing.

Legs and their relay know each other. A ring of references would keep an ended session, with both its transports, until
the garbage collector comes by; legs that let go of their relay let all of it be freed at once.
"""

from typing import Final

from gateway.session.inspector import Finding
from gateway.session.leg import Leg, LegOwner


class _Deaf:
    """See LegOwner for each of these."""

    def on_alert(self, leg: Leg, sendable: bytes) -> None:
        pass

    def on_end_of_stream(self, leg: Leg) -> bool:
        return False

    def on_lost(self, leg: Leg) -> None:
        pass

    def on_writability(self, leg: Leg, *, is_stalled: bool) -> None:
        pass

    def on_dropped(self, leg: Leg) -> None:
        pass

    def on_throttled_out(self, leg: Leg) -> None:
        pass

    def on_finding(self, leg: Leg, finding: Finding) -> None:
        pass

    def on_released(self, leg: Leg) -> None:
        pass


ENDED: Final[LegOwner] = _Deaf()
