"""Puts the gateway together from its settings. Tests build the same with other parts.

Owns nothing that outlives the process: everything it decides from is read from the bus.
"""

from __future__ import annotations

import sys
import uuid
from typing import TextIO

from backends.sealing import Seal
from eventbus.bus import EventBus
from gateway import __version__
from gateway.enforcement.session_index import SessionIndex
from gateway.feed.feed import Feed
from gateway.feed.heartbeat import Heartbeat
from gateway.metrics.certificates import CertificateMetrics
from gateway.metrics.state import StateMetrics
from gateway.policies.plan_limits import LimitedAdmission
from gateway.quotas.quotas import Quotas
from gateway.running import Gateway
from gateway.session.registry import SessionRegistry
from gateway.settings import Settings
from gateway.snapshot.keeper import SnapshotKeeper
from gateway.snapshot.snapshot_file import SnapshotFile
from gateway.wiring.accounts import keep_accounts
from gateway.wiring.doors import make_doors
from gateway.wiring.rules import make_rules
from tokens import REST_AUDIENCE, TokenVerifier
from tokens.assertion import AssertionSigner


def bootstrap(
    settings: Settings, *, bus: EventBus, seal: Seal | None = None, log_stream: TextIO | None = None
) -> Gateway:
    """Inside the event loop. The bus belongs to the caller. `seal` opens the credentials of backends; `log_stream` is
    where the access log goes: stderr. Raises UnusableSettings.
    """
    instance_id, signer = uuid.uuid4().hex, AssertionSigner(issuer=settings.assertion_issuer)
    feed = Feed(bus, environment=settings.environment)
    accounts = keep_accounts(settings, bus=bus, feed=feed, instance_id=instance_id, log_stream=log_stream or sys.stderr)
    quotas = Quotas(
        bus,
        instance_id=instance_id,
        observer=accounts.metrics.throttling,
        may_start_alone=settings.snapshot_file is not None,
    )
    index = SessionIndex()
    sessions = SessionRegistry((index, quotas, *accounts.of_sessions))
    rules = make_rules(
        settings,
        feed=feed,
        quotas=quotas,
        sessions=sessions,
        index=index,
        relabelled=accounts.reporter.observers,
        signer=signer,
        seal=seal,
    )
    doors = make_doors(
        settings,
        admission=LimitedAdmission(rules.admission, quotas, table=lambda: feed.table),
        sessions=sessions,
        accounts=accounts,
        refuse_all=rules.admission.refuse_all,
    )
    heartbeat = Heartbeat(
        bus,
        instance_id=instance_id,
        release=__version__,
        table=lambda: feed.table,
        public_jwk=signer.public_jwk,
    )
    gateway = Gateway(
        settings=settings,
        feed=feed,
        heartbeat=heartbeat,
        quotas=quotas,
        accounts=accounts,
        rules=rules,
        doors=doors,
        verifier=TokenVerifier(feed.trust, audience=REST_AUDIENCE),
        snapshot=_snapshot(settings, feed),
    )
    _show_at_scrapes(gateway)
    return gateway


def _snapshot(settings: Settings, feed: Feed) -> SnapshotKeeper | None:
    if settings.snapshot_file is None:
        return None
    return SnapshotKeeper(SnapshotFile(settings.snapshot_file), feed, every=settings.snapshot_every)


def _show_at_scrapes(gateway: Gateway) -> None:
    snapshot, registry = gateway.snapshot, gateway.accounts.registry
    registry.register(
        StateMetrics(
            gateway.feed,
            pending_handshakes=lambda: len(gateway.doors.reception.pending),
            lost_lines=lambda: gateway.accounts.access_log.lost_lines,
            snapshot_as_of=lambda: (snapshot and snapshot.written_as_of) or 0.0,
        )
    )
    registry.register(CertificateMetrics(gateway.doors.certificates))
