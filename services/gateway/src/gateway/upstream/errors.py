"""Why a backend could not be used for a session.

UpstreamError
├── BackendUnreachable    no address, refused, reset, TLS or certificate failure
├── BackendForbidden      its address is one that backends may not have
├── BackendTimedOut       no connection or no answer in time
├── BackendRefused        it answered the upgrade with something other than 101
└── InvalidBackendAnswer  it answered 101, or bytes, that RFC 6455 does not allow

``code`` is stable. The texts name neither host nor address: they may be shown to clients, who must not learn what
stands behind the gateway. ``detail`` is for the log.
"""


class UpstreamError(Exception):
    """Root. ``detail`` says more, for the operator's log only."""

    code = "upstream"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class BackendUnreachable(UpstreamError):
    """No connection could be made."""

    code = "backend-unreachable"


class BackendForbidden(UpstreamError):
    """The endpoint's name resolves to no permitted address."""

    code = "backend-forbidden"


class BackendTimedOut(UpstreamError):
    """Connecting, TLS and the answer together took too long."""

    code = "backend-timed-out"


class BackendRefused(UpstreamError):
    """The backend answered ``status`` instead of 101; ``retry_after`` is its header when that is a number."""

    code = "backend-refused"

    def __init__(self, status: int, *, retry_after: str | None = None) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.retry_after = retry_after


class InvalidBackendAnswer(UpstreamError):
    """The answer is not a valid acceptance of the upgrade."""

    code = "invalid-backend-answer"


class InvalidEndpoint(ValueError):
    """An endpoint URL cannot be dialled: not ws:// or wss://, userinfo, fragment, bad host or port."""
