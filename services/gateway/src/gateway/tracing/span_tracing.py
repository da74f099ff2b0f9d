"""Spans of handshakes and session ends. They say which API and plan, and what came of it; never who or with what
credential.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from gateway.handshake.admission import Admitted, HandshakeAttempt
from gateway.handshake.refusal import Refusal
from gateway.handshake.request_head import RequestHead
from gateway.handshake.trace_context import TraceContext, valid_traceparent
from gateway.routing.route_table import RouteTable
from gateway.session.session import Session, SessionLabels

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

_SHUTDOWN_SECONDS = 3.0

Attributes = dict[str, str | int | float]


class SpanTracing:
    """The Tracing of a gateway, a HandshakeObserver, and a SessionObserver. A handshake whose client goes away before
    its answer leaves no span. `run` is a background task of the gateway.
    """

    def __init__(self, provider: TracerProvider, *, table: Callable[[], RouteTable]) -> None:
        from opentelemetry import trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._api = trace
        self._propagator = TraceContextTextMapPropagator()
        self._provider = provider
        self._tracer = provider.get_tracer("gateway")
        self._table = table
        # The handshake's context for each open session, which its end belongs to.
        self._contexts: dict[str, trace.SpanContext] = {}

    async def run(self) -> None:
        """Ends only by cancellation, and then sends what is left, if the collector takes it in time."""
        try:
            await asyncio.Event().wait()
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(_SHUTDOWN_SECONDS):
                    await asyncio.to_thread(self._provider.shutdown)

    def begin(self, head: RequestHead, *, session_id: str) -> TraceContext:
        """See Tracing. The span goes on in the backend's trace."""
        found = valid_traceparent(head)
        parent = self._propagator.extract({"traceparent": found}) if found else None
        span = self._tracer.start_span("handshake", context=parent, kind=self._api.SpanKind.SERVER)
        context = span.get_span_context()
        trace_id = self._api.format_trace_id(context.trace_id)
        traceparent = f"00-{trace_id}-{self._api.format_span_id(context.span_id)}-{int(context.trace_flags):02x}"
        return TraceContext(traceparent, trace_id, span)

    def accepted(self, admitted: Admitted, attempt: HandshakeAttempt, *, seconds: float) -> None:
        """See HandshakeObserver."""
        span = self._span_of(attempt)
        if span is not None:
            self._contexts[attempt.session_id] = span.get_span_context()
            span.set_attributes({**self._whose(admitted.labels), "sluice.session": attempt.session_id})
            span.set_attribute("http.response.status_code", 101)
            span.end()

    def refused(self, refusal: Refusal, attempt: HandshakeAttempt | None, *, peer_address: str) -> None:
        """See HandshakeObserver."""
        span = self._span_of(attempt)
        if span is not None and attempt is not None:
            span.set_attributes({**self._whose(attempt.labels), "sluice.refusal": refusal.name})
            span.set_attribute("http.response.status_code", refusal.status)
            if refusal.status >= 500:
                span.set_status(self._api.StatusCode.ERROR)
            span.end()

    def session_opened(self, session: Session) -> None:
        """The handshake's span tells of it."""

    def session_closed(self, session: Session) -> None:
        """See SessionObserver: a span of its own, in the handshake's trace, for the moment of the end."""
        context = self._contexts.pop(session.session_id, None)
        if context is None:
            return
        parent = self._api.set_span_in_context(self._api.NonRecordingSpan(context))
        span = self._tracer.start_span("session end", context=parent, attributes=self._ended(session))
        span.end()

    def _span_of(self, attempt: HandshakeAttempt | None) -> Span | None:
        span = attempt.trace.span if attempt is not None else None
        return span if isinstance(span, self._api.Span) else None

    def _ended(self, session: Session) -> Attributes:
        traffic = session.traffic
        return {
            **self._whose(session.labels),
            "sluice.session": session.session_id,
            "sluice.close_code": session.close_code or 0,
            "sluice.initiator": session.initiator,
            "sluice.seconds": round(time.time() - session.opened_at, 3),
            "sluice.messages_in": traffic.messages_from_client,
            "sluice.messages_out": traffic.messages_from_backend,
        }

    def _whose(self, labels: SessionLabels) -> Attributes:
        api = self._table().api(labels.api_id)
        return {
            "sluice.api": api.name if api else "",
            "sluice.api_version": api.api_version if api else "",
            "sluice.plan": labels.plan,
            "sluice.channel": labels.channel,
        }
