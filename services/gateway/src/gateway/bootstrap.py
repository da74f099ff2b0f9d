"""Puts the gateway together from its settings. Tests build the same with other parts.

Owns nothing that outlives the process: everything it decides from is read from the bus.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TextIO

import structlog
from prometheus_client import CollectorRegistry

from backends.address_rules import AddressRules
from backends.allow_list import parse_allow_list
from backends.sealing import Seal
from eventbus.bus import EventBus
from gateway import __version__
from gateway.access_log.logging import AccessLogging
from gateway.enforcement.adjustment import SessionAdjustment
from gateway.enforcement.judgement import Judge
from gateway.enforcement.reviewer import Reviewer
from gateway.enforcement.selection import SessionSelection
from gateway.enforcement.session_index import SessionIndex
from gateway.enforcement.touched import TouchedSessions
from gateway.feed.feed import Feed
from gateway.feed.heartbeat import Heartbeat
from gateway.handshake.capacity import connections_within, raise_open_files_limit
from gateway.handshake.certificates import CertificateFiles, Certificates
from gateway.handshake.drain import Drain, DrainState, DrainTimes
from gateway.handshake.listener import Listener, ListenerAddress
from gateway.handshake.reception import Reception
from gateway.handshake.trace_context import NoTracing
from gateway.handshake.trusted_proxies import TrustedProxies
from gateway.metrics.certificates import CertificateMetrics
from gateway.metrics.data_plane import DataPlaneMetrics, measure_data_plane
from gateway.metrics.state import StateMetrics
from gateway.policies.admission import FactsAdmission
from gateway.policies.authentication import Authentication
from gateway.policies.backend_headers import BackendHeaders
from gateway.policies.credentials import CredentialsCheck
from gateway.policies.plan_limits import LimitedAdmission
from gateway.policies.session_limits import LimitsInForce
from gateway.quotas.quotas import Quotas, SessionMeters
from gateway.reporting.reporter import Reporter, new_reporter
from gateway.session.registry import SessionRegistry
from gateway.settings import Settings, listed
from gateway.snapshot.keeper import SnapshotKeeper
from gateway.snapshot.snapshot_file import SnapshotFile
from gateway.tracing.opening import tracing_of
from gateway.tracing.span_tracing import SpanTracing
from gateway.upstream.attempt import Way
from gateway.upstream.backend_groups import BackendGroups
from gateway.upstream.dial import Dialer
from gateway.upstream.resolver import SystemResolver
from gateway.upstream.tls import backend_tls
from gateway.workers.parent_watch import end_with_parent
from hosting.settings import UnusableSettings
from telemetry.metrics import create_registry
from tokens import REST_AUDIENCE, TokenVerifier
from tokens.assertion import AssertionSigner

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Gateway:
    """The parts of a running gateway."""

    settings: Settings
    feed: Feed
    heartbeat: Heartbeat
    reporter: Reporter
    quotas: Quotas
    admission: FactsAdmission
    selection: SessionSelection
    reviewer: Reviewer
    reception: Reception
    listeners: tuple[Listener, ...]
    certificates: Certificates | None
    verifier: TokenVerifier
    registry: CollectorRegistry
    metrics: DataPlaneMetrics
    access_log: AccessLogging
    tracing: SpanTracing | None
    snapshot: SnapshotKeeper | None
    drain: Drain

    @property
    def background(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """Tasks that run beside the listeners."""
        watching = () if self.certificates is None else (self.certificates.run,)
        keeping = () if self.snapshot is None else (self.snapshot.run,)
        tracing = () if self.tracing is None else (self.tracing.run,)
        ending = () if self.settings.worker_socket is None else (end_with_parent,)
        following = (self.feed.run, self.quotas.run, self.reviewer.run, self.metrics.loop_lag.run)
        telling = (self.heartbeat.run, partial(self.reporter.run, self.reception.registry))
        logging = self.access_log.tasks(self.reception.registry)
        return (*following, *telling, *watching, *keeping, *logging, *tracing, *ending)

    @property
    def checks(self) -> dict[str, Callable[[], Awaitable[str | None]]]:
        """What must hold before the gateway is ready."""
        return {"feed": self.feed.check, "quotas": self.quotas.check, "drain": self._check_draining}

    async def start(self) -> None:
        """Begins to accept clients, with what a snapshot knows. Raises OSError when a port is taken."""
        if self.snapshot is not None:
            await self.snapshot.restore()
        for listener in self.listeners:
            await listener.start()

    async def refresh_metrics(self) -> None:
        """Before each scrape."""
        await self.metrics.sessions.refresh(self.reception.registry)

    async def _check_draining(self) -> str | None:
        return None if self.drain.state is DrainState.SERVING else "the gateway is about to stop"


def bootstrap(
    settings: Settings, *, bus: EventBus, seal: Seal | None = None, log_stream: TextIO | None = None
) -> Gateway:
    """Inside the event loop. The bus belongs to the caller. `seal` opens the credentials of backends; `log_stream` is
    where the access log goes: stderr.
    """
    feed = Feed(bus, environment=settings.environment)
    registry = create_registry(service="gateway", release=__version__)
    metrics = measure_data_plane(registry, feed=feed)
    access_log = AccessLogging(settings, stream=log_stream or sys.stderr, table=lambda: feed.table)
    tracing = tracing_of(settings, table=lambda: feed.table)
    spans = () if tracing is None else (tracing,)
    instance_id, index = uuid.uuid4().hex, SessionIndex()
    reporter = new_reporter(bus, instance_id=instance_id, environment=settings.environment)
    quotas = Quotas(
        bus,
        instance_id=instance_id,
        observer=metrics.throttling,
        may_start_alone=settings.snapshot_file is not None,
    )
    sessions = SessionRegistry((metrics.sessions, index, quotas, *reporter.observers, *access_log.observers, *spans))
    authentication = Authentication(feed.trust)
    limits = LimitsInForce(settings.session_limits, max_inspected_bytes=settings.max_inspected_bytes)
    signer = AssertionSigner(issuer=settings.assertion_issuer)
    admission = FactsAdmission(
        feed,
        authentication,
        BackendGroups(seal),
        BackendHeaders(signer),
        limits=limits,
        portal_origins=listed(settings.portal_origins),
    )
    selection = SessionSelection(sessions, index)
    reviewer = Reviewer(
        TouchedSessions(index, selection),
        Judge(CredentialsCheck(authentication, feed.trust)),
        table=lambda: feed.table,
        adjust=SessionAdjustment(
            index,
            limits,
            (quotas, *reporter.observers),
            meters=SessionMeters(quotas, table=lambda: feed.table),
        ),
        drain_over=settings.redeploy_drain_duration,
    )
    feed.add_listener(reviewer.note)
    way = Way(SystemResolver(_address_rules(settings)), backend_tls(settings.backend_ca_file))
    dialer = Dialer(way, timeout=settings.connect_timeout, observer=metrics.backends)
    reception = Reception(
        LimitedAdmission(admission, quotas, table=lambda: feed.table),
        dialer,
        sessions,
        (metrics.handshakes, *access_log.observers, *spans),
        max_connections=connections_within(raise_open_files_limit(), wished=settings.max_connections),
        proxies=TrustedProxies(listed(settings.trusted_proxies)),
        tracing=tracing or NoTracing(),
    )
    snapshot = _snapshot(settings, feed)
    registry.register(
        StateMetrics(
            feed,
            pending_handshakes=lambda: len(reception.pending),
            lost_lines=lambda: access_log.lost_lines,
            snapshot_as_of=lambda: (snapshot and snapshot.written_as_of) or 0.0,
        )
    )
    certificates = _certificates(settings)
    registry.register(CertificateMetrics(certificates))
    listeners = _listeners(settings, reception, certificates)
    return Gateway(
        settings=settings,
        feed=feed,
        heartbeat=Heartbeat(
            bus,
            instance_id=instance_id,
            release=__version__,
            table=lambda: feed.table,
            public_jwk=signer.public_jwk,
        ),
        reporter=reporter,
        quotas=quotas,
        admission=admission,
        selection=selection,
        reviewer=reviewer,
        reception=reception,
        listeners=listeners,
        certificates=certificates,
        verifier=TokenVerifier(feed.trust, audience=REST_AUDIENCE),
        registry=registry,
        metrics=metrics,
        access_log=access_log,
        tracing=tracing,
        snapshot=snapshot,
        drain=Drain(listeners, reception, times=_drain_times(settings), refuse=admission.refuse_all),
    )


def _snapshot(settings: Settings, feed: Feed) -> SnapshotKeeper | None:
    if settings.snapshot_file is None:
        return None
    return SnapshotKeeper(SnapshotFile(settings.snapshot_file), feed, every=settings.snapshot_every)


def _drain_times(settings: Settings) -> DrainTimes:
    return DrainTimes(delay=settings.drain_delay, duration=settings.drain_duration, grace=settings.drain_grace)


def _listeners(settings: Settings, reception: Reception, certificates: Certificates | None) -> tuple[Listener, ...]:
    hosts = listed(settings.hosts)
    listeners: list[Listener] = []
    is_worker = settings.worker_socket is not None
    if settings.ws_port:
        address = ListenerAddress(hosts, settings.ws_port, is_port_shared=is_worker, is_proxied=settings.proxy_protocol)
        listeners.append(Listener(reception, address=address))
    if certificates is not None:
        address = ListenerAddress(
            hosts, settings.wss_port, is_port_shared=is_worker, is_proxied=settings.proxy_protocol
        )
        listeners.append(Listener(reception, address=address, tls=certificates.context))
    return tuple(listeners)


def _certificates(settings: Settings) -> Certificates | None:
    if not settings.wss_port:
        return None
    assert settings.wss_certificate_file is not None  # The settings refuse wss without both.
    assert settings.wss_key_file is not None
    files = CertificateFiles(settings.wss_certificate_file, settings.wss_key_file)
    try:
        return Certificates(files, folder=settings.wss_certificates_dir)
    except (OSError, ValueError) as error:
        raise UnusableSettings(f"a certificate for wss cannot be read: {error}") from error


def _address_rules(settings: Settings) -> AddressRules:
    allow = parse_allow_list(settings.backend_allow)
    if allow:
        _log.info("backends may have addresses that are refused otherwise", allow=settings.backend_allow)
    return AddressRules(allow)
