"""The operations of a WebSocket API: channels with a direction (WSO2 `operations[]`), and the scopes they ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from publisher.domain.message_schema import check_message_schema
from publisher.domain.uri_mapping import check_uri_mapping
from publisher.errors import InvalidInput

MAX_TARGET = 512

VERBS: Final = ("SUBSCRIBE", "PUBLISH")
AUTH_TYPES: Final = ("None", "Application", "Application User", "Application & Application User", "Any")
DEFAULT_AUTH_TYPE: Final = "Application & Application User"

# RFC 6749, section 3.3.
_SCOPE_TOKEN = re.compile(r"[!#-\[\]-~]+")
# What the platform's own operations ask for must never be granted as a scope of somebody's API.
_RESERVED_SCOPES: Final = ("apim:", "openid", "internal_", "sluice:")

Json = Mapping[str, Any]  # one object of an API's definition: JSON whose shape the REST schema has checked


@dataclass(frozen=True, slots=True)
class Operation:
    """SUBSCRIBE sends to the client, PUBLISH receives from it."""

    target: str
    verb: str
    auth_type: str = DEFAULT_AUTH_TYPE
    scopes: tuple[str, ...] = ()
    uri_mapping: str | None = None
    payload_schema: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope of one API; no roles: everybody may have it."""

    name: str
    display_name: str
    description: str
    roles: tuple[str, ...]
    is_shared: bool


def default_operations() -> list[dict[str, Any]]:
    """What an API without operations has: everything, in both directions."""
    return [new_operation("/*", verb) for verb in VERBS]


def new_operation(target: str, verb: str) -> dict[str, Any]:
    """WSO2's JSON of an operation of which nothing more is said."""
    return {
        "target": target,
        "verb": verb,
        "authType": DEFAULT_AUTH_TYPE,
        "throttlingPolicy": "Unlimited",
        "scopes": [],
    }


def read_operations(operations: Sequence[Json]) -> tuple[Operation, ...]:
    """The operations of a definition that was checked when it came in."""
    return tuple(
        Operation(
            target=given["target"],
            verb=given["verb"],
            auth_type=given.get("authType") or DEFAULT_AUTH_TYPE,
            scopes=tuple(given.get("scopes") or ()),
            uri_mapping=given.get("uriMapping") or None,
            payload_schema=given.get("payloadSchema") or None,
        )
        for given in operations
    )


def read_scopes(scopes: Sequence[Json]) -> tuple[Scope, ...]:
    """The scopes of a definition that was checked when it came in."""
    return tuple(
        Scope(
            name=given["scope"]["name"],
            display_name=given["scope"].get("displayName") or given["scope"]["name"],
            description=given["scope"].get("description") or "",
            roles=tuple(given["scope"].get("bindings") or ()),
            is_shared=bool(given.get("shared")),
        )
        for given in scopes
    )


def check_operations(operations: Sequence[Json], *, scopes: Sequence[Json]) -> None:
    """Raises `InvalidInput` with a pointer to the operation."""
    declared = {given["scope"]["name"] for given in scopes}
    seen: set[tuple[str, str]] = set()
    for number, given in enumerate(operations):
        pointer = f"/operations/{number}"
        target, verb = given.get("target"), given.get("verb")
        if not isinstance(target, str) or not _is_target(target):
            raise InvalidInput.at(
                f"{pointer}/target", f"a path that begins with a slash, at most {MAX_TARGET} characters"
            )
        if verb not in VERBS:
            raise InvalidInput.at(f"{pointer}/verb", f"one of {', '.join(VERBS)}")
        if (target, verb) in seen:
            raise InvalidInput.at(pointer, f"{verb} {target} is given twice")
        if undeclared := sorted(set(given.get("scopes") or ()) - declared):
            raise InvalidInput.at(f"{pointer}/scopes", f"'{undeclared[0]}' is not among the API's scopes")
        if mapping := given.get("uriMapping"):
            check_uri_mapping(mapping, target=target, pointer=f"{pointer}/uriMapping")
        seen.add((target, verb))


def check_payload_schemas(operations: Sequence[Json]) -> None:
    """Raises `InvalidInput` with a pointer to the schema."""
    for number, given in enumerate(operations):
        if schema := given.get("payloadSchema"):
            check_message_schema(schema, pointer=f"/operations/{number}/payloadSchema")


def check_scopes(scopes: Sequence[Json]) -> None:
    """Raises `InvalidInput` with a pointer to the scope."""
    seen: set[str] = set()
    for number, given in enumerate(scopes):
        name = given["scope"]["name"]
        pointer = f"/scopes/{number}/scope/name"
        if not _SCOPE_TOKEN.fullmatch(name) or len(name) > 255:
            raise InvalidInput.at(pointer, "a scope is visible ASCII without quotes and backslashes (RFC 6749, 3.3)")
        if name.lower().startswith(_RESERVED_SCOPES):
            raise InvalidInput.at(pointer, "this name is reserved for the platform")
        if name in seen:
            raise InvalidInput.at(pointer, f"'{name}' is given twice")
        seen.add(name)


def _is_target(target: str) -> bool:
    return target.startswith("/") and len(target) <= MAX_TARGET and target.isprintable() and " " not in target
