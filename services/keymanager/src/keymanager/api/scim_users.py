"""`/scim2/Users`: users by SCIM 2.0 (RFC 7644), for admins."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response, status
from fastapi.responses import JSONResponse

from keymanager.api.callers import Admin, PartsOf
from keymanager.api.scim_errors import SCIM_JSON
from keymanager.api.scim_filter import parse_filter
from keymanager.api.scim_patch import patched
from keymanager.api.scim_schemas import LIST_SCHEMA, USER_SCHEMA, PatchBody, UserBody, user_location, user_resource
from keymanager.api.texts import UserId
from keymanager.domain.users import User
from keymanager.errors import InvalidInput
from keymanager.parts import Parts
from keymanager.usecases.change_user import UserChange, change_user
from keymanager.usecases.create_user import CreateUser, create_user
from keymanager.usecases.delete_user import delete_user
from keymanager.usecases.find_users import get_user, list_users

MAX_COUNT = 1000
_MAX_START = 2**31

USER_EXAMPLE = {
    "schemas": [USER_SCHEMA],
    "id": "7d2c7a7e-3c1f-4a55-9f4e-0a4f2f1f6a10",
    "userName": "creator",
    "active": True,
    "roles": [{"value": "creator"}],
    "emails": [{"value": "creator@example.com", "primary": True}],
    "meta": {"resourceType": "User", "location": "http://localhost:8083/scim2/Users/7d2c7a7e"},
}
# OpenAPI fragments are of any shape, hence Any.
_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"description": "Malformed, or an unknown role: `scimType` says which."},
    401: {"description": "No credentials, or wrong ones."},
    403: {"description": "The caller is not an admin."},
    429: {"description": "Too many wrong passwords; `Retry-After` says when to try again."},
}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such user."}}


def _answers(code: int, *, description: str) -> dict[int | str, dict[str, Any]]:
    content = {SCIM_JSON: {"example": USER_EXAMPLE}}
    return {code: {"description": description, "content": content}, **_ERRORS}


router = APIRouter(prefix="/scim2/Users", tags=["Users"], default_response_class=JSONResponse)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    operation_id="createUser",
    summary="Make a user",
    response_class=JSONResponse,
    responses={**_answers(201, description="The user."), 409: {"description": "The name is taken (`uniqueness`)."}},
)
async def create(parts: PartsOf, admin: Admin, body: UserBody) -> JSONResponse:
    """A user with a password and roles. Names are compared without regard to case."""
    if body.password is None:
        raise InvalidInput("password: a new user needs one.")
    order = CreateUser(
        user_name=body.user_name,
        password=body.password.get_secret_value(),
        roles=body.wanted_roles or frozenset(),
        active=body.active is not False,
        profile=body.profile,
    )
    return _user(parts, await create_user(parts, order), code=201)


@router.get(
    "",
    operation_id="listUsers",
    summary="List users",
    response_class=JSONResponse,
    responses=_answers(200, description="A part of the users, in the form of RFC 7644 3.4.2."),
)
async def list_(
    parts: PartsOf,
    admin: Admin,
    filter: Annotated[str | None, Query(description='`userName eq "x"`', max_length=1000)] = None,  # noqa: A002  # RFC 7644's name
    start_index: Annotated[int, Query(alias="startIndex", le=_MAX_START, description="The first is 1.")] = 1,
    count: Annotated[
        int, Query(le=_MAX_START, description=f"How many at the most; never more than {MAX_COUNT}.")
    ] = 100,
) -> JSONResponse:
    """RFC 7644 3.4.2.4: a start below 1 is 1, a count below 0 is 0."""
    start, limit = max(start_index, 1), min(max(count, 0), MAX_COUNT)
    users, total = await list_users(parts, user_name=parse_filter(filter), offset=start - 1, limit=limit)
    body = {
        "schemas": [LIST_SCHEMA],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(users),
        "Resources": [user_resource(user, base_url=parts.policy.issuer) for user in users],
    }
    return JSONResponse(body, media_type=SCIM_JSON)


@router.get(
    "/{user_id}",
    operation_id="getUser",
    summary="Read a user",
    response_class=JSONResponse,
    responses={**_answers(200, description="The user."), **_NOT_FOUND},
)
async def get(parts: PartsOf, admin: Admin, user_id: UserId) -> JSONResponse:
    """One user by its id."""
    return _user(parts, await get_user(parts, user_id))


@router.put(
    "/{user_id}",
    operation_id="replaceUser",
    summary="Replace a user",
    response_class=JSONResponse,
    responses={**_answers(200, description="The user."), **_NOT_FOUND, 409: {"description": "The last admin."}},
)
async def replace(parts: PartsOf, admin: Admin, user_id: UserId, body: UserBody) -> JSONResponse:
    """What is not given is cleared, except password, roles and `active`, which stay. The name cannot change."""
    change = UserChange(
        user_name=body.user_name,
        password=body.password.get_secret_value() if body.password else None,
        roles=body.wanted_roles,
        active=body.active,
        profile=body.profile,
    )
    return _user(parts, await change_user(parts, user_id, lambda _: change))


@router.patch(
    "/{user_id}",
    operation_id="patchUser",
    summary="Change a user",
    response_class=JSONResponse,
    responses={**_answers(200, description="The user."), **_NOT_FOUND, 409: {"description": "The last admin."}},
    openapi_extra={"requestBody": {"content": {SCIM_JSON: {"example": PatchBody.EXAMPLE}}}},
)
async def patch(parts: PartsOf, admin: Admin, user_id: UserId, body: PatchBody) -> JSONResponse:
    """`add`, `replace` and `remove` of whole attributes (RFC 7644 3.5.2)."""
    return _user(parts, await change_user(parts, user_id, lambda user: patched(user, body.operations)))


@router.delete(
    "/{user_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    operation_id="deleteUser",
    summary="Delete a user",
    responses={204: {"description": "Gone, and its tokens do not count any more."}, **_ERRORS, **_NOT_FOUND},
)
async def delete(parts: PartsOf, admin: Admin, user_id: UserId) -> Response:
    """The user's REST clients go with it."""
    await delete_user(parts, user_id)
    return Response(status_code=204)


def _user(parts: Parts, user: User, *, code: int = 200) -> JSONResponse:
    location = user_location(user, base_url=parts.policy.issuer)
    body = user_resource(user, base_url=parts.policy.issuer)
    return JSONResponse(body, status_code=code, media_type=SCIM_JSON, headers={"Location": location})
