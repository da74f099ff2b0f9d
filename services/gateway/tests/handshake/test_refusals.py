"""Refusals on the wire."""

import json

import h11
import pytest

from gateway.handshake.backend_refusals import refusal_for
from gateway.handshake.refusal import Refusal
from gateway.handshake.refusals import CATALOGUE
from gateway.upstream.errors import BackendForbidden, BackendRefused, BackendTimedOut, InvalidBackendAnswer


def parse(raw: bytes) -> tuple[h11.Response, dict[str, object]]:
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(raw)
    response, body = connection.next_event(), connection.next_event()
    assert isinstance(response, h11.Response)
    assert isinstance(body, h11.Data)
    return response, json.loads(bytes(body.data))


@pytest.mark.parametrize("refusal", CATALOGUE, ids=lambda refusal: refusal.name)
def test_refusal_is_problem_json_that_ends_the_connection(refusal: Refusal) -> None:
    response, problem = parse(refusal.to_bytes())

    headers = {name.decode(): value.decode() for name, value in response.headers}
    assert response.status_code == refusal.status == problem["status"]
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert problem["code"] == refusal.code
    assert problem["title"] == problem["message"]
    assert problem["detail"] == problem["description"]
    assert ("www-authenticate" in headers) == (
        refusal.status == 401 or "scope" in refusal.name or "several" in refusal.name
    )
    assert ("retry-after" in headers) == (refusal.status in {429, 503})


def test_names_are_unique() -> None:
    assert len({refusal.name for refusal in CATALOGUE}) == len(CATALOGUE)


def test_status_of_the_backend_is_told_in_the_body_only() -> None:
    refusal = refusal_for(BackendRefused(403, retry_after="7"))

    response, problem = parse(refusal.to_bytes())

    assert response.status_code == 502
    assert problem["backendStatus"] == 403
    assert (b"retry-after", b"7") in list(response.headers)


def test_backend_errors_do_not_tell_where_the_backend_is() -> None:
    errors = [BackendTimedOut("10.1.2.3"), InvalidBackendAnswer("10.1.2.3"), BackendForbidden("10.1.2.3")]

    refusals = [refusal_for(error) for error in errors]

    assert [refusal.status for refusal in refusals] == [504, 502, 502]
    assert b"10.1.2.3" not in b"".join(refusal.to_bytes() for refusal in refusals)
