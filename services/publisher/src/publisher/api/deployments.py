"""Deployments: put a revision into gateway environments, take it out, see what is where."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import APIRouter, Body, Query
from pydantic import Field, JsonValue

from hosting.problems import problems
from publisher.api.dependencies import (
    BASE_PATH,
    ApiId,
    Deployer,
    RevisionEditor,
    RevisionIdQuery,
    RevisionViewer,
    UnitsOfWork,
)
from publisher.api.representations import DeploymentAnswer, deployment_answer
from publisher.api.schemas import RequestBody
from publisher.errors import InvalidInput
from publisher.usecases.deploy_revision import UndeployRevision
from publisher.usecases.deploy_revision import deploy_revision as deploy
from publisher.usecases.deploy_revision import undeploy_revision as undeploy
from publisher.usecases.deploying import Target
from publisher.usecases.read_apis import read_deployments

router = APIRouter(prefix=f"{BASE_PATH}/apis/{{apiId}}", tags=["Revisions"])

_NUMBER = re.compile(r"(?:Revision )?([0-9]{1,9})")
_DEPLOY_EXAMPLE: Final = [{"name": "Default", "vhost": "localhost", "displayOnDevportal": True}]
_DEPLOY_BODY: Final = Body(
    openapi_examples={"default": {"summary": "The built-in environment", "value": _DEPLOY_EXAMPLE}}
)


class DeploymentBody(RequestBody):
    """WSO2's APIRevisionDeployment; the rest is the server's to decide."""

    name: str = Field(description="The gateway environment.", min_length=1, max_length=100)
    vhost: str | None = Field(default=None, max_length=255, description="One of its vhosts; absent is the first.")
    displayOnDevportal: bool | None = None  # noqa: N815
    revisionUuid: JsonValue = None  # noqa: N815
    status: JsonValue = None
    deployedTime: JsonValue = None  # noqa: N815
    successDeployedTime: JsonValue = None  # noqa: N815
    liveGatewayCount: JsonValue = None  # noqa: N815
    deployedGatewayCount: JsonValue = None  # noqa: N815
    failedGatewayCount: JsonValue = None  # noqa: N815


@router.post(
    "/deploy-revision",
    status_code=201,
    operation_id="deployRevision",
    summary="Deploy a revision",
    responses=problems(404),
)
async def deploy_revision(
    api_id: ApiId,
    revision_id: RevisionIdQuery,
    body: Annotated[list[DeploymentBody], _DEPLOY_BODY],
    units: UnitsOfWork,
    caller: Deployer,
) -> list[DeploymentAnswer]:
    """To gateway environments, in the place of whatever revision of the API is there."""
    targets = [Target(one.name, one.vhost, one.displayOnDevportal is not False) for one in body]
    deployments = await deploy(units, api_id, revision_id, targets=targets, caller=caller)
    return [deployment_answer(deployment) for deployment in deployments]


@router.post(
    "/undeploy-revision",
    status_code=201,
    operation_id="undeployRevision",
    summary="Undeploy a revision",
    responses=problems(404),
)
async def undeploy_revision(
    *,
    api_id: ApiId,
    units: UnitsOfWork,
    caller: RevisionEditor,
    body: Annotated[list[DeploymentBody] | None, _DEPLOY_BODY] = None,
    revision_id: Annotated[str | None, Query(alias="revisionId", description="The revision's id, or …")] = None,
    revision_number: Annotated[
        str | None, Query(alias="revisionNumber", description="… its number.", examples=["1"])
    ] = None,
    all_environments: Annotated[
        bool, Query(alias="allEnvironments", description="Out of every environment, whatever the body says.")
    ] = False,
) -> list[DeploymentAnswer]:
    """Where the revision is still deployed afterwards. An environment where it is not deployed changes nothing."""
    environments = None if all_environments else frozenset(one.name for one in body or [])
    if environments is not None and not environments:
        raise InvalidInput.at("", "name the gateway environments, or ask for allEnvironments")
    command = UndeployRevision(api_id, environments, revision_id, _number(revision_id, revision_number))
    return [deployment_answer(deployment) for deployment in await undeploy(units, command, caller=caller)]


@router.get("/deployments", operation_id="listDeployments", summary="List deployments", responses=problems(404))
async def list_deployments(api_id: ApiId, units: UnitsOfWork, caller: RevisionViewer) -> list[DeploymentAnswer]:
    """Which revision is in which gateway environment."""
    return [deployment_answer(deployment) for deployment in await read_deployments(units, api_id, caller=caller)]


def _number(revision_id: str | None, given: str | None) -> int | None:
    if revision_id is not None:
        return None
    number = _NUMBER.fullmatch(given or "")
    if number is None:
        raise InvalidInput.at("query/revisionNumber", "give revisionId, or revisionNumber such as 1")
    return int(number[1])
