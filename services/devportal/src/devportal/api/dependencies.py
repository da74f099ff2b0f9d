"""What operations are given: units of work, the key manager, and who calls with which scopes (wso2.md, 1.6 and 3)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Path, Request, Security

from devportal.domain.caller import ANONYMOUS, Caller, plain_roles
from devportal.keymanager_client.client import KeyManagerClient
from devportal.usecases.unit import Units
from hosting.bearer import anonymous_or_caller, caller_with_scope
from hosting.session_feed import OpenSessions
from tokens import Principal

BASE_PATH: Final = "/api/am/devportal/v3"


async def _units(request: Request) -> Units:
    units: Units = request.app.state.devportal.units
    return units


async def _keymanager(request: Request) -> KeyManagerClient:
    keymanager: KeyManagerClient = request.app.state.devportal.keymanager
    return keymanager


async def _sessions(request: Request) -> OpenSessions:
    sessions: OpenSessions = request.app.state.devportal.session_feed
    return sessions


async def _visitor(principal: Annotated[Principal | None, Depends(anonymous_or_caller)]) -> Caller:
    return ANONYMOUS if principal is None else _to_caller(principal)


async def _caller(principal: Annotated[Principal, Security(caller_with_scope)]) -> Caller:
    return _to_caller(principal)


def _to_caller(principal: Principal) -> Caller:
    return Caller(principal.subject, plain_roles(principal.roles))


UnitsOfWork = Annotated[Units, Depends(_units)]
KeyManager = Annotated[KeyManagerClient, Depends(_keymanager)]
Sessions = Annotated[OpenSessions, Depends(_sessions)]

Visitor = Annotated[Caller, Depends(_visitor)]
ApplicationOwner = Annotated[Caller, Security(_caller, scopes=["apim:subscribe", "apim:app_manage"])]
Subscriber = Annotated[Caller, Security(_caller, scopes=["apim:subscribe", "apim:sub_manage"])]

ApiId = Annotated[str, Path(alias="apiId", description="The API's id.")]
ApplicationId = Annotated[str, Path(alias="applicationId", description="The application's id.")]
SubscriptionId = Annotated[str, Path(alias="subscriptionId", description="The subscription's id.")]
KeyMappingId = Annotated[str, Path(alias="keyMappingId", description="The id of the application's keys.")]
