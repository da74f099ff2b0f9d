"""From an admitted request to the bytes of both heads: the request to the backend, and the 101 to the client."""

from collections.abc import Iterable

from gateway.handshake.admission import Admitted, HandshakeAttempt
from gateway.handshake.compression import separating_answer, separating_offer
from gateway.handshake.credentials import BEARER_SUBPROTOCOL, without_credentials
from gateway.http1.header_field import HeaderField
from gateway.upstream.request import UpgradeOffer, build_upgrade_request
from gateway.upstream.response_head import UpgradeAnswer, extension_names


class UpstreamUpgrade:
    """The upgrade as the backend is asked for it. Raises UnsafeRequest when the admitted parts are unfit."""

    __slots__ = ("_separates_messages", "offer", "offers_bearer", "request")

    def __init__(self, attempt: HandshakeAttempt, admitted: Admitted) -> None:
        head = attempt.head
        forwardable = without_credentials(head)
        self._separates_messages = admitted.separates_messages
        headers = separating_offer(forwardable.headers) if admitted.separates_messages else forwardable.headers
        self.offers_bearer = forwardable.offers_bearer
        self.offer = _offer(head.first("sec-websocket-key") or "", headers, forwardable.subprotocols)
        self.request = build_upgrade_request(
            admitted.endpoint,
            sub_path=admitted.sub_path,
            query=forwardable.query,
            headers=headers,
            offer=self.offer,
            forwarded=attempt.forwarded,
            extra_headers=admitted.extra_headers,
        )

    def headers_to_client(self, answer: UpgradeAnswer) -> tuple[HeaderField, ...]:
        """The backend's own fields, as the client is shown them."""
        return separating_answer(answer.headers) if self._separates_messages else answer.headers


def switching_protocols(headers: Iterable[HeaderField], *, chose_subprotocol: bool, offers_bearer: bool) -> bytes:
    """The 101 to the client: the backend's own fields, and ``sluice.bearer`` where the backend chose nothing.

    A browser that offers subprotocols gives up when none is chosen, hence the echo; RFC 6455 allows only one.
    """
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"{field.written_name}: {field.value}" for field in headers]
    if offers_bearer and not chose_subprotocol:
        lines.append(f"Sec-WebSocket-Protocol: {BEARER_SUBPROTOCOL}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _offer(key: str, headers: Iterable[HeaderField], subprotocols: tuple[str, ...]) -> UpgradeOffer:
    return UpgradeOffer(key=key, subprotocols=subprotocols, extensions=tuple(extension_names(headers)))
