"""`docs/errors.md`: what the gateway refuses, and the errors of each REST API with their HTTP status.

The statuses are asked of the services' own maps, so that this page cannot differ from what is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import devportal.api.error_responses
import devportal.errors
import keymanager.api.statuses
import keymanager.errors
import publisher.api.error_responses
import publisher.errors
from doc_pages.markdown import code, page, table
from gateway.handshake.refusals import CATALOGUE
from hosting.bearer import InvalidCredentials, MissingCredentials, MissingScope
from outbox import DatabaseAway
from telemetry.problem import SluiceError

_INTRODUCTION = (
    "Every error is `application/problem+json` (RFC 9457) that also carries the members of WSO2 API Manager: `code`, "
    "`message`, `description`. `code` is stable, and WSO2's where it has one. `description` says what is wrong with "
    "this very request. OAuth endpoints answer as RFC 6749 5.2 says instead, SCIM endpoints as RFC 7644 3.12 says."
)
_REFUSALS = (
    "What the gateway answers to a WebSocket handshake that it does not accept, in the order in which it checks. "
    "`type` is `urn:sluice:refusal:` and the name. The connection is closed after the answer."
)
_EVERY_API = (
    "Whatever the operation of a REST API is. A path that does not exist is 404, a bug 500 (900900). The error of "
    "OAuth endpoints is `temporarily_unavailable` where this page says 503."
)

_StatusOf = Callable[[SluiceError], int]
_SERVICES: tuple[tuple[str, type[SluiceError], _StatusOf], ...] = (
    ("publisher", publisher.errors.PublisherError, publisher.api.error_responses.status_of),
    ("devportal", devportal.errors.DevportalError, devportal.api.error_responses.status_of),
    ("keymanager", keymanager.errors.KeymanagerError, keymanager.api.statuses.status_of),
)
_HEADINGS = ("HTTP status", "Code", "Error", "Message")
_AUTHENTICATION: tuple[tuple[type[SluiceError], int], ...] = (
    (MissingCredentials, 401),
    (InvalidCredentials, 401),
    (MissingScope, 403),
)


def errors_page() -> str:
    """Refusals first: they are what clients of APIs meet."""
    return page("Errors", source="the services' errors", blocks=_blocks())


def _blocks() -> Iterator[str]:
    yield _INTRODUCTION
    yield "## Refusals of the gateway"
    yield _REFUSALS
    yield _refusals()
    yield "## Every REST API"
    yield _EVERY_API
    yield _every_api()
    for service, root, status_of in _SERVICES:
        yield f"## REST API of the {service}"
        yield table([*_HEADINGS, "Retry"], (_row(kind, status_of) for kind in _tree(root) if kind is not root))


def _refusals() -> str:
    rows = (
        [str(r.status), str(r.code), code(r.name), r.message, r.description, ", ".join(code(h[0]) for h in r.headers)]
        for r in CATALOGUE
    )
    return table(["HTTP status", "Code", "Name", "Message", "Description", "Headers"], rows)


def _every_api() -> str:
    malformed = ["400", "900702", "", "Request body or parameters are not valid"]
    too_large = ["413", "413", "", "Content Too Large"]
    known = [[str(status), str(kind.code), code(kind.__name__), kind.message] for kind, status in _AUTHENTICATION]
    away = ["503", str(DatabaseAway.code), code(DatabaseAway.__name__), f"{DatabaseAway.message} (`Retry-After`)"]
    return table(_HEADINGS, [malformed, *known, too_large, away])


def _row(kind: type[SluiceError], status_of: _StatusOf) -> list[str]:
    # The maps ask for the class only; what an error wants to be built with does not matter here.
    status = status_of(kind.__new__(kind))
    oauth_error = getattr(kind, "error", None)
    message = f"{kind.message} (`{oauth_error}`)" if oauth_error else kind.message
    return [str(status), str(kind.code), code(kind.__name__), message, "worth it" if kind.retriable else ""]


def _tree(root: type[SluiceError]) -> Iterator[type[SluiceError]]:
    """Parents before children, in the order of the file."""
    yield root
    for kind in root.__subclasses__():
        yield from _tree(kind)
