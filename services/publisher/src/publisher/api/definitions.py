"""The AsyncAPI document of an API, as WSO2's Publisher has it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, UploadFile

from hosting.problems import problems
from publisher.api.dependencies import BASE_PATH, ApiCreator, ApiId, ApiViewer, UnitsOfWork
from publisher.errors import InvalidDefinition
from publisher.usecases.keep_definition import read_definition, replace_definition

router = APIRouter(prefix=f"{BASE_PATH}/apis/{{apiId}}/asyncapi", tags=["APIs"])


# A document is JSON of any shape, hence Any, here and below.
@router.get("", operation_id="getAsyncAPI", summary="Read the AsyncAPI document", responses=problems(404))
async def get_definition(api_id: ApiId, units: UnitsOfWork, caller: ApiViewer) -> dict[str, Any]:
    """As it was given; made from the API's channels where none was."""
    return dict(await read_definition(units, api_id, caller=caller))


@router.put("", operation_id="putAsyncAPI", summary="Replace the AsyncAPI document", responses=problems(403, 404, 413))
async def put_definition(
    *,
    api_id: ApiId,
    units: UnitsOfWork,
    caller: ApiCreator,
    api_definition: Annotated[
        str | None, Form(alias="apiDefinition", description="The document, JSON or YAML.")
    ] = None,
    file: Annotated[UploadFile | None, "The document as a file."] = None,
) -> dict[str, Any]:
    """AsyncAPI 2.x or 3.x. The API's channels become the document's; with `enableSchemaValidation` messages must fit
    their schemas, from the next deployment on.
    """
    if (api_definition is None) == (file is None):
        raise InvalidDefinition.at("", "send the document in one of apiDefinition and file")
    text = (api_definition or "").encode() if file is None else await file.read()
    return dict(await replace_definition(units, api_id, text, caller=caller))
