"""The tutorial's EchoWebSocket API: made by the creator, published by the publisher."""

from __future__ import annotations

from sluice.demo.rest import Json, RestClient, text_of
from sluice.errors import DemoFailed

NAME = "EchoWebSocket"
CONTEXT = "/echowebsocket"
VERSION = "1.0"
_APIS = "/api/am/publisher/v4/apis"
# The life cycle's action that leads to PUBLISHED, by the state it starts from.
_ACTIONS = {"CREATED": "Publish", "PROTOTYPED": "Publish", "BLOCKED": "Re-Publish"}


def ensure_api(creator: RestClient, *, endpoint: str) -> str:
    """The id of the API, which exists afterwards."""
    found = creator.get(_APIS, query={"query": f"name:{NAME}"}).rows("list")
    for api in found:
        if api.get("name") == NAME and api.get("version") == VERSION:
            return text_of(api, "id")
    return creator.post(_APIS, json=_description(endpoint)).text("id")


def ensure_published(publisher: RestClient, api_id: str) -> None:
    """Raises `DemoFailed` when the API is retired or in another state that leads nowhere."""
    state = publisher.get(f"{_APIS}/{api_id}").text("lifeCycleStatus")
    if state == "PUBLISHED":
        return
    if state not in _ACTIONS:
        raise DemoFailed(f"The API {NAME} is {state}; delete it in the Publisher, then run the demo again.")
    publisher.post(f"{_APIS}/change-lifecycle", query={"apiId": api_id, "action": _ACTIONS[state]})


def _description(endpoint: str) -> Json:
    return {
        "name": NAME,
        "context": CONTEXT,
        "version": VERSION,
        "type": "WS",
        "description": "Sends back every message.",
        "tags": ["demo", "websocket"],
        "policies": ["Gold", "Silver"],
        "endpointConfig": {
            "endpoint_type": "ws",
            "production_endpoints": {"url": endpoint},
            "sandbox_endpoints": {"url": endpoint},
        },
    }
