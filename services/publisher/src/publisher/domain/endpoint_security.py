"""What gateways show an API's backends (WSO2 `endpoint_security`): Basic, a bearer token, or a header of any name.

A secret is sealed before it becomes part of a document, so none is ever stored or returned in the open. Reading gives
it back empty; writing it empty (or as asterisks) keeps the one that is there. Whoever switches the security off, or
changes its type, user or header, gives the secret again.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, Final, Protocol

from backends.sealing import credential_context
from contracts.publisher import EndpointSecurity
from publisher.errors import InvalidInput

KINDS: Final = ("production", "sandbox")
MAX_SECRET: Final = 4096

# Where a document keeps the sealed value of the header. It is never shown, and not taken from anybody.
_SEALED: Final = "sealedHeader"
_SECRETS: Final = {"BASIC": "password", "BEARER": "token", "OAUTH": "token", "APIKEY": "apiKeyValue"}
_PLAIN_MEMBERS: Final = frozenset({"enabled", "type", "username", "apiKeyIdentifier", "apiKeyIdentifierType"})
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VISIBLE_ASCII = re.compile(r"[!-~]+")
_MASK = re.compile(r"\**")
# They belong to the connection or to the handshake itself.
_GATEWAYS_OWN: Final = frozenset(
    {
        "connection", "content-length", "host", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip

# WSO2's free-form JSON, hence Any.
Json = Mapping[str, Any]


class Sealer(Protocol):
    """Seals a text so that only gateways can read it (`backends.sealing.Seal`)."""

    def close_text(self, text: str, *, context: str) -> str:
        """The sealed text."""
        ...


def seal_security(config: Json | None, *, known: Json | None, api_id: str, seal: Sealer | None) -> Json | None:
    """The endpoint configuration with its secrets sealed, or kept from the `known` one. Raises `InvalidInput`."""
    given = (config or {}).get("endpoint_security")
    if config is None or not given:
        return config
    pointer = "/endpointConfig/endpoint_security"
    if not isinstance(given, Mapping) or not set(given) <= set(KINDS):
        raise InvalidInput.at(pointer, f"must be an object with {' and '.join(KINDS)}")
    before = _security_of(known)
    sealed = {
        kind: _Sealing(one, before.get(kind) or {}, f"{pointer}/{kind}").result(
            seal, context=credential_context(api_id=api_id, key_type=kind.upper())
        )
        for kind, one in given.items()
        if one is not None
    }
    return {**config, "endpoint_security": sealed}


def shown_security(config: Json) -> Json:
    """The endpoint configuration as people see it."""
    security = _security_of(config)
    if not security:
        return config
    shown = {
        kind: {name: value for name, value in one.items() if name != _SEALED} if isinstance(one, Mapping) else one
        for kind, one in security.items()
    }
    return {**config, "endpoint_security": shown}


def read_security(config: Json | None, kind: str) -> EndpointSecurity | None:
    """The header, sealed; None where the backend is shown nothing."""
    one = _security_of(config).get(kind)
    if not isinstance(one, Mapping) or _SEALED not in one:
        return None
    return EndpointSecurity(header=_header(one), sealed_value=one[_SEALED])


def _security_of(config: Json | None) -> Json:
    security = (config or {}).get("endpoint_security")
    return security if isinstance(security, Mapping) else {}


def _header(one: Json) -> str:
    return str(one["apiKeyIdentifier"]) if _type(one) == "APIKEY" else "Authorization"


def _type(one: Json) -> str:
    return str(one.get("type") or "NONE").upper()


class _Sealing:
    """One kind's security on its way into a document."""

    def __init__(self, given: object, known: Json, pointer: str) -> None:
        if not isinstance(given, Mapping):
            raise InvalidInput.at(pointer, "must be an object")
        self._given, self._known, self._pointer = given, known, pointer
        self._type = _type(given)

    def result(self, seal: Sealer | None, *, context: str) -> dict[str, Any]:
        """Without any secret in the open."""
        self._check_members()
        plain = {name: value for name, value in self._given.items() if name in _PLAIN_MEMBERS}
        if not plain.get("enabled") or self._type == "NONE":
            return plain
        if self._type not in _SECRETS:
            raise self._wrong("type", f"one of NONE, {', '.join(_SECRETS)}")
        secret_name = _SECRETS[self._type]
        return {**plain, secret_name: "", _SEALED: self._sealed(secret_name, seal, context)}

    def _check_members(self) -> None:
        if not isinstance(self._given.get("enabled", False), bool):
            raise self._wrong("enabled", "must be true or false")
        known = {*_PLAIN_MEMBERS, *_SECRETS.values(), _SEALED}
        for name, value in self._given.items():
            # Some of WSO2's members hold secrets, so what has no meaning here is not kept either.
            if name not in known and value not in (None, "", "{}", {}, [], False, 0, -1):
                raise self._wrong(name, "is not supported; leave it empty")

    def _sealed(self, secret_name: str, seal: Sealer | None, context: str) -> str:
        self._check_header()
        secret = self._given.get(secret_name)
        if secret is not None and not isinstance(secret, str):
            raise self._wrong(secret_name, "must be a text")
        if secret is None or _MASK.fullmatch(secret):
            return self._kept(secret_name)
        if seal is None:
            raise self._wrong(secret_name, "cannot be kept: the platform has no SLUICE_SEALING_KEY_FILE")
        return seal.close_text(self._value(secret_name, secret), context=context)

    def _kept(self, secret_name: str) -> str:
        is_same = all(self._given.get(name) == self._known.get(name) for name in ("username", "apiKeyIdentifier"))
        if _SEALED not in self._known or not is_same or _type(self._known) != self._type:
            raise self._wrong(secret_name, "must be given")
        return str(self._known[_SEALED])

    def _check_header(self) -> None:
        if self._type != "APIKEY":
            return
        name = self._given.get("apiKeyIdentifier")
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise self._wrong("apiKeyIdentifier", "must be the name of an HTTP header (RFC 9110, section 5.1)")
        if name.lower() in _GATEWAYS_OWN or name.lower().startswith("sec-websocket-"):
            raise self._wrong("apiKeyIdentifier", "is a header that gateways set themselves")
        if (self._given.get("apiKeyIdentifierType") or "HEADER") != "HEADER":
            raise self._wrong("apiKeyIdentifierType", "must be HEADER: a secret does not belong into a URL")

    def _value(self, secret_name: str, secret: str) -> str:
        if len(secret) > MAX_SECRET:
            raise self._wrong(secret_name, f"at most {MAX_SECRET} characters")
        if self._type == "BASIC":
            return self._basic(secret)
        if not _VISIBLE_ASCII.fullmatch(secret):
            raise self._wrong(secret_name, "must be visible ASCII")
        return secret if self._type == "APIKEY" else f"Bearer {secret}"

    def _basic(self, password: str) -> str:
        user = self._given.get("username")
        if not isinstance(user, str) or not user or ":" in user or not user.isprintable():
            raise self._wrong("username", "must be a text without a colon (RFC 7617)")
        if not password.isprintable():
            raise self._wrong("password", "must be without control characters (RFC 7617)")
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")

    def _wrong(self, name: str, detail: str) -> InvalidInput:
        return InvalidInput.at(f"{self._pointer}/{name}", detail)
