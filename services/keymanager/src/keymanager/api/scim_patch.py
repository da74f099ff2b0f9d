"""SCIM PATCH (RFC 7644 3.5.2) as a change of a user: `add`, `replace` and `remove` of whole attributes.

A path is the name of an attribute, or `roles[value eq "creator"]` for removal. Others are refused, not ignored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from keymanager.api.scim_schemas import PatchOperation, UserBody
from keymanager.domain.roles import parse_roles
from keymanager.domain.users import User
from keymanager.errors import InvalidInput, InvalidPath
from keymanager.usecases.change_user import UserChange

_ONE_ROLE = re.compile(r'roles\[\s*value\s+eq\s+"([^"\\]+)"\s*\]', re.I)
_NAMES = {(field.alias or name).lower(): (field.alias or name) for name, field in UserBody.model_fields.items()}
_PLURAL = {"roles", "emails", "phoneNumbers", "ims", "photos", "addresses", "entitlements", "x509Certificates"}
_REQUIRED = {"userName", "password", "active", "schemas"}


def patched(user: User, operations: Sequence[PatchOperation]) -> UserChange:
    """What the operations, one after the other, make of the user. Raises `InvalidInput`, `InvalidPath`."""
    # A JSON object that is validated as a whole afterwards, hence Any.
    body: dict[str, Any] = {
        **user.profile,
        "userName": user.user_name,
        "active": user.active,
        "roles": [{"value": role.value} for role in sorted(user.roles)],
    }
    for operation in operations:
        _apply(body, operation)
    wanted = _validated(body)
    return UserChange(
        user_name=wanted.user_name,
        password=wanted.password.get_secret_value() if wanted.password else None,
        roles=wanted.wanted_roles,
        active=wanted.active,
        profile=wanted.profile,
    )


def _apply(body: dict[str, Any], operation: PatchOperation) -> None:
    op = operation.op.lower()
    if op == "remove":
        _remove(body, operation.path)
    elif op in ("add", "replace"):
        for name, value in _assignments(operation):
            is_more = op == "add" and name in _PLURAL and isinstance(value, list)
            body[name] = [*body.get(name, []), *value] if is_more else value
    else:
        raise InvalidInput("op is one of add, replace, remove.")


def _assignments(operation: PatchOperation) -> list[tuple[str, Any]]:
    if operation.path is not None:
        return [(_attribute(operation.path), operation.value)]
    if not isinstance(operation.value, dict):
        raise InvalidInput("Without a path, the value is an object of attributes.")
    return [(_attribute(str(name)), value) for name, value in operation.value.items()]


def _remove(body: dict[str, Any], path: str | None) -> None:
    if path is None:
        raise InvalidPath("remove needs a path.")
    if one_role := _ONE_ROLE.fullmatch(path.strip()):
        (gone,) = parse_roles([one_role[1]])
        body["roles"] = [role for role in body["roles"] if role.get("value") != gone.value]
        return
    name = _attribute(path)
    if name in _REQUIRED:
        raise InvalidInput(f"{name} cannot be removed.")
    body[name] = [] if name in _PLURAL else None


def _attribute(path: str) -> str:
    name = _NAMES.get(path.strip().removeprefix("urn:ietf:params:scim:schemas:core:2.0:User:").lower())
    if name is None:
        raise InvalidPath(f"There is no attribute {path!r}, or its path is not supported.")
    return name


def _validated(body: dict[str, Any]) -> UserBody:
    try:
        return UserBody.model_validate(body)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        raise InvalidInput(problems) from error
