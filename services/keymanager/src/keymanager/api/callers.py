"""Who calls: a user by Basic or with a REST token, an admin, or one of our own services. Declared on each operation."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from hosting.bearer import InvalidCredentials, MissingCredentials
from keymanager.api.credentials import DeclaredScheme, authorization, read_basic, source_of
from keymanager.bootstrap import Keymanager
from keymanager.domain.clients import DEVPORTAL_CLIENT, PUBLISHER_CLIENT, Client
from keymanager.domain.roles import Role
from keymanager.domain.users import User
from keymanager.errors import Forbidden
from keymanager.parts import Parts
from keymanager.usecases.authenticate import authenticate_client, authenticate_user
from keymanager.usecases.find_users import find_active_user
from tokens import InvalidToken

_basic = DeclaredScheme(scheme="basic", scheme_name="userPassword", description="A user's name and password.")
_bearer = DeclaredScheme(scheme="bearer", scheme_name="accessToken", description="A REST access token of the user.")
_service_basic = DeclaredScheme(
    scheme="basic", scheme_name="serviceSecret", description="Client id and secret of one of Sluice's services."
)


def keymanager_of(request: Request) -> Keymanager:
    """The running key manager."""
    keymanager: Keymanager = request.app.state.keymanager
    return keymanager


def parts_of(request: Request) -> Parts:
    """What use cases work with."""
    return keymanager_of(request).parts


KeymanagerOf = Annotated[Keymanager, Depends(keymanager_of)]
PartsOf = Annotated[Parts, Depends(parts_of)]


async def user_by_password(request: Request, parts: PartsOf, _: Annotated[object, Depends(_basic)]) -> User:
    """Basic only: whoever registers a client has no token yet."""
    given = authorization(request)
    if given is None or given[0] != "basic":
        raise MissingCredentials("Send the name and password of a user: 'Authorization: Basic …'.")
    credentials = read_basic(given[1])
    return await authenticate_user(parts, credentials.name, password=credentials.password, source=source_of(request))


async def calling_user(
    request: Request, parts: PartsOf, _: Annotated[object, Depends(_basic)], __: Annotated[object, Depends(_bearer)]
) -> User:
    """Basic or Bearer."""
    given = authorization(request)
    if given is not None and given[0] == "bearer":
        return await _user_by_token(request, parts, given[1])
    return await user_by_password(request, parts, _)


async def calling_admin(user: Annotated[User, Depends(calling_user)]) -> User:
    """An admin by what the database says now, whatever the token says."""
    if not user.is_admin:
        raise Forbidden(f"Only users with the role {Role.ADMIN} may do this.")
    return user


async def calling_devportal(request: Request, parts: PartsOf, _: Annotated[object, Depends(_service_basic)]) -> Client:
    """The devportal's own client."""
    return await _service(request, parts, DEVPORTAL_CLIENT, name="devportal")


async def calling_publisher(request: Request, parts: PartsOf, _: Annotated[object, Depends(_service_basic)]) -> Client:
    """The publisher's own client."""
    return await _service(request, parts, PUBLISHER_CLIENT, name="publisher")


async def _service(request: Request, parts: Parts, client_id: str, *, name: str) -> Client:
    given = authorization(request)
    if given is None or given[0] != "basic":
        raise MissingCredentials("Send the client's id and secret: 'Authorization: Basic …'.")
    credentials = read_basic(given[1])
    client = await authenticate_client(parts, credentials.name, secret=credentials.password, source=source_of(request))
    if client.client_id != client_id:
        raise Forbidden(f"Only the {name} may do this.")
    return client


async def _user_by_token(request: Request, parts: Parts, token: str) -> User:
    try:
        principal = keymanager_of(request).verifier.verify(token)
    except InvalidToken as error:
        raise InvalidCredentials(f"The access token is not valid: {error}") from error
    user = await find_active_user(parts, principal.subject)
    if user is None:
        raise InvalidCredentials("The access token is not valid: its user is not active")
    return user


Admin = Annotated[User, Depends(calling_admin)]
Caller = Annotated[User, Depends(calling_user)]
CallerByPassword = Annotated[User, Depends(user_by_password)]
Devportal = Annotated[Client, Depends(calling_devportal)]
Publisher = Annotated[Client, Depends(calling_publisher)]
