"""Why a backend could not be used for a session.

UpstreamError
├── BackendUnreachable        no address, refused, TLS or certificate failure
│   ├── BackendLost           the connection was reset before the answer
│   └── BackendsSuspended     all of them failed lately and are left alone
├── BackendForbidden          its address is one that backends may not have
├── BackendTimedOut           no answer in time
│   └── ConnectTimedOut       not even a connection
├── BackendRefused            it answered the upgrade with something other than 101
├── InvalidBackendAnswer      it answered 101, or bytes, that RFC 6455 does not allow
│   └── AnswerCutOff          it closed the connection instead of answering
└── UnusableCredential        what the gateway must show the backend cannot be opened

``code`` is stable. ``synapse_codes`` are what an endpoint's `suspendErrorCode` (WSO2) calls the failure. The texts name
neither host nor address: they may be shown to clients, who must not learn what stands behind the gateway. ``detail`` is
for the log.
"""

from typing import ClassVar


class UpstreamError(Exception):
    """Root. ``detail`` says more, for the operator's log only."""

    code: ClassVar[str] = "upstream"
    synapse_codes: ClassVar[frozenset[int]] = frozenset()

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class BackendUnreachable(UpstreamError):
    """No connection could be made."""

    code = "backend-unreachable"
    synapse_codes = frozenset({101503})


class BackendLost(BackendUnreachable):
    """There was a connection."""

    synapse_codes = frozenset({101500, 101501, 101505, 101509})


class BackendsSuspended(BackendUnreachable):
    """Come again in so many ``seconds``."""

    code = "backends-suspended"

    def __init__(self, seconds: float) -> None:
        super().__init__("every backend is suspended")
        self.seconds = seconds


class BackendForbidden(UpstreamError):
    """The endpoint's name resolves to no permitted address."""

    code = "backend-forbidden"
    synapse_codes = frozenset({101503})


class BackendTimedOut(UpstreamError):
    """Connecting, TLS and the answer together took too long."""

    code = "backend-timed-out"
    synapse_codes = frozenset({101504})


class ConnectTimedOut(BackendTimedOut):
    """The time was over before there was a connection."""

    synapse_codes = frozenset({101507, 101508})


class BackendRefused(UpstreamError):
    """The backend answered ``status`` instead of 101; ``retry_after`` is its header where that is valid."""

    code = "backend-refused"

    def __init__(self, status: int, *, retry_after: str | None = None) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.retry_after = retry_after


class InvalidBackendAnswer(UpstreamError):
    """The answer is not a valid acceptance of the upgrade."""

    code = "invalid-backend-answer"
    synapse_codes = frozenset({101506, 101510})


class AnswerCutOff(InvalidBackendAnswer):
    """There was none, or half of one."""

    synapse_codes = frozenset({101505})


class UnusableCredential(UpstreamError):
    """The backend is not asked at all. Nothing of the credential is in the texts."""

    code = "unusable-backend-credential"


class InvalidEndpoint(ValueError):
    """An endpoint URL cannot be dialled: not ws:// or wss://, userinfo, fragment, bad host or port."""
