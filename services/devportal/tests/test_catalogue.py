"""The catalogue: who sees which APIs, what is shown of them, and how they are found."""

from __future__ import annotations

import pytest

from contracts.publisher import ApiState, DefaultVersion, Environment, Vhost

from .world import World, api_fact, deployment_fact


async def test_published_api_shows_where_gateways_serve_it(world: World) -> None:
    api_id = await world.publish()

    api = await world.ok("GET", f"/apis/{api_id}", token=None)

    assert api["endpointURLs"] == [
        {
            "environmentName": "Default",
            "environmentDisplayName": "Default Gateway",
            "environmentType": "hybrid",
            "URLs": {
                "http": None,
                "https": None,
                "ws": "ws://localhost:9099/echowebsocket/1.0",
                "wss": "wss://localhost:8099/echowebsocket/1.0",
            },
            "defaultVersionURLs": {"http": None, "https": None, "ws": None, "wss": None},
        }
    ]
    assert [tier["tierName"] for tier in api["tiers"]] == ["Gold", "Silver"]
    assert api["tiers"][0]["tierPlan"] == "FREE"
    assert (api["type"], api["lifeCycleStatus"], api["isSubscriptionAvailable"]) == ("WS", "PUBLISHED", True)
    assert api["scopes"] == [{"key": "chat:read", "name": "chat:read", "roles": ["friend"], "description": ""}]
    assert api["createdTime"].isdigit()


async def test_default_version_has_urls_without_version(world: World) -> None:
    api_id = await world.publish()
    await world.learn(DefaultVersion(context="/echowebsocket", api_id=api_id))

    api = await world.ok("GET", f"/apis/{api_id}")

    assert api["endpointURLs"][0]["defaultVersionURLs"]["ws"] == "ws://localhost:9099/echowebsocket"


async def test_version_stands_inside_the_context_where_it_says_so(world: World) -> None:
    api_id = await world.publish(context="/echo/{version}/chat", api_version="2.0.0")
    await world.learn(DefaultVersion(context="/echo/{version}/chat", api_id=api_id))

    urls = (await world.ok("GET", f"/apis/{api_id}"))["endpointURLs"][0]

    assert urls["URLs"]["wss"] == "wss://localhost:8099/echo/2.0.0/chat"
    assert urls["defaultVersionURLs"]["wss"] == "wss://localhost:8099/echo/chat"


async def test_only_shown_deployments_have_urls_with_the_ports_of_their_vhost(world: World) -> None:
    hosts = (Vhost(host="a.example", ws_port=0, wss_port=443), Vhost(host="b.example", ws_port=80, wss_port=0))
    await world.learn(Environment(id="eu", name="EU", display_name="Europe", type="production", vhosts=hosts))
    api_id = await world.publish()
    await world.learn(deployment_fact(api_id, display_on_devportal=False))
    await world.learn(deployment_fact(api_id, environment="EU", vhost="b.example"))

    urls = (await world.ok("GET", f"/apis/{api_id}"))["endpointURLs"]

    assert [url["environmentName"] for url in urls] == ["EU"]
    assert urls[0]["URLs"]["ws"] == "ws://b.example:80/echowebsocket/1.0"
    assert urls[0]["URLs"]["wss"] is None


@pytest.mark.parametrize(
    ("state", "is_listed", "is_readable"),
    [
        (ApiState.CREATED, False, False),
        (ApiState.PROTOTYPED, True, True),
        (ApiState.PUBLISHED, True, True),
        (ApiState.BLOCKED, False, False),
        (ApiState.DEPRECATED, False, True),
        (ApiState.RETIRED, False, False),
    ],
)
async def test_state_decides_who_finds_an_api(
    world: World, state: ApiState, *, is_listed: bool, is_readable: bool
) -> None:
    api_id = await world.publish(state=state)

    listed = await world.ok("GET", "/apis", token=None)
    response = await world.call("GET", f"/apis/{api_id}", token=None)

    assert listed["count"] == listed["pagination"]["total"] == int(is_listed)
    assert response.status_code == (200 if is_readable else 404)


async def test_restricted_api_is_seen_only_with_one_of_its_roles(world: World) -> None:
    api_id = await world.publish(visibility="RESTRICTED", visible_roles=("Internal/partner",), tags=("secret",))

    for token, is_seen in ((None, False), ("sue", False), ("sue+partner", True), ("sue+Internal/partner", True)):
        listed = await world.ok("GET", "/apis", token=token)
        tags = await world.ok("GET", "/tags", token=token)
        response = await world.call("GET", f"/apis/{api_id}", token=token)
        assert (listed["count"], tags["count"], response.status_code) == ((1, 1, 200) if is_seen else (0, 0, 404))


async def test_unknown_and_invisible_apis_are_answered_alike(world: World) -> None:
    hidden = await world.publish(state=ApiState.CREATED)
    unknown = api_fact().id

    answers = [(await world.call("GET", f"/apis/{api_id}", token=None)).json() for api_id in (hidden, unknown)]

    assert answers[0]["code"] == answers[1]["code"] == 900359
    assert answers[0]["detail"].replace(hidden, "") == answers[1]["detail"].replace(unknown, "")


@pytest.mark.parametrize("path", ["/apis", "/throttling-policies/application", "/tags"])
async def test_bad_token_is_refused_even_where_anonymous_may_read(world: World, path: str) -> None:
    response = await world.call("GET", path, token="bad")

    assert response.status_code == 401
    assert "WWW-Authenticate" in response.headers


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (None, ["Chat Room", "EchoWebSocket", "Echo_Two"]),
        ("echo", ["EchoWebSocket", "Echo_Two"]),
        ("name:chat", ["Chat Room"]),
        ('name:"chat room"', ["Chat Room"]),
        ('name:"chat"', []),
        ("name:chat name:two", ["Chat Room", "Echo_Two"]),
        ("echo version:2", ["Echo_Two"]),
        ("context:/chat", ["Chat Room"]),
        ("tag:talk", ["Chat Room"]),
        ("tags:TALK tags:demo", ["Chat Room", "Echo_Two"]),
        ("description:people", ["Chat Room"]),
        ("_", ["Echo_Two"]),
        ("%", []),
    ],
)
async def test_search_finds_what_was_asked_for(world: World, query: str | None, names: list[str]) -> None:
    await world.publish()
    await world.publish(name="Echo_Two", context="/two", api_version="2.0", tags=("demo",))
    await world.publish(name="Chat Room", context="/chat", tags=("talk",), description="Where People meet")

    found = await world.ok("GET", "/apis", token=None, params={"query": query} if query else {})

    assert sorted(api["name"] for api in found["list"]) == names


async def test_list_is_given_in_parts(world: World) -> None:
    for number in range(3):
        await world.publish(name=f"Api{number}", context=f"/api{number}")

    page = await world.ok("GET", "/apis", token=None, params={"limit": 2, "offset": 1, "query": "api"})

    assert [api["name"] for api in page["list"]] == ["Api1", "Api2"]
    assert page["pagination"] == {
        "offset": 1,
        "limit": 2,
        "total": 3,
        "next": "",
        "previous": "/apis?limit=2&offset=0&query=api",
    }


async def test_tags_are_counted(world: World) -> None:
    await world.publish(tags=("chat", "demo"))
    await world.publish(name="Two", context="/two", tags=("chat",))

    tags = await world.ok("GET", "/tags", token=None)

    assert tags["list"] == [{"value": "chat", "count": 2}, {"value": "demo", "count": 1}]


async def test_plans_of_each_level_are_listed(world: World) -> None:
    application = await world.ok("GET", "/throttling-policies/application", token=None)
    subscription = await world.ok("GET", "/throttling-policies/subscription", token=None)
    gold = await world.ok("GET", "/throttling-policies/subscription/Gold", token=None)

    assert [plan["name"] for plan in application["list"]] == ["10PerMin", "50PerMin", "Unlimited"]
    assert application["list"][2]["requestCount"] == 2_147_483_647
    assert [plan["name"] for plan in subscription["list"]] == ["Bronze", "Gold", "Silver"]
    assert (gold["requestCount"], gold["timeUnit"], gold["quotaPolicyType"]) == (5000, "min", "REQUESTCOUNT")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/throttling-policies/subscription/Platinum", 404),
        ("/throttling-policies/subscription/%00", 404),
        ("/throttling-policies/api", 400),
        ("/apis/%00", 404),
        ("/apis?limit=0", 400),
        ("/apis?limit=x", 400),
        ("/apis?offset=-1", 400),
        ("/apis?query=color:red", 400),
        ("/apis?query=%00", 400),
        (f"/apis?query={'x' * 1001}", 400),
    ],
)
async def test_malformed_reading_is_refused(world: World, path: str, status: int) -> None:
    response = await world.call("GET", path, token=None)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
