"""One downstream connection from accept to its 101 or refusal.

Promises: no coroutine before the upstream dial unless the decision has to wait; a head that does not arrive in time is
cut; a client that goes away cancels its dial; after a refusal nothing that arrives is parsed. At the 101 the relay's
leg takes the transport over, and this object and its parser are freed.
"""

import asyncio
from typing import Final, cast

from gateway.handshake import refusals
from gateway.handshake.acceptance import UpstreamUpgrade, switching_protocols
from gateway.handshake.admission import Admitted, Decision, HandshakeAttempt
from gateway.handshake.backend_refusals import refusal_for
from gateway.handshake.compression import negotiated
from gateway.handshake.reception import Reception
from gateway.handshake.refusal import Refusal
from gateway.handshake.request_head import RequestHead, RequestHeadParser
from gateway.handshake.trusted_proxies import normal_address
from gateway.handshake.upgrade import HEALTH_RESPONSE, check_upgrade, is_health_check
from gateway.inspection.inspectors import inspectors_for
from gateway.session.session import Session
from gateway.session.timers import Timer
from gateway.upstream.dial import Dial
from gateway.upstream.errors import UpstreamError
from gateway.upstream.request import UnsafeRequest
from gateway.upstream.response_head import UpgradeAnswer

# Where a handshake stands. Numbers, because each connection asks often.
_READING_HEAD: Final = 0
_DECIDING: Final = 1
_DIALLING: Final = 2
_ANSWERED: Final = 3


class DownstreamHandshake(asyncio.Protocol):
    """See the module."""

    __slots__ = (
        "_accepted_at", "_admitted", "_attempt", "_dial", "_is_tls", "_parser", "_reception", "_source", "_stage",
        "_timer", "_transport", "_upgrade", "_waiting",
    )  # fmt: skip

    def __init__(self, reception: Reception, *, is_tls: bool, source: str | None = None) -> None:
        """``source``: the client's address, where the PROXY protocol has told it."""
        self._reception = reception
        self._is_tls = is_tls
        self._source = source
        self._stage = _READING_HEAD
        self._parser = RequestHeadParser()
        self._accepted_at = reception.loop.time()
        self._transport: asyncio.Transport
        self._timer: Timer | None = None
        self._attempt: HandshakeAttempt | None = None
        self._admitted: Admitted | None = None
        self._upgrade: UpstreamUpgrade | None = None
        self._waiting: asyncio.Task[Decision] | None = None
        self._dial: Dial | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the head."""
        # uvloop's transports have the interface without the base class, so there is nothing to check at run time.
        self._transport = cast("asyncio.Transport", transport)
        reception = self._reception
        if reception.is_flooded:
            self._stage = _ANSWERED
            self._transport.abort()
            return
        if reception.is_full:
            self._refuse(refusals.OVERLOADED)
            return
        reception.pending.add(self)
        self._arm(reception.handshake_timeouts.head.total_seconds())

    def data_received(self, data: bytes) -> None:
        """Read the head; afterwards there must be silence until the 101."""
        if self._stage == _READING_HEAD:
            found = self._parser.feed(data)
            if isinstance(found, Refusal):
                self._refuse(found)
            elif found is not None:
                self._on_head(found)
        elif self._stage != _ANSWERED:
            self._refuse(refusals.MALFORMED_REQUEST.described("There are bytes behind the request head."))

    def eof_received(self) -> bool:
        """A client that half-closes before its 101 gives up; connection_lost follows."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone, or has been answered."""
        self._forget()

    @property
    def is_answered(self) -> bool:
        """See PendingConnection."""
        return self._stage == _ANSWERED

    def drop(self) -> None:
        """See PendingConnection."""
        self._forget()
        self._transport.abort()

    def dial_succeeded(self, transport: asyncio.Transport, answer: UpgradeAnswer) -> None:
        """See DialOutcome: open the session."""
        attempt, admitted, upgrade = self._attempt, self._admitted, self._upgrade
        self._dial = None
        if attempt is None or admitted is None or upgrade is None or self._transport.is_closing():
            transport.abort()
            return
        refusal = self._reception.admission.confirm(attempt, admitted)
        if refusal is not None:
            transport.abort()
            self._refuse(refusal)
            return
        self._admitted = None  # It is a session now, so it is not released.
        self._forget()
        session = self._new_session(attempt, admitted)
        self._reception.registry.add(session)
        headers = upgrade.headers_to_client(answer)
        extensions = negotiated(headers)
        self._transport.write(
            switching_protocols(
                headers, chose_subprotocol=answer.subprotocol is not None, offers_bearer=upgrade.offers_bearer
            )
        )
        session.start(
            self._transport,
            transport,
            first_frames=answer.first_frames,
            extensions=extensions,
            inspectors=inspectors_for(admitted.limits, extensions, admitted.message_rules),
            limits=admitted.limits,
            meter=admitted.meter,
            timeouts=self._reception.close_timeouts,
            sweeper=self._reception.sweeper,
            timers=self._reception.timers,
        )
        seconds = self._reception.loop.time() - self._accepted_at
        for observer in self._reception.observers:
            observer.accepted(admitted, attempt, seconds=seconds)

    def dial_failed(self, error: UpstreamError) -> None:
        """See DialOutcome."""
        self._dial = None
        self._refuse(refusal_for(error))

    def _on_head(self, head: RequestHead) -> None:
        if is_health_check(head):
            self._answer(HEALTH_RESPONSE)
            return
        refusal = check_upgrade(head)
        if refusal is not None:
            self._refuse(refusal)
            return
        self._disarm()
        self._stage = _DECIDING
        self._attempt = HandshakeAttempt(
            head, *self._reception.proxies.forwarded(head, peer_address=self._peer_address(), is_tls=self._is_tls)
        )
        self._attempt.session_id = session_id = self._reception.new_session_id()
        self._attempt.trace = self._reception.tracing.begin(head, session_id=session_id)
        decision = self._reception.admission.decide(self._attempt)
        if isinstance(decision, (Admitted, Refusal)):
            self._on_decision(decision)
            return
        self._waiting = self._reception.wait_for(decision)
        self._waiting.add_done_callback(self._on_waited)

    def _on_waited(self, task: asyncio.Task[Decision]) -> None:
        self._waiting = None
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._on_decision(task.result())
            return
        self._refuse(refusals.INTERNAL_ERROR)
        context = {"message": "A decision on a handshake failed", "exception": error}
        self._reception.loop.call_exception_handler(context)

    def _on_decision(self, decision: Decision) -> None:
        if self._stage != _DECIDING or self._attempt is None:
            if isinstance(decision, Admitted):
                self._reception.admission.release(decision)
            return
        if isinstance(decision, Refusal):
            self._refuse(decision)
            return
        self._admitted = decision
        self._attempt.labels = decision.labels
        self._start_dial(decision)

    def _start_dial(self, admitted: Admitted) -> None:
        assert self._attempt is not None
        self._stage = _DIALLING
        upgrade = self._upgrade = UpstreamUpgrade(self._attempt, admitted)
        try:
            self._dial = self._reception.dialer.start(
                admitted.backends, request_for=upgrade.request_for, offer=upgrade.offer, outcome=self
            )
        except UnsafeRequest as error:
            self._refuse(refusals.MALFORMED_REQUEST.described(str(error)))

    def _new_session(self, attempt: HandshakeAttempt, admitted: Admitted) -> Session:
        return Session(
            attempt.session_id,
            labels=admitted.labels,
            opened_at=self._reception.wall_clock(),
            client_address=attempt.client_address,
            expires_at=admitted.expires_at,
            grounds=admitted.grounds,
            trace_id=attempt.trace.trace_id,
            on_closed=self._reception.session_closed,
        )

    def _refuse(self, refusal: Refusal) -> None:
        for observer in self._reception.observers:
            observer.refused(refusal, self._attempt, peer_address=self._peer_address())
        self._answer(refusal.to_bytes())

    def _peer_address(self) -> str:
        """Who is at the other end of the connection; empty for a socket that has no addresses."""
        if self._source is None:
            peer = self._transport.get_extra_info("peername")
            self._source = normal_address(peer[0]) if peer else ""
        return self._source

    def _answer(self, response: bytes) -> None:
        """Send the last bytes, then wait for the client to close: closing over unread bytes would reset it."""
        self._forget()
        self._reception.pending.add(self)
        transport = self._transport
        if transport.is_closing():
            return
        transport.write(response)
        if transport.can_write_eof():
            transport.write_eof()
        self._arm(self._reception.handshake_timeouts.linger.total_seconds())

    def _forget(self) -> None:
        """Nothing is waited for any more."""
        self._stage = _ANSWERED
        self._disarm()
        self._reception.pending.discard(self)
        if self._waiting is not None:
            self._waiting.cancel()
        if self._dial is not None:
            self._dial.cancel()
            self._dial = None
        if self._admitted is not None:
            self._reception.admission.release(self._admitted)
            self._admitted = None

    def _arm(self, seconds: float) -> None:
        self._timer = self._reception.timers.call_later(seconds, self._on_deadline)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_deadline(self) -> None:
        if self._stage == _READING_HEAD:
            self._refuse(refusals.REQUEST_TIMEOUT)
        else:
            self._transport.abort()
