"""From an admitted request to the bytes of both heads: the request to the backend, and the 101 to the client."""

from collections.abc import Sequence

from gateway.handshake.admission import Admitted, HandshakeAttempt
from gateway.handshake.compression import EXTENSIONS, separating_answer, separating_offer
from gateway.handshake.credentials import BEARER_SUBPROTOCOL, without_credentials
from gateway.handshake.trace_context import with_trace_context
from gateway.http1.header_field import HeaderField, list_members
from gateway.upstream.endpoint import Endpoint
from gateway.upstream.request import UpgradeOffer, build_upgrade_request
from gateway.upstream.response_head import UpgradeAnswer, extension_names


class UpstreamUpgrade:
    """The upgrade as each of the API's backends is asked for it."""

    __slots__ = (
        "_admitted", "_extra_headers", "_forwarded", "_headers", "_query", "_separates_messages", "offer",
        "offers_bearer",
    )  # fmt: skip

    def __init__(self, attempt: HandshakeAttempt, admitted: Admitted) -> None:
        head = attempt.head
        forwardable = without_credentials(head)
        self._admitted = admitted
        self._separates_messages = admitted.separates_messages
        self._query = forwardable.query
        headers = separating_offer(forwardable.headers) if self._separates_messages else forwardable.headers
        self._headers = with_trace_context(headers, attempt.trace, asked=head)
        self._forwarded = attempt.forwarded
        self._extra_headers = _extra_headers(admitted)
        self.offers_bearer = forwardable.offers_bearer
        key = head.first("sec-websocket-key") or ""
        self.offer = UpgradeOffer(key, forwardable.subprotocols)
        if head.first(EXTENSIONS) is not None:
            # Asked of what the backend is shown, which may be less than what the client offered.
            self.offer.extensions = extension_names(list_members(self._headers, EXTENSIONS))

    def request_for(self, endpoint: Endpoint) -> bytes:
        """The request to this backend. Raises UnsafeRequest when the admitted parts are unfit."""
        return build_upgrade_request(
            endpoint,
            sub_path=self._admitted.sub_path,
            query=self._query,
            mapped=self._admitted.mapped_target,
            headers=self._headers,
            offer=self.offer,
            forwarded=self._forwarded,
            extra_headers=self._extra_headers,
        )

    def headers_to_client(self, answer: UpgradeAnswer) -> tuple[HeaderField, ...]:
        """The backend's own fields, as the client is shown them."""
        return separating_answer(answer.headers) if self._separates_messages else answer.headers


def switching_protocols(headers: Sequence[HeaderField], *, chose_subprotocol: bool, offers_bearer: bool) -> bytes:
    """The 101 to the client: the backend's own fields, and ``sluice.bearer`` where the backend chose nothing.

    A browser that offers subprotocols gives up when none is chosen, hence the echo; RFC 6455 allows only one.
    """
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"{field.written_name}: {field.value}" for field in headers]
    if offers_bearer and not chose_subprotocol:
        lines.append(f"Sec-WebSocket-Protocol: {BEARER_SUBPROTOCOL}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _extra_headers(admitted: Admitted) -> tuple[tuple[str, str], ...]:
    """What the gateway adds; of two with one name, the credential that is meant for the backend."""
    credential = admitted.backends.headers
    if not credential:
        return admitted.extra_headers
    names = frozenset(name.lower() for name, _ in credential)
    return (*(header for header in admitted.extra_headers if header[0].lower() not in names), *credential)
