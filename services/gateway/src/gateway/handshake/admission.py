"""What the handshake asks of the rest of the gateway: whether, and where to, a request may go.

The Protocol belongs to this side; routing and policies implement it. Its order of checks is the blueprint's.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from gateway.handshake.refusal import Refusal
from gateway.handshake.request_head import RequestHead
from gateway.handshake.trace_context import NO_TRACE
from gateway.inspection.message_rules import MessageRules
from gateway.session.grounds import NO_GROUNDS, Grounds
from gateway.session.limits import UNLIMITED, SessionLimits
from gateway.session.meter import UNLIMITED_METER, Meter
from gateway.session.session import NOBODY, SessionLabels
from gateway.session.violation import MAX_SIGNED_64
from gateway.upstream.backend_group import BackendGroup
from gateway.upstream.request import Forwarded


class HandshakeAttempt:
    """A syntactically right upgrade request and where it came from, as far as that is believed: ``client_address`` is
    without port, ``forwarded.host`` is the Host that the client asked for.

    ``labels``, for metrics and logs, say whose handshake it is: the admission writes down what it found out. The
    session that it becomes will have the id ``session_id``.
    """

    __slots__ = ("client_address", "forwarded", "head", "labels", "session_id", "trace")

    def __init__(self, head: RequestHead, client_address: str, forwarded: Forwarded) -> None:
        self.head = head
        self.client_address = client_address
        self.forwarded = forwarded
        self.labels = NOBODY
        self.session_id = ""
        self.trace = NO_TRACE


@dataclass(slots=True, init=False, repr=False)
class Admitted:
    """Where an admitted request goes and what is known of it.

    ``sub_path`` (normal, begins with a slash, or empty) is put behind the path of the endpoint; ``mapped_target``, a
    path with its query, takes the place of both. The query goes on less ``access_token``. ``extra_headers`` go to the
    backend as they are. ``expires_at`` is POSIX time. ``facts_seen`` is the admission's own: what it knew when it
    decided. ``meter`` judges the session's messages; ``may_drop`` says that it, or a policy, may drop some.
    ``message_rules`` say what they must be like; None: anything goes.
    ``client_address`` is the attempt's, where its quotas need it.
    """

    backends: BackendGroup
    labels: SessionLabels
    sub_path: str
    mapped_target: str | None
    limits: SessionLimits
    extra_headers: tuple[tuple[str, str], ...]
    expires_at: float | None
    grounds: Grounds
    facts_seen: int
    meter: Meter
    may_drop: bool
    message_rules: MessageRules | None
    client_address: str

    def __init__(
        self,
        backends: BackendGroup,
        labels: SessionLabels,
        sub_path: str = "",
        *,
        mapped_target: str | None = None,
        limits: SessionLimits = UNLIMITED,
        extra_headers: tuple[tuple[str, str], ...] = (),
        expires_at: float | None = None,
        grounds: Grounds = NO_GROUNDS,
        facts_seen: int = 0,
        meter: Meter = UNLIMITED_METER,
        may_drop: bool = False,
        message_rules: MessageRules | None = None,
        client_address: str = "",
    ) -> None:
        self.backends = backends
        self.labels = labels
        self.sub_path = sub_path
        self.mapped_target = mapped_target
        self.limits = limits
        self.extra_headers = extra_headers
        self.expires_at = expires_at
        self.grounds = grounds
        self.facts_seen = facts_seen
        self.meter = meter
        self.may_drop = may_drop
        self.message_rules = message_rules
        self.client_address = client_address

    @property
    def separates_messages(self) -> bool:
        """Whether each compressed message must be readable without those before it."""
        is_limited = self.limits.max_message_bytes < MAX_SIGNED_64
        return self.may_drop or is_limited or self.message_rules is not None


Decision = Admitted | Refusal


class Admission(Protocol):
    """Decides on handshakes. Called on the event loop for each of them: be quick, do no I/O."""

    def decide(self, attempt: HandshakeAttempt) -> Decision | Awaitable[Decision]:
        """Decide now; or return an awaitable where a fact may be on its way, which is cancelled if the client goes."""

    def confirm(self, attempt: HandshakeAttempt, admitted: Admitted) -> Refusal | None:
        """The backend has accepted: does the decision still hold? Called right before the session is registered."""

    def release(self, admitted: Admitted) -> None:
        """``admitted`` will not become a session after all. Called at most once, and never after a session opened."""


class HandshakeObserver(Protocol):
    """Counts. Must be quick and must not raise."""

    def refused(self, refusal: Refusal, attempt: HandshakeAttempt | None, *, peer_address: str) -> None:
        """A handshake got this answer; without an ``attempt`` where it was none by its syntax."""

    def accepted(self, admitted: Admitted, attempt: HandshakeAttempt, *, seconds: float) -> None:
        """A client got its 101, so long after its connection was accepted."""
