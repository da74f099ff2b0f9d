"""One open session: who it belongs to, what it has carried, and the order to close it.

The labels are what policies and operators select by. They hold identifiers only, never a token.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from gateway.session.close_timeouts import CloseTimeouts
from gateway.session.extensions import NO_EXTENSIONS, Extensions
from gateway.session.grounds import NO_GROUNDS, Grounds
from gateway.session.inspector import NO_INSPECTORS, Inspectors
from gateway.session.leg import build_legs
from gateway.session.limits import SessionLimits
from gateway.session.meter import UNLIMITED_METER, Meter
from gateway.session.relay import CLOSED_BY_BACKEND, CLOSED_BY_CLIENT, Closer, Relay
from gateway.session.sweeper import Sweeper
from gateway.session.timers import Timers
from gateway.session.watch import Watch

# The plan of who needs no credential (WSO2's name; it counts for each client address), and what stands for a plan where
# an API is tried with its internal test key.
UNAUTHENTICATED_PLAN = "Unauthenticated"
TEST_KEY_PLAN = "InternalTestKey"


@dataclass(slots=True, init=False, unsafe_hash=True)
class SessionLabels:
    """Whose session it is, for good. Sessions with equal labels may share one object; empty means "none" (an open
    channel).

    ``plan`` is the name of the subscription's plan, ``UNAUTHENTICATED_PLAN`` or ``TEST_KEY_PLAN``.
    """

    api_id: str
    application_id: str
    subscription_id: str
    consumer_key: str
    key_type: str
    user: str
    token_id: str
    channel: str
    plan: str

    def __init__(
        self,
        api_id: str,
        *,
        application_id: str = "",
        subscription_id: str = "",
        consumer_key: str = "",
        key_type: str = "",
        user: str = "",
        token_id: str = "",
        channel: str = "",
        plan: str = "",
    ) -> None:
        self.api_id = api_id
        self.application_id = application_id
        self.subscription_id = subscription_id
        self.consumer_key = consumer_key
        self.key_type = key_type
        self.user = user
        self.token_id = token_id
        self.channel = channel
        self.plan = plan


NOBODY = SessionLabels(api_id="")


class SessionTraffic:
    """What a session has carried so far, data messages begun and their payload, in each direction.

    Dropped messages were throttled out; they are not among the others. Invalid ones fit none of their schemas.
    """

    __slots__ = (
        "bytes_from_backend", "bytes_from_client", "dropped_from_backend", "dropped_from_client",
        "invalid_from_backend", "invalid_from_client", "messages_from_backend", "messages_from_client",
    )  # fmt: skip

    def __init__(
        self,
        messages_from_client: int,
        bytes_from_client: int,
        messages_from_backend: int,
        bytes_from_backend: int,
        *,
        dropped_from_client: int = 0,
        dropped_from_backend: int = 0,
        invalid_from_client: int = 0,
        invalid_from_backend: int = 0,
    ) -> None:
        self.messages_from_client = messages_from_client
        self.bytes_from_client = bytes_from_client
        self.messages_from_backend = messages_from_backend
        self.bytes_from_backend = bytes_from_backend
        self.dropped_from_client = dropped_from_client
        self.dropped_from_backend = dropped_from_backend
        self.invalid_from_client = invalid_from_client
        self.invalid_from_backend = invalid_from_backend


class Session:
    """A relay with its labels. ``opened_at`` is POSIX time. ``close`` may be called at any time, and again."""

    __slots__ = (
        "_expires_at", "_on_closed", "_relay", "_watch", "client_address", "grounds", "labels", "limits",
        "opened_at",
        "session_id", "trace_id",
    )  # fmt: skip

    def __init__(
        self,
        session_id: str,
        *,
        labels: SessionLabels,
        opened_at: float,
        client_address: str,
        expires_at: float | None,
        on_closed: Callable[["Session"], None],
        grounds: Grounds = NO_GROUNDS,
        trace_id: str = "",
    ) -> None:
        self.session_id = session_id
        self.trace_id = trace_id
        self.labels = labels
        self.opened_at = opened_at
        self.client_address = client_address
        self._expires_at = expires_at
        self.grounds = grounds
        self._on_closed = on_closed
        self._relay: Relay
        self._watch: Watch | None = None
        self.limits: SessionLimits

    def start(
        self,
        client: asyncio.Transport,
        backend: asyncio.Transport,
        *,
        first_frames: bytes,
        limits: SessionLimits,
        timeouts: CloseTimeouts,
        meter: Meter = UNLIMITED_METER,
        extensions: Extensions = NO_EXTENSIONS,
        sweeper: Sweeper | None = None,
        inspectors: Inspectors = NO_INSPECTORS,
        timers: Timers | None = None,
    ) -> None:
        """Relay between two connected transports from now on. Without a sweeper no time limit is watched."""
        self.limits = limits
        legs = build_legs(client, backend, extensions=extensions, limits=limits)
        # Those of the gateway, so that the session needs none of its own.
        timers = timers or Timers(asyncio.get_running_loop())
        self._relay = Relay(timers, legs=legs, timeouts=timeouts, owner=self)
        self._relay.use_meter(meter)
        self._relay.look_into(inspectors)
        if sweeper is not None:
            self._watch = Watch(self._relay, sweeper=sweeper, limits=limits, expires_at=self._expires_at)
        self._relay.start(first_frames)

    def use_meter(self, meter: Meter) -> None:
        """Judge all messages by this one from now on, those that are held too. Live enforcement swaps plans so."""
        self._relay.use_meter(meter)

    def use_limits(self, limits: SessionLimits) -> None:
        """Hold to these from now on."""
        if limits == self.limits:
            return
        self.limits = limits
        self._relay.use_limits(limits)
        if self._watch is not None:
            self._watch.use_limits(limits)

    @property
    def expires_at(self) -> float | None:
        """POSIX time at which the session is closed with 4001. May be set while it is open.

        It is turned into the loop's time when it is set, so a jump of the wall clock closes nobody.
        """
        return self._expires_at

    @expires_at.setter
    def expires_at(self, expires_at: float | None) -> None:
        if expires_at != self._expires_at:
            self._expires_at = expires_at
            if self._watch is not None:
                self._watch.set_expiry(expires_at)

    def close(self, code: int, reason: str | None = None) -> None:
        """Send a Close frame to both sides and end the session within its close timeouts."""
        self._relay.close(code, reason)

    def abort(self) -> None:
        """End the session without waiting for anybody."""
        self._relay.abort()

    @property
    def is_closing(self) -> bool:
        """Whether a Close frame was sent by anybody, or a side is gone."""
        return self._relay.closer is not None

    @property
    def close_code(self) -> int | None:
        """The first close code; 1005 for a Close without one, 1006 when the client vanished; None while open."""
        return self._relay.close_code

    @property
    def closer(self) -> Closer | None:
        """Who began to close; None while open."""
        return self._relay.closer

    @property
    def initiator(self) -> str:
        """The name of who began to close; the gateway where nobody else did."""
        closer = self._relay.closer
        return "client" if closer is CLOSED_BY_CLIENT else "backend" if closer is CLOSED_BY_BACKEND else "gateway"

    @property
    def stalled_since(self) -> float | None:
        """Loop time since which the client does not read what is due to it; None while it does."""
        return self._relay.client.stalled_since

    @property
    def buffered_bytes(self) -> int:
        """What was read from one side and is not yet taken by the other; bounded by the relay."""
        client, backend = self._relay.client.transport, self._relay.backend.transport
        return client.get_write_buffer_size() + backend.get_write_buffer_size()

    @property
    def traffic(self) -> SessionTraffic:
        """The counters, as of now."""
        client, backend = self._relay.client, self._relay.backend
        return SessionTraffic(
            client.walk.messages,
            client.walk.payload_bytes,
            backend.walk.messages,
            backend.walk.payload_bytes,
            dropped_from_client=client.dropped,
            dropped_from_backend=backend.dropped,
            invalid_from_client=client.invalid,
            invalid_from_backend=backend.invalid,
        )

    def relay_ended(self) -> None:
        """See RelayOwner."""
        if self._watch is not None:
            self._watch.stop()
        self._on_closed(self)
