"""The way to several backends, to forbidden ones, and to those that are not who they say (faults F19 and F33)."""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from contracts.publisher import Distribution, Endpoint, Suspension
from gateway.upstream.backend_group import BackendGroup, build_group
from gateway.upstream.errors import UnusableCredential

from .backends import ACCEPTANCE, Conduct, RawBackend, answering, echo_backend, hang_up, raw_backend, reset, silent
from .plane import Plane, RawClient, _tls_contexts, open_plane, upgrade_request
from .wire import is_soon

REFUSING = "ws://127.0.0.1:1/"
REFUSED_503 = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"


def group(*urls: str, distribution: Distribution = Distribution.FAILOVER, **changes: object) -> BackendGroup:
    fields = {"url": urls[0], "further_urls": urls[1:], "distribution": distribution, **changes}
    return build_group(Endpoint.model_validate(fields), api_id="echo")


async def answer_to(plane: Plane, request: bytes | None = None) -> bytes:
    """The status line and what follows it, of a handshake that is closed at once."""
    client = await plane.connect()
    client.send(request or upgrade_request())
    head = await client.read_head()
    body = b"" if head.startswith("HTTP/1.1 101 ") else await client.read_all()
    client.reset()
    return head.encode() + body


async def status(plane: Plane) -> int:
    return int((await answer_to(plane)).split(b" ", 2)[1])


@asynccontextmanager
async def accepting_backends() -> AsyncIterator[tuple[RawBackend, RawBackend]]:
    async with raw_backend(answering(ACCEPTANCE)) as one, raw_backend(answering(ACCEPTANCE)) as other:
        yield one, other


@pytest.mark.parametrize(
    "conduct", [silent, hang_up, reset, answering(b"220 smtp ready\r\n"), answering(b"HTTP/1.1 10")]
)
async def test_handshake_goes_on_to_the_next_backend_when_one_fails(plane: Plane, conduct: Conduct) -> None:
    async with raw_backend(conduct) as bad, raw_backend(answering(ACCEPTANCE)) as good:
        plane.admission.backends = group(REFUSING, bad.url, good.url)

        assert await status(plane) == 101

        assert len(bad.heads) == len(good.heads) == 1
        assert len(plane.witness.backend_errors) == 2
        await is_soon(lambda: bad.open_count == 0, "the socket of the bad backend is left")


@pytest.mark.parametrize(("last", "expected"), [(silent, 504), (hang_up, 502)])
async def test_handshake_that_no_backend_accepts_is_an_honest_refusal(
    plane: Plane, last: Conduct, expected: int
) -> None:
    async with raw_backend(silent) as first, raw_backend(last) as second:
        plane.admission.backends = group(first.url, second.url)

        assert await status(plane) == expected

        await is_soon(lambda: first.open_count == second.open_count == 0, "sockets are left")


@pytest.mark.parametrize("refused", ["401 Unauthorized", "503 Service Unavailable", "302 Found"])
async def test_answer_of_a_backend_is_final(plane: Plane, refused: str) -> None:
    refusal = f"HTTP/1.1 {refused}\r\nContent-Length: 0\r\n\r\n".encode()
    async with raw_backend(answering(refusal)) as first, raw_backend(answering(ACCEPTANCE)) as second:
        plane.admission.backends = group(first.url, second.url)

        response = await answer_to(plane)

        assert response.startswith(b"HTTP/1.1 502 ")
        assert f'"backendStatus": {refused[:3]}'.encode() in response
        assert second.heads == []


@pytest.mark.parametrize("retry_after", ["7", "Fri, 31 Dec 2027 23:59:59 GMT"])
async def test_retry_after_of_a_backend_is_passed_on(plane: Plane, retry_after: str) -> None:
    async with raw_backend(answering(REFUSED_503.replace(b"7", retry_after.encode(), 1))) as backend:
        plane.admission.url = backend.url

        assert f"\r\nRetry-After: {retry_after}\r\n".encode() in await answer_to(plane)


async def test_round_robin_gives_every_backend_its_share(plane: Plane) -> None:
    async with accepting_backends() as (one, other):
        plane.admission.backends = group(one.url, other.url, distribution=Distribution.ROUND_ROBIN)

        assert [await status(plane) for _ in range(6)] == [101] * 6

        assert (len(one.heads), len(other.heads)) == (3, 3)


async def test_failover_stays_with_the_first_while_it_works(plane: Plane) -> None:
    async with accepting_backends() as (one, other):
        plane.admission.backends = group(one.url, other.url)

        assert [await status(plane) for _ in range(4)] == [101] * 4

        assert (len(one.heads), len(other.heads)) == (4, 0)


async def test_suspended_backend_is_left_alone(plane: Plane) -> None:
    async with raw_backend(hang_up) as bad, raw_backend(answering(ACCEPTANCE)) as good:
        plane.admission.backends = group(bad.url, good.url, suspension=Suspension(duration_ms=60_000))

        assert [await status(plane) for _ in range(5)] == [101] * 5

        assert (len(bad.heads), len(good.heads)) == (1, 5)


async def test_client_is_told_when_to_come_again_while_all_are_suspended(plane: Plane) -> None:
    async with raw_backend(hang_up) as bad:
        plane.admission.backends = group(bad.url, suspension=Suspension(duration_ms=60_000))
        assert await status(plane) == 502

        response = await answer_to(plane)

        assert response.startswith(b"HTTP/1.1 502 ")
        assert b"\r\nRetry-After: 60\r\n" in response
        assert len(bad.heads) == 1


async def test_backend_that_works_again_is_found_by_the_next_handshake(plane: Plane) -> None:
    is_up = False

    async def conduct(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (answering(ACCEPTANCE) if is_up else hang_up)(reader, writer)

    async with raw_backend(conduct) as backend:
        plane.admission.backends = group(backend.url, suspension=Suspension(duration_ms=50))
        assert await status(plane) == 502
        is_up = True
        found: list[int] = []
        while 101 not in found and len(found) < 1000:
            found.append(await status(plane))

        assert found[-1] == 101
        assert await status(plane) == 101


async def test_endpoint_may_have_a_connect_timeout_of_its_own(plane: Plane) -> None:
    plane.reception.dialer._timeout = 3600
    async with raw_backend(silent) as backend:
        plane.admission.backends = group(backend.url, connect_timeout_ms=100)

        assert await status(plane) == 504


async def test_client_that_goes_away_ends_the_trial_of_a_backend(plane: Plane) -> None:
    async with raw_backend(silent) as first, raw_backend(answering(ACCEPTANCE)) as second:
        plane.admission.backends = group(first.url, second.url, suspension=Suspension(duration_ms=60_000))
        client = await plane.connect()
        client.send(upgrade_request())
        await is_soon(lambda: first.open_count == 1, "it is not dialled")

        client.reset()

        await is_soon(lambda: first.open_count == 0, "the socket is left")
        assert second.heads == []
        assert plane.witness.backend_errors == []


async def test_backend_with_a_certificate_of_an_unknown_authority_is_502(plane: Plane) -> None:
    foreign_tls, _ = _tls_contexts()
    async with echo_backend(tls=foreign_tls) as url:
        plane.admission.url = url

        assert await status(plane) == 502

    assert "CERTIFICATE_VERIFY_FAILED" in plane.witness.backend_errors[0].detail


async def test_backend_that_speaks_only_old_tls_is_502(plane: Plane) -> None:
    plane.tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls, _ = _tls_contexts()
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    async with echo_backend(tls=tls) as url:
        plane.admission.url = url

        assert await status(plane) == 502


async def test_backend_is_shown_its_credential_and_none_of_the_clients_in_its_place(plane: Plane) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        endpoint = Endpoint(url=backend.url)
        plane.admission.backends = build_group(endpoint, api_id="echo", headers=(("X-Api-Key", "secret"),))

        await answer_to(plane, upgrade_request(headers="x-api-key: forged\r\nX-Other: kept\r\n"))

        assert backend.heads[0].lower().count("x-api-key") == 1
        assert "\r\nX-Api-Key: secret\r\n" in backend.heads[0]
        assert "\r\nX-Other: kept\r\n" in backend.heads[0]


async def test_backends_own_credential_wins_over_the_clients_token(plane: Plane) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        own = (("Authorization", "Basic b3du"),)
        plane.admission.backends = build_group(Endpoint(url=backend.url), api_id="echo", headers=own)
        forwarded = (("authorization", "Bearer t"), ("X-JWT-Assertion", "a.b.c"))
        plane.admission.answer = lambda _: replace(plane.admission.admitted(), extra_headers=forwarded)

        await answer_to(plane)

        assert backend.heads[0].lower().count("authorization") == 1
        assert "\r\nAuthorization: Basic b3du\r\n" in backend.heads[0]
        assert "\r\nX-JWT-Assertion: a.b.c\r\n" in backend.heads[0]


async def test_backend_whose_credential_cannot_be_opened_is_not_dialled(plane: Plane) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        fault = UnusableCredential("it was sealed with another key")
        plane.admission.backends = build_group(Endpoint(url=backend.url), api_id="echo", fault=fault)

        response = await answer_to(plane)

        assert response.startswith(b"HTTP/1.1 502 ")
        assert b"sealed" not in response
        assert backend.heads == []
        assert plane.witness.backend_errors == [fault]


SPELLINGS = ("127.0.0.1", "127.1", "2130706433", "0x7f.1", "017700000001", "[::ffff:127.0.0.1]", "localhost",
             "localhost.", "0", "127.0.0.1.", "rebound.example.com")  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_of_this_machine_is_dialled(host: str) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend, open_plane(allow="", ask_dns=_loopback) as plane:
        plane.admission.url = backend.url.replace("127.0.0.1", host)

        response = await answer_to(plane)

        assert response.startswith(b"HTTP/1.1 502 ")
        assert b"The backend could not be reached." in response  # As for any other.
        assert backend.open_count == 0
        assert backend.heads == []


def _loopback(host: str) -> Sequence[str]:
    return ["127.0.0.1"]


async def test_slow_dns_stalls_no_other_api() -> None:
    go_on = threading.Event()

    def ask(host: str) -> Sequence[str]:
        go_on.wait(30)
        return ["127.0.0.1"]

    async with echo_backend() as url, open_plane(ask_dns=ask) as plane:
        plane.admission.url = "ws://slow.example.com/"
        slow: list[RawClient] = []
        for _ in range(50):
            client = await plane.connect()
            client.send(upgrade_request())
            slow.append(client)
        await is_soon(lambda: len(plane.admission.attempts) == 50, "the slow ones are not dialled")
        plane.admission.url = url

        assert await status(plane) == 101

        assert all(not client.reader.at_eof() for client in slow)
        assert [b" 504 " in await client.read_all() for client in slow] == [True] * 50
        go_on.set()
        for client in slow:
            await client.close()


async def test_backend_is_told_the_trace(plane: Plane) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url

        await answer_to(plane, upgrade_request(headers=f"traceparent: {trace}\r\ntracestate: v=1\r\n"))
        await answer_to(plane)

        assert f"\r\ntraceparent: {trace}\r\n" in backend.heads[0]
        assert "\r\ntracestate: v=1\r\n" in backend.heads[0]
        assert backend.heads[1].count("\r\ntraceparent: 00-") == 1
