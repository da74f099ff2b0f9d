"""The demo's steps against a small stand-in for the platform: what exists is used, what is lost is made anew."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest

from sluice.demo import echo_api
from sluice.demo.application import DemoApplication
from sluice.demo.notes import Notes
from sluice.demo.rest import RestClient
from sluice.demo.users import CREATOR, PUBLISHER, SUBSCRIBER, Users
from sluice.errors import DemoFailed

_ADMIN = "opensesame"


class StandIn:
    """Answers as the platform does, as far as the demo goes; remembers what was made."""

    def __init__(self) -> None:
        self.passwords = {"admin": _ADMIN}
        self.apis: list[dict[str, object]] = []
        self.actions: list[str] = []
        self.applications: list[dict[str, object]] = []
        self.subscriptions: list[dict[str, object]] = []
        self.keys: list[dict[str, object]] = []
        self.secret = ""
        self.tokens = 0

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self._answer), base_url="http://platform")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        routes: list[tuple[str, Callable[[httpx.Request], httpx.Response]]] = [
            ("/scim2/Users", self._users),
            ("/client-registration", self._register),
            ("/oauth2/token", self._oauth_token),
            ("/api/am/publisher/v4/apis", self._publisher),
            ("/api/am/devportal/v3/subscriptions", self._subscribe),
            ("/api/am/devportal/v3/applications", self._application),
        ]
        for prefix, route in routes:
            if path.startswith(prefix):
                return route(request)
        return httpx.Response(404, json={"detail": f"no {path}"})

    def _users(self, request: httpx.Request) -> httpx.Response:
        if _basic(request) != ("admin", _ADMIN):
            return httpx.Response(401, json={"detail": "not the admin"})
        if request.method == "GET":
            name = request.url.params["filter"].split('"')[1]
            return httpx.Response(200, json={"Resources": [{"id": name}]})
        body = json.loads(request.content)
        if request.method == "PATCH":
            self.passwords[request.url.path.rpartition("/")[2]] = body["Operations"][0]["value"]
            return httpx.Response(200, json={})
        if body["userName"] in self.passwords:
            return httpx.Response(409, json={"detail": "taken"})
        self.passwords[body["userName"]] = body["password"]
        return httpx.Response(201, json={"id": body["userName"]})

    def _register(self, request: httpx.Request) -> httpx.Response:
        name, password = _basic(request)
        if self.passwords.get(name) != password:
            return httpx.Response(401, json={"detail": "wrong password"})
        return httpx.Response(200, json={"clientId": f"client-{name}", "clientSecret": "s"})

    def _oauth_token(self, request: httpx.Request) -> httpx.Response:
        form = parse_qs(request.content.decode())
        return httpx.Response(200, json={"access_token": f"{_basic(request)[0]} {form['scope'][0]}"})

    def _publisher(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and request.url.path.endswith("/apis"):
            return httpx.Response(200, json={"list": self.apis})
        if request.method == "GET":
            return httpx.Response(200, json=self.apis[0])
        if request.url.path.endswith("change-lifecycle"):
            self.actions.append(request.url.params["action"])
            self.apis[0]["lifeCycleStatus"] = "PUBLISHED"
            return httpx.Response(200, json={})
        self.apis.append({**json.loads(request.content), "id": "api-1", "lifeCycleStatus": "CREATED"})
        return httpx.Response(201, json=self.apis[0])

    def _subscribe(self, request: httpx.Request) -> httpx.Response:
        if self.subscriptions:
            return httpx.Response(409, json={"detail": "exists"})
        self.subscriptions.append(json.loads(request.content))
        return httpx.Response(201, json={})

    def _application(self, request: httpx.Request) -> httpx.Response:
        action = request.url.path.rpartition("/")[2]
        if request.method == "GET":
            return httpx.Response(200, json={"list": self.keys if action == "oauth-keys" else self.applications})
        if action == "applications":
            self.applications.append({**json.loads(request.content), "applicationId": "app-1"})
            return httpx.Response(201, json=self.applications[0])
        if action in ("generate-keys", "regenerate-secret"):
            self.secret += "new"
            self.keys = [{"keyMappingId": "keys-1", "keyType": "PRODUCTION"}]
            return httpx.Response(200, json={"keyMappingId": "keys-1", "consumerSecret": self.secret})
        if json.loads(request.content)["consumerSecret"] != self.secret:
            return httpx.Response(400, json={"detail": "not the secret"})
        self.tokens += 1
        return httpx.Response(200, json={"accessToken": f"token-{self.tokens}"})


@pytest.fixture
def platform_stand_in() -> StandIn:
    return StandIn()


def _users(stand_in: StandIn, notes: Notes) -> Users:
    return Users(stand_in.client(), keymanager_url="http://platform", admin_password=_ADMIN, notes=notes)


def _application(stand_in: StandIn, notes: Notes) -> DemoApplication:
    return DemoApplication(RestClient(stand_in.client(), "http://platform", bearer="t"), notes)


def _rest(stand_in: StandIn) -> RestClient:
    return RestClient(stand_in.client(), "http://platform", bearer="t")


def test_each_user_gets_a_password_of_its_own_that_is_kept_private(platform_stand_in: StandIn, tmp_path: Path) -> None:
    notes = Notes.read(tmp_path / "demo.json")

    for user in (CREATOR, PUBLISHER, SUBSCRIBER):
        _users(platform_stand_in, notes).ensure(user)

    assert len(set(platform_stand_in.passwords.values())) == 4
    assert (tmp_path / "demo.json").stat().st_mode & 0o777 == 0o600
    assert Notes.read(tmp_path / "demo.json").passwords == notes.passwords


def test_a_second_run_keeps_the_passwords(platform_stand_in: StandIn, tmp_path: Path) -> None:
    _users(platform_stand_in, Notes.read(tmp_path / "demo.json")).ensure(CREATOR)
    before = dict(platform_stand_in.passwords)

    _users(platform_stand_in, Notes.read(tmp_path / "demo.json")).ensure(CREATOR)

    assert platform_stand_in.passwords == before


def test_a_lost_password_is_set_anew(platform_stand_in: StandIn, tmp_path: Path) -> None:
    platform_stand_in.passwords["creator"] = "forgotten"
    users = _users(platform_stand_in, Notes.read(tmp_path / "demo.json"))

    users.ensure(CREATOR)

    assert users.token(CREATOR) == "client-creator apim:api_view apim:api_create"


def test_a_password_that_was_changed_since_is_set_back(platform_stand_in: StandIn, tmp_path: Path) -> None:
    users = _users(platform_stand_in, Notes.read(tmp_path / "demo.json"))
    users.ensure(CREATOR)
    platform_stand_in.passwords["creator"] = "changed"

    assert users.token(CREATOR).startswith("client-creator")


def test_the_api_is_made_once(platform_stand_in: StandIn) -> None:
    ids = {echo_api.ensure_api(_rest(platform_stand_in), endpoint="ws://localhost:9000") for _ in range(2)}

    assert ids == {"api-1"}
    assert [api["policies"] for api in platform_stand_in.apis] == [["Gold", "Silver"]]


def test_the_api_is_published_once(platform_stand_in: StandIn) -> None:
    rest = _rest(platform_stand_in)
    echo_api.ensure_api(rest, endpoint="ws://localhost:9000")

    for _ in range(2):
        echo_api.ensure_published(rest, "api-1")

    assert platform_stand_in.actions == ["Publish"]


def test_a_retired_api_is_said_to_be_so(platform_stand_in: StandIn) -> None:
    platform_stand_in.apis = [{"id": "api-1", "lifeCycleStatus": "RETIRED"}]

    with pytest.raises(DemoFailed, match="RETIRED"):
        echo_api.ensure_published(_rest(platform_stand_in), "api-1")


def test_a_second_run_makes_a_new_token_with_the_kept_secret(platform_stand_in: StandIn, tmp_path: Path) -> None:
    tokens: list[str] = []
    for _ in range(2):
        demo = _application(platform_stand_in, Notes.read(tmp_path / "demo.json"))
        application_id = demo.ensure()
        demo.ensure_subscription(application_id, "api-1")
        tokens.append(demo.token(application_id))

    assert tokens == ["token-1", "token-2"]
    assert platform_stand_in.secret == "new"
    assert len(platform_stand_in.applications) == len(platform_stand_in.subscriptions) == 1


@pytest.mark.parametrize("kept", [{}, {"keys-1": "stale"}])
def test_a_lost_secret_is_regenerated(platform_stand_in: StandIn, tmp_path: Path, kept: dict[str, str]) -> None:
    _application(platform_stand_in, Notes(tmp_path / "other.json")).token("app-1")
    notes = Notes(tmp_path / "demo.json", consumer_secrets=kept)

    assert _application(platform_stand_in, notes).token("app-1") == "token-2"
    assert Notes.read(tmp_path / "demo.json").consumer_secrets == {"keys-1": platform_stand_in.secret}


def test_a_refusal_is_one_sentence_with_its_reason(platform_stand_in: StandIn) -> None:
    with pytest.raises(DemoFailed) as refusal:
        _rest(platform_stand_in).get("/nowhere")

    assert str(refusal.value) == "GET http://platform/nowhere answered 404: no /nowhere"


def test_notes_that_cannot_be_read_count_as_none(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("{broken")

    assert Notes.read(tmp_path / "demo.json").passwords == {}


def _basic(request: httpx.Request) -> tuple[str, str]:
    encoded = request.headers.get("authorization", "Basic Og==").removeprefix("Basic ")
    name, _, password = base64.b64decode(encoded).decode().partition(":")
    return name, password
