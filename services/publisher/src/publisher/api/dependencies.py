"""What operations are given: the use cases' units of work, and who calls with which scopes (wso2.md, 1.2)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request, Security

from hosting.bearer import caller_with_scope
from hosting.session_feed import OpenSessions
from publisher.domain.caller import Caller
from publisher.keymanager_client.client import KeyManagerClient
from publisher.usecases.backends import Backends
from publisher.usecases.unit import Units
from tokens import Principal

BASE_PATH = "/api/am/publisher/v4"
ADMIN_PATH = "/api/am/admin/v4"


def _units(request: Request) -> Units:
    units: Units = request.app.state.publisher.units
    return units


async def _caller(principal: Annotated[Principal, Security(caller_with_scope)]) -> Caller:
    return Caller(principal.subject, principal.scopes, principal.roles)


def _keymanager(request: Request) -> KeyManagerClient:
    keymanager: KeyManagerClient = request.app.state.publisher.keymanager
    return keymanager


def _sessions(request: Request) -> OpenSessions:
    sessions: OpenSessions = request.app.state.publisher.session_feed
    return sessions


def _backends(request: Request) -> Backends:
    backends: Backends = request.app.state.publisher.backends
    return backends


UnitsOfWork = Annotated[Units, Depends(_units)]
Sessions = Annotated[OpenSessions, Depends(_sessions)]
BackendsInReach = Annotated[Backends, Depends(_backends)]
KeyManager = Annotated[KeyManagerClient, Depends(_keymanager)]

_VIEW = ["apim:api_view", "apim:api_manage", "apim:api_import_export"]
_REVISE = ["apim:api_create", "apim:api_publish", "apim:api_manage"]

ApiLister = Annotated[Caller, Security(_caller, scopes=[*_VIEW, "apim:api_list_view"])]
ApiViewer = Annotated[Caller, Security(_caller, scopes=_VIEW)]
ApiCreator = Annotated[Caller, Security(_caller, scopes=["apim:api_create", "apim:api_manage"])]
ApiEditor = Annotated[Caller, Security(_caller, scopes=["apim:api_create", "apim:api_manage", "apim:api_publish"])]
ApiDeleter = Annotated[Caller, Security(_caller, scopes=["apim:api_delete", "apim:api_manage"])]
RevisionViewer = Annotated[Caller, Security(_caller, scopes=[*_VIEW, "apim:api_create", "apim:api_publish"])]
RevisionEditor = Annotated[Caller, Security(_caller, scopes=[*_REVISE, "apim:api_import_export"])]
Deployer = Annotated[Caller, Security(_caller, scopes=_REVISE)]
ApiPublisher = Annotated[
    Caller, Security(_caller, scopes=["apim:api_publish", "apim:api_manage", "apim:api_import_export"])
]
LifecycleViewer = Annotated[
    Caller, Security(_caller, scopes=["apim:api_view", "apim:api_publish", "apim:api_create", "apim:api_manage"])
]
HistoryViewer = Annotated[Caller, Security(_caller, scopes=["apim:api_view", "apim:api_publish", "apim:api_manage"])]
PlanViewer = Annotated[Caller, Security(_caller, scopes=["apim:tier_view", "apim:tier_manage", "apim:api_view"])]
AdminPlanViewer = Annotated[Caller, Security(_caller, scopes=["apim:admin_tier_view", "apim:tier_view"])]
AdminPlanKeeper = Annotated[Caller, Security(_caller, scopes=["apim:admin_tier_manage", "apim:tier_manage"])]
DenyPolicyViewer = Annotated[Caller, Security(_caller, scopes=["apim:bl_view", "apim:bl_manage"])]
DenyPolicyKeeper = Annotated[Caller, Security(_caller, scopes=["apim:bl_manage"])]
SubscriptionViewer = Annotated[Caller, Security(_caller, scopes=["apim:subscription_view", "apim:subscription_manage"])]
SubscriptionBlocker = Annotated[
    Caller, Security(_caller, scopes=["apim:subscription_block", "apim:subscription_manage"])
]
SessionViewer = SubscriptionViewer
SessionEnder = SubscriptionBlocker
TestKeyMaker = Annotated[
    Caller, Security(_caller, scopes=["apim:api_generate_key", "apim:api_create", "apim:api_manage"])
]
SettingsViewer = Annotated[Caller, Security(_caller, scopes=["apim:publisher_settings"])]

ApiId = Annotated[str, Path(alias="apiId", description="The API's id.")]
RevisionId = Annotated[str, Path(alias="revisionId", description="The revision's id.")]
RevisionIdQuery = Annotated[str, Query(alias="revisionId", description="The revision's id.")]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="The ETag of the API as it was read; another state is 412.")
]
