"""Every metric of the data plane. `docs/metrics.md` is generated from here.

Labels are API, version, plan, direction and known codes. Never an application, user, client id, token, address or
path: their number is up to strangers.
"""

from __future__ import annotations

from gateway.metrics.family import Family, Kind, Merge

_API = ("api", "api_version")
_PLAN = (*_API, "plan")
_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LONG = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 43200.0, 86400.0)
_LAG = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)

CONNECTIONS = Family(
    "sluice_gateway_connections_total",
    Kind.COUNTER,
    "Handshakes by outcome: accepted, unauthorized, forbidden, not_found, throttled, backend_error, unavailable, "
    "bad_request or error",
    (*_PLAN, "outcome"),
)
CONNECTIONS_ACTIVE = Family("sluice_gateway_connections_active", Kind.GAUGE, "Open sessions", _PLAN)
CONNECTIONS_CLOSED = Family(
    "sluice_gateway_connections_closed_total",
    Kind.COUNTER,
    "Ended sessions by who began to close (client, backend, gateway) and the close code; unregistered codes are other",
    (*_PLAN, "initiator", "close_code"),
)
CONNECT_DURATION = Family(
    "sluice_gateway_connect_duration_seconds",
    Kind.HISTOGRAM,
    "From the accepted connection to the client's 101, the backend's answer included",
    _API,
    _QUICK,
)
CONNECTION_DURATION = Family(
    "sluice_gateway_connection_duration_seconds", Kind.HISTOGRAM, "How long ended sessions were open", ("api",), _LONG
)
BACKEND_FAILURES = Family(
    "sluice_gateway_backend_failures_total",
    Kind.COUNTER,
    "Attempts at a backend that failed, also where another backend then accepted, by reason: backend-unreachable, "
    "backend-timed-out, backend-refused, invalid-backend-answer, backend-forbidden, backends-suspended or "
    "unusable-backend-credential",
    (*_API, "reason"),
)
MESSAGES = Family(
    "sluice_gateway_messages_total",
    Kind.COUNTER,
    "Whole data messages read from clients (in) and from backends (out), open sessions included",
    (*_PLAN, "direction"),
)
INVALID_MESSAGES = Family(
    "sluice_gateway_messages_invalid_total",
    Kind.COUNTER,
    "Messages from clients (in) and from backends (out) that were looked into and found wrong, whatever followed",
    (*_PLAN, "direction"),
)
MESSAGE_BYTES = Family(
    "sluice_gateway_message_bytes_total",
    Kind.COUNTER,
    "The payload of data messages, as on the wire, open sessions included",
    (*_PLAN, "direction"),
)
THROTTLED = Family(
    "sluice_gateway_throttled_total",
    Kind.COUNTER,
    "Messages that a quota kept back, by the level of the plan that did",
    (*_PLAN, "level"),
)
SEND_QUEUE = Family(
    "sluice_gateway_send_queue_bytes", Kind.GAUGE, "What was read from one side and is not yet taken by the other"
)
BACKPRESSURE_PAUSED = Family(
    "sluice_gateway_backpressure_paused", Kind.GAUGE, "Sessions whose client does not read what is due to it"
)
CONFIG_AGE = Family(
    "sluice_gateway_config_age_seconds",
    Kind.GAUGE,
    "Since the bus was last heard, which is asked every 5 s: it rises while the bus is away",
    merge=Merge.GREATEST,
)
STATE_CAUGHT_UP = Family(
    "sluice_gateway_state_caught_up",
    Kind.GAUGE,
    "Whether the gateway has read all facts it decides from",
    merge=Merge.LEAST,
)
STATE_LAST_EVENT = Family(
    "sluice_gateway_state_last_event_timestamp_seconds",
    Kind.GAUGE,
    "When the newest fact was written that was read of a topic",
    ("topic",),
    merge=Merge.LEAST,
)
BUS_LAG = Family(
    "sluice_gateway_bus_lag_records",
    Kind.GAUGE,
    "Records on the bus that are not read yet; no sample while the bus is away",
    ("topic",),
    merge=Merge.GREATEST,
)
FACTS_REJECTED = Family(
    "sluice_gateway_facts_rejected_total", Kind.COUNTER, "Facts that could not be read or applied; the old ones stay"
)
FACTS = Family("sluice_gateway_facts", Kind.GAUGE, "Things known of each topic", ("topic",), merge=Merge.GREATEST)
EVENT_LOOP_LAG = Family(
    "sluice_gateway_event_loop_lag_seconds",
    Kind.HISTOGRAM,
    "How late the event loop came to a timer, once a second: whatever is relayed waits as long",
    buckets=_LAG,
)
HANDSHAKES_PENDING = Family(
    "sluice_gateway_handshakes_pending", Kind.GAUGE, "Client connections that have no session yet or were just refused"
)
SNAPSHOT_AS_OF = Family(
    "sluice_gateway_snapshot_timestamp_seconds",
    Kind.GAUGE,
    "As of when the facts are that are in the snapshot file, 0 while there is none",
    merge=Merge.GREATEST,
)
ACCESS_LOG_LOST = Family(
    "sluice_gateway_access_log_lost_total",
    Kind.COUNTER,
    "Lines of the access log that could not be written in time",
)
TASKS = Family("sluice_gateway_tasks", Kind.GAUGE, "asyncio tasks; sessions have none")
CERTIFICATE_EXPIRY = Family(
    "sluice_gateway_certificate_expiry_timestamp_seconds",
    Kind.GAUGE,
    "When a certificate ends that is served for wss, by the file it was read from",
    ("chain",),
    merge=Merge.LEAST,
)
CERTIFICATE_FAILURES = Family(
    "sluice_gateway_certificate_reload_failures_total",
    Kind.COUNTER,
    "Changed certificate files that could not be read; what was served before still is",
)

WORKERS = Family("sluice_gateway_workers", Kind.GAUGE, "Workers that run; only with GATEWAY_WORKERS above one")
WORKER_RESTARTS = Family(
    "sluice_gateway_worker_restarts_total",
    Kind.COUNTER,
    "Workers that were started again because they had ended; only with GATEWAY_WORKERS above one",
)
OF_A_PARENT: tuple[Family, ...] = (WORKERS, WORKER_RESTARTS)

FAMILIES: tuple[Family, ...] = (
    CONNECTIONS,
    CONNECTIONS_ACTIVE,
    CONNECTIONS_CLOSED,
    CONNECT_DURATION,
    CONNECTION_DURATION,
    BACKEND_FAILURES,
    MESSAGES,
    MESSAGE_BYTES,
    INVALID_MESSAGES,
    THROTTLED,
    SEND_QUEUE,
    BACKPRESSURE_PAUSED,
    HANDSHAKES_PENDING,
    CONFIG_AGE,
    STATE_CAUGHT_UP,
    STATE_LAST_EVENT,
    BUS_LAG,
    FACTS,
    FACTS_REJECTED,
    EVENT_LOOP_LAG,
    SNAPSHOT_AS_OF,
    ACCESS_LOG_LOST,
    TASKS,
    CERTIFICATE_EXPIRY,
    CERTIFICATE_FAILURES,
)
