"""How permessage-deflate is offered and answered where messages may be dropped (RFC 7692, 7.1)."""

import pytest

from gateway.handshake.compression import negotiated, separating_answer, separating_offer
from gateway.http1.header_field import HeaderField
from gateway.session.extensions import NO_EXTENSIONS, UNKNOWN_EXTENSIONS, permessage_deflate


def fields(*values: str) -> tuple[HeaderField, ...]:
    return tuple(HeaderField("sec-websocket-extensions", "Sec-WebSocket-Extensions", value) for value in values)


@pytest.mark.parametrize(
    ("offered", "shown"),
    [
        (["permessage-deflate"], ["permessage-deflate; server_no_context_takeover"]),
        (
            ["permessage-deflate; client_max_window_bits"],
            ["permessage-deflate; client_max_window_bits; server_no_context_takeover"],
        ),
        (
            ["Permessage-Deflate; server_max_window_bits=10, permessage-deflate"],
            [
                (
                    "Permessage-Deflate; server_max_window_bits=10; server_no_context_takeover, "
                    "permessage-deflate; server_no_context_takeover"
                )
            ],
        ),
        (
            ["permessage-deflate; server_no_context_takeover"],
            ["permessage-deflate; server_no_context_takeover"],
        ),
        (["x-unknown", "permessage-deflate"], ["permessage-deflate; server_no_context_takeover"]),
        (["x-unknown; a=1"], []),
        ([], []),
    ],
)
def test_every_offer_asks_the_backend_for_separate_messages(offered: list[str], shown: list[str]) -> None:
    cookie = HeaderField("cookie", "Cookie", "a=1")

    assert separating_offer((cookie, *fields(*offered))) == (cookie, *fields(*shown))


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (
            ["permessage-deflate; server_no_context_takeover"],
            ["permessage-deflate; server_no_context_takeover; client_no_context_takeover"],
        ),
        (
            ["permessage-deflate; client_no_context_takeover; client_max_window_bits=11"],
            ["permessage-deflate; client_no_context_takeover; client_max_window_bits=11"],
        ),
        ([], []),
    ],
)
def test_answer_tells_the_client_to_send_separate_messages(answer: list[str], shown: list[str]) -> None:
    assert separating_answer(fields(*answer)) == fields(*shown)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        ([], NO_EXTENSIONS),
        (["x-unknown"], UNKNOWN_EXTENSIONS),
        (["permessage-deflate, x-unknown"], UNKNOWN_EXTENSIONS),
        (["permessage-deflate"], permessage_deflate(client_takes_over=True, server_takes_over=True)),
        (
            ["permessage-deflate; client_no_context_takeover"],
            permessage_deflate(client_takes_over=False, server_takes_over=True),
        ),
        (
            ["permessage-deflate;server_no_context_takeover; client_no_context_takeover"],
            permessage_deflate(client_takes_over=False, server_takes_over=False),
        ),
    ],
)
def test_backend_that_does_not_separate_messages_is_known(answer: list[str], meaning: object) -> None:
    assert negotiated(fields(*answer)) == meaning
