"""Requests to the OAuth endpoints: form parameters, each once, and the client's proof of who it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request

from keymanager.api.credentials import authorization, read_basic, source_of
from keymanager.domain.clients import Client
from keymanager.errors import InvalidClient, InvalidRequest, WrongCredentials
from keymanager.parts import Parts
from keymanager.usecases.authenticate import authenticate_client

_FORM = "application/x-www-form-urlencoded"
_MAX_PARAMETERS = 50


@dataclass(frozen=True, slots=True)
class OAuthRequest:
    """A request whose client has proved who it is."""

    client: Client
    parameters: Mapping[str, str]


async def read_oauth_request(request: Request, parts: Parts) -> OAuthRequest:
    """Raises `InvalidRequest`, `InvalidClient`, `TooManyAttempts`."""
    # RFC 6749 2.3.1 and 3.2: what is in the URL is logged on the way; nothing is read from there.
    if request.url.query:
        raise InvalidRequest("Parameters belong in the body, not in the URL (RFC 6749 2.3.1).")
    parameters = await _read_form(request)
    client_id, secret = _client_proof(request, parameters)
    client = await authenticate_client(parts, client_id, secret=secret, source=source_of(request))
    return OAuthRequest(client, parameters)


async def _read_form(request: Request) -> Mapping[str, str]:
    # RFC 6749 3.2 and appendix B: form encoding in UTF-8.
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _FORM:
        raise InvalidRequest(f"The body must be {_FORM}.")
    try:
        text = (await request.body()).decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_PARAMETERS)
    except ValueError as error:
        raise InvalidRequest("The body is not form-encoded UTF-8.") from error
    parameters = dict(pairs)
    # RFC 6749 3.2: no parameter more than once; one without a value counts as left out.
    if "\0" in text or "%00" in text:
        raise InvalidRequest("The body holds a NUL.")
    if len(parameters) != len(pairs):
        raise InvalidRequest("A parameter is there more than once.")
    return {name: value for name, value in parameters.items() if value}


def _client_proof(request: Request, parameters: Mapping[str, str]) -> tuple[str, str]:
    """Client id and secret, by exactly one method (RFC 6749 2.3): Basic, or in the body."""
    given = authorization(request)
    if given is None:
        return _proof_in_body(parameters)
    if "client_secret" in parameters or "client_assertion" in parameters:
        raise InvalidRequest("The client proves itself in more than one way (RFC 6749 2.3).")
    scheme, credentials = given
    if scheme != "basic":
        raise InvalidClient("Clients prove themselves by Basic, or by client_id and client_secret in the body.")
    try:
        basic = read_basic(credentials)
    except WrongCredentials as error:
        raise InvalidClient(error.description) from error
    if parameters.get("client_id", basic.name) != basic.name:
        raise InvalidRequest("client_id is another than in the Authorization header.")
    return basic.name, basic.password


def _proof_in_body(parameters: Mapping[str, str]) -> tuple[str, str]:
    if "client_secret" in parameters and "client_assertion" in parameters:
        raise InvalidRequest("The client proves itself in more than one way (RFC 6749 2.3).")
    if "client_assertion" in parameters or "client_id" not in parameters or "client_secret" not in parameters:
        raise InvalidClient("Send the client's id and secret, by Basic or in the body.")
    return parameters["client_id"], parameters["client_secret"]
