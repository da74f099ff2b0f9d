"""From an admitted request to the bytes of both heads: the request to the backend, and the 101 to the client."""

from gateway.handshake.admission import Admitted, HandshakeAttempt
from gateway.handshake.credentials import BEARER_SUBPROTOCOL, ForwardableHead, without_credentials
from gateway.session.frame_walk import ALL_RSV, RSV1
from gateway.upstream.request import Forwarded, UpgradeOffer, build_upgrade_request
from gateway.upstream.response_head import UpgradeAnswer, extension_names


class UpstreamUpgrade:
    """The upgrade as the backend is asked for it. Raises UnsafeRequest when the admitted parts are unfit."""

    __slots__ = ("offer", "offers_bearer", "request")

    def __init__(self, attempt: HandshakeAttempt, admitted: Admitted) -> None:
        head = attempt.head
        forwardable = without_credentials(head)
        self.offers_bearer = forwardable.offers_bearer
        self.offer = _offer(head.first("sec-websocket-key") or "", forwardable)
        self.request = build_upgrade_request(
            admitted.endpoint,
            sub_path=admitted.sub_path,
            query=forwardable.query,
            headers=forwardable.headers,
            offer=self.offer,
            forwarded=Forwarded(
                for_=admitted.forwarded_for or attempt.peer_address,
                proto=admitted.forwarded_proto or ("https" if attempt.is_tls else "http"),
                host=head.host,
            ),
            extra_headers=admitted.extra_headers,
        )


def switching_protocols(answer: UpgradeAnswer, *, offers_bearer: bool) -> bytes:
    """The 101 to the client: the backend's own fields, and ``sluice.bearer`` where the backend chose nothing.

    A browser that offers subprotocols gives up when none is chosen, hence the echo; RFC 6455 allows only one.
    """
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"{field.written_name}: {field.value}" for field in answer.headers]
    if offers_bearer and answer.subprotocol is None:
        lines.append(f"Sec-WebSocket-Protocol: {BEARER_SUBPROTOCOL}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def allowed_reserved_bits(extensions: tuple[str, ...]) -> int:
    """Which RSV bits frames may carry after this negotiation (RFC 6455, 5.2; RFC 7692, 6)."""
    if not extensions:
        return 0
    return RSV1 if extensions == ("permessage-deflate",) else ALL_RSV


def _offer(key: str, forwardable: ForwardableHead) -> UpgradeOffer:
    extensions = tuple(extension_names(forwardable.headers))
    return UpgradeOffer(key=key, subprotocols=forwardable.subprotocols, extensions=extensions)
