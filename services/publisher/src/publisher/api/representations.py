"""Answers about APIs, revisions and life cycles, in WSO2's words."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from contracts.publisher import ApiState
from publisher.api.schemas import ApiAnswer
from publisher.domain.api import Api, Deployment, LifecycleEvent, Revision
from publisher.domain.endpoint_security import shown_security
from publisher.domain.lifecycle import available_transitions, check_items

# What WSO2 answers where nothing was sent; the values are JSON.
_DEFAULTS: Final[dict[str, Any]] = {
    "description": None, "enableSchemaValidation": False, "audiences": [], "transport": [], "tags": [], "policies": [],
    "apiThrottlingPolicy": None, "authorizationHeader": "Authorization", "apiKeyHeader": "ApiKey",
    "visibility": "PUBLIC", "visibleRoles": [], "visibleTenants": [], "subscriptionAvailability": "CURRENT_TENANT",
    "subscriptionAvailableTenants": [], "additionalProperties": [], "accessControl": "NONE", "accessControlRoles": [],
    "businessInformation": {}, "endpointConfig": None, "endpointImplementationType": "ENDPOINT", "scopes": [],
    "categories": [], "keyManagers": ["all"], "gatewayVendor": "wso2", "gatewayType": "wso2/synapse",
    "asyncTransportProtocols": [], "mediationPolicies": [],
}  # fmt: skip


class ApiSummary(BaseModel):
    """An API in a list."""

    id: str
    name: str
    displayName: str  # noqa: N815  # WSO2's names, here and below
    description: str | None
    context: str
    version: str
    provider: str
    type: str = "WS"
    lifeCycleStatus: ApiState  # noqa: N815
    workflowStatus: str = "APPROVED"  # noqa: N815
    hasThumbnail: bool = False  # noqa: N815
    isDefaultVersion: bool  # noqa: N815
    securityScheme: list[str]  # noqa: N815
    tags: list[str]
    policies: list[str]
    createdTime: str  # noqa: N815
    updatedTime: str  # noqa: N815
    updatedBy: str  # noqa: N815
    gatewayVendor: str = "wso2"  # noqa: N815


class DeploymentAnswer(BaseModel):
    """A revision in a gateway environment."""

    revisionUuid: str  # noqa: N815
    name: str
    vhost: str
    displayOnDevportal: bool  # noqa: N815
    status: str = "APPROVED"
    deployedTime: datetime  # noqa: N815
    successDeployedTime: datetime  # noqa: N815


class ApiReference(BaseModel):
    """Which API something belongs to."""

    id: str


class RevisionAnswer(BaseModel):
    """A frozen definition and where it is deployed."""

    displayName: str  # noqa: N815
    id: str
    description: str
    createdTime: datetime  # noqa: N815
    apiInfo: ApiReference  # noqa: N815
    deploymentInfo: list[DeploymentAnswer]  # noqa: N815


class CheckItem(BaseModel):
    """What may be ticked at the next step."""

    name: str
    value: bool = False
    requiredStates: list[str] = []  # noqa: N815


class TransitionAnswer(BaseModel):
    """What may be done, and where it leads."""

    event: str
    targetState: str  # noqa: N815


class LifecycleStateAnswer(BaseModel):
    """The state in title case, as WSO2 writes it here."""

    state: str
    checkItems: list[CheckItem]  # noqa: N815
    availableTransitions: list[TransitionAnswer]  # noqa: N815


class WorkflowAnswer(BaseModel):
    """What became of a request to change the state."""

    workflowStatus: str = "APPROVED"  # noqa: N815
    jsonPayload: str = ""  # noqa: N815
    lifecycleState: LifecycleStateAnswer  # noqa: N815


class LifecycleEventAnswer(BaseModel):
    """A change of state that happened."""

    previousState: ApiState | None  # noqa: N815
    postState: ApiState  # noqa: N815
    user: str
    updatedTime: datetime  # noqa: N815


def api_answer(api: Api) -> ApiAnswer:
    """Everything: what was sent, defaults, and what the server decides."""
    sent = {name: value for name, value in api.document.fields.items() if value is not None or name not in _DEFAULTS}
    if sent.get("endpointConfig"):
        sent["endpointConfig"] = shown_security(sent["endpointConfig"])
    decided = {
        "id": api.id,
        "name": api.name,
        "context": api.context,
        "version": api.version,
        "provider": api.provider,
        "type": "WS",
        "lifeCycleStatus": api.state.value,
        "isDefaultVersion": api.is_default,
        "hasThumbnail": False,
        "isRevision": False,
        "revisionId": 0,
        "workflowStatus": "APPROVED",
        "createdTime": _milliseconds(api.created_at),
        "lastUpdatedTime": api.updated_at.isoformat(),
        "lastUpdatedTimestamp": _milliseconds(api.updated_at),
    }
    return ApiAnswer.model_validate({"displayName": api.name, **_DEFAULTS, **sent, **decided})


def api_summary(api: Api) -> ApiSummary:
    """What lists show."""
    return ApiSummary(
        id=api.id,
        name=api.name,
        displayName=api.document.display_name or api.name,
        description=api.document.description or None,
        context=api.context,
        version=api.version,
        provider=api.provider,
        lifeCycleStatus=api.state,
        isDefaultVersion=api.is_default,
        securityScheme=list(api.document.security_scheme),
        tags=list(api.document.tags),
        policies=list(api.document.plans),
        createdTime=_milliseconds(api.created_at),
        updatedTime=_milliseconds(api.updated_at),
        updatedBy=api.updated_by,
    )


def revision_answer(revision: Revision) -> RevisionAnswer:
    return RevisionAnswer(
        displayName=revision.display_name,
        id=revision.id,
        description=revision.description,
        createdTime=revision.created_at,
        apiInfo=ApiReference(id=revision.api_id),
        deploymentInfo=[deployment_answer(deployment) for deployment in revision.deployments],
    )


def deployment_answer(deployment: Deployment) -> DeploymentAnswer:
    return DeploymentAnswer(
        revisionUuid=deployment.revision_id,
        name=deployment.environment,
        vhost=deployment.vhost,
        displayOnDevportal=deployment.is_shown_on_devportal,
        deployedTime=deployment.deployed_at,
        successDeployedTime=deployment.deployed_at,
    )


def lifecycle_state_answer(state: ApiState) -> LifecycleStateAnswer:
    return LifecycleStateAnswer(
        state=state.title(),
        checkItems=[CheckItem(name=name) for name in check_items(state)],
        availableTransitions=[
            TransitionAnswer(event=transition.action, targetState=transition.target.title())
            for transition in available_transitions(state)
        ],
    )


def lifecycle_event_answer(event: LifecycleEvent) -> LifecycleEventAnswer:
    return LifecycleEventAnswer(
        previousState=event.before, postState=event.after, user=event.user, updatedTime=event.happened_at
    )


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))
