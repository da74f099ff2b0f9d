"""The doors of a gateway: listeners towards clients, the dialer towards backends, and how they close at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from backends.address_rules import AddressRules
from backends.allow_list import parse_allow_list
from gateway.handshake.admission import Admission
from gateway.handshake.capacity import connections_within, raise_open_files_limit
from gateway.handshake.certificates import CertificateFiles, Certificates
from gateway.handshake.drain import Drain, DrainTimes
from gateway.handshake.listener import Listener, ListenerAddress
from gateway.handshake.reception import Reception
from gateway.handshake.trace_context import NoTracing
from gateway.handshake.trusted_proxies import TrustedProxies
from gateway.session.registry import SessionRegistry
from gateway.settings import Settings, listed
from gateway.upstream.attempt import Way
from gateway.upstream.dial import Dialer
from gateway.upstream.resolver import SystemResolver
from gateway.upstream.tls import backend_tls
from gateway.wiring.accounts import Accounts
from hosting.settings import UnusableSettings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Doors:
    """`certificates` are those of wss; None without it."""

    reception: Reception
    certificates: Certificates | None
    listeners: tuple[Listener, ...]
    drain: Drain


def make_doors(
    settings: Settings,
    *,
    admission: Admission,
    sessions: SessionRegistry,
    accounts: Accounts,
    refuse_all: Callable[[], None],
) -> Doors:
    """Nothing listens yet. Raises UnusableSettings for a certificate that cannot be read."""
    way = Way(SystemResolver(_address_rules(settings)), backend_tls(settings.backend_ca_file))
    reception = Reception(
        admission,
        Dialer(way, timeout=settings.connect_timeout, observer=accounts.metrics.backends),
        sessions,
        accounts.of_handshakes,
        max_connections=connections_within(raise_open_files_limit(), wished=settings.max_connections),
        proxies=TrustedProxies(listed(settings.trusted_proxies)),
        tracing=accounts.tracing or NoTracing(),
    )
    certificates = _certificates(settings)
    listeners = _listeners(settings, reception, certificates)
    times = DrainTimes(delay=settings.drain_delay, duration=settings.drain_duration, grace=settings.drain_grace)
    return Doors(reception, certificates, listeners, Drain(listeners, reception, times=times, refuse=refuse_all))


def _listeners(settings: Settings, reception: Reception, certificates: Certificates | None) -> tuple[Listener, ...]:
    listeners: list[Listener] = []
    if settings.ws_port:
        listeners.append(Listener(reception, address=_address(settings, settings.ws_port)))
    if certificates is not None:
        address = _address(settings, settings.wss_port)
        listeners.append(Listener(reception, address=address, tls=certificates.context))
    return tuple(listeners)


def _address(settings: Settings, port: int) -> ListenerAddress:
    is_worker = settings.worker_socket is not None
    return ListenerAddress(listed(settings.hosts), port, is_port_shared=is_worker, is_proxied=settings.proxy_protocol)


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
