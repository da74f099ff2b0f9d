"""The control plane as scripts use it: users, REST clients and tokens, APIs, applications, subscriptions, keys.

Every call asserts its success; a journey that wants a refusal uses the `httpx.AsyncClient` of a person.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from e2e.platform import Platform

# Among the people of a platform, who are known by their roles.
ADMIN = ("admin",)
PUBLISHER, DEVPORTAL = "/api/am/publisher/v4", "/api/am/devportal/v3"

# The JSON of REST bodies is of any shape, hence Any.
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """A user with a REST token of all scopes that the user's roles give."""

    name: str
    password: str
    publisher: httpx.AsyncClient
    devportal: httpx.AsyncClient


@dataclass(frozen=True, slots=True)
class Keys:
    """An application's keys of one type."""

    application_id: str
    mapping_id: str
    consumer_key: str
    consumer_secret: str


def expect(answer: httpx.Response, *statuses: int) -> Any:  # JSON
    """The body of an answer that must have one of the statuses (200 and 201 unless given)."""
    assert answer.status_code in (statuses or (200, 201)), f"{answer.request.url}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


class ControlPlane:
    """One for each test."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._clients: list[httpx.AsyncClient] = []
        self.keymanager = self._client("keymanager")
        self.anonymous = self._client("devportal", DEVPORTAL)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            await client.aclose()

    @property
    def admin(self) -> httpx.BasicAuth:
        return httpx.BasicAuth("admin", self.platform.admin_password)

    async def person(self, *roles: str) -> Person:
        """A user with the roles, the same one in all journeys on a platform: hashing passwords takes its time."""
        known = self.platform.people.get(roles)
        if known is None:
            known = self.platform.people[roles] = await self._signed_up(*roles)
        return self._person(*known)

    async def new_person(self, *roles: str) -> Person:
        """A user whom nobody else is."""
        return self._person(*await self._signed_up(*roles))

    async def _signed_up(self, *roles: str) -> tuple[str, str, str]:
        name, password = f"{'-'.join(roles)}-{secrets.token_hex(4)}", secrets.token_urlsafe(16)
        body = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": name,
            "password": password,
            "emails": [{"value": f"{name}@example.test"}],
            "roles": [{"value": role} for role in roles],
        }
        expect(await self.keymanager.post("/scim2/Users", json=body, auth=self.admin), 201)
        return name, password, await self._signed_in(name, password)

    async def administrator(self) -> Person:
        """The same one in all journeys on a platform."""
        if ADMIN not in self.platform.people:
            password = self.platform.admin_password
            self.platform.people[ADMIN] = ("admin", password, await self._signed_in("admin", password))
        return self._person(*self.platform.people[ADMIN])

    async def _signed_in(self, name: str, password: str) -> str:
        registration = {
            "callbackUrl": "www.example.test",
            "clientName": f"rest-{name}-{secrets.token_hex(3)}",
            "owner": name,
            "grantType": "password refresh_token",
            "saasApp": True,
        }
        client = expect(
            await self.keymanager.post(
                "/client-registration/v0.17/register", json=registration, auth=httpx.BasicAuth(name, password)
            )
        )
        return await self.rest_token(client["clientId"], client["clientSecret"])

    def _person(self, name: str, password: str, token: str) -> Person:
        publisher = self._client("publisher", PUBLISHER, token)
        return Person(name, password, publisher, self._client("devportal", DEVPORTAL, token))

    async def rest_token(self, client_id: str, client_secret: str) -> str:
        scopes = (
            "apim:api_view apim:api_create apim:api_publish apim:api_delete apim:api_manage apim:subscription_view "
            "apim:subscription_block apim:subscription_manage apim:subscribe apim:app_manage apim:sub_manage "
            "apim:tier_view apim:api_generate_key apim:bl_view apim:bl_manage apim:admin_tier_view "
            "apim:admin_tier_manage apim:admin"
        )
        answer = await self.keymanager.post(
            "/oauth2/token",
            data={"grant_type": "client_credentials", "scope": scopes},
            auth=httpx.BasicAuth(client_id, client_secret),
        )
        return str(expect(answer)["access_token"])

    def api_body(self, **changes: object) -> Json:
        """The tutorial's API under names of its own."""
        unique = secrets.token_hex(4)
        body: Json = {
            "name": f"Echo{unique}",
            "context": f"/echo{unique}",
            "version": "1.0",
            "type": "WS",
            "policies": ["Gold", "Silver", "Unlimited"],
            "endpointConfig": {
                "endpoint_type": "ws",
                "production_endpoints": {"url": self.platform.backend},
            },
        }
        return body | changes

    async def create_api(self, creator: Person, **changes: object) -> Json:
        return dict(expect(await creator.publisher.post("/apis", json=self.api_body(**changes)), 201))

    async def change_lifecycle(self, publisher: Person, api_id: str, action: str) -> Json:
        answer = await publisher.publisher.post("/apis/change-lifecycle", params={"apiId": api_id, "action": action})
        return dict(expect(answer, 200))

    async def published_api(self, **changes: object) -> Json:
        """Created by a creator, published by a publisher."""
        creator, publisher = await self.person("creator"), await self.person("publisher")
        api = await self.create_api(creator, **changes)
        await self.change_lifecycle(publisher, api["id"], "Publish")
        return api

    async def subscribed_keys(self, subscriber: Person, api: Json, *, token_type: str = "JWT") -> Keys:
        """A new application with production keys, subscribed to the API with Gold."""
        keys = await self.application_keys(subscriber, token_type=token_type)
        await self.subscribe(subscriber, keys.application_id, api["id"])
        return keys

    async def application_keys(self, subscriber: Person, *, token_type: str = "JWT") -> Keys:
        body = {"name": f"app-{secrets.token_hex(4)}", "throttlingPolicy": "Unlimited", "tokenType": token_type}
        application = expect(await subscriber.devportal.post("/applications", json=body), 201)
        identity = application["applicationId"]
        wanted = {"keyType": "PRODUCTION", "grantTypesToBeSupported": ["client_credentials"]}
        keys = expect(await subscriber.devportal.post(f"/applications/{identity}/generate-keys", json=wanted))
        return Keys(identity, keys["keyMappingId"], keys["consumerKey"], keys["consumerSecret"])

    async def subscribe(self, subscriber: Person, application_id: str, api_id: str, *, plan: str = "Gold") -> str:
        """Returns the subscription's id. What was just published may still be on its way to the devportal."""
        body = {"applicationId": application_id, "apiId": api_id, "throttlingPolicy": plan}
        answer = await subscriber.devportal.post("/subscriptions", json=body)
        return str(expect(answer, 201)["subscriptionId"])

    async def token(self, subscriber: Person, keys: Keys, **changes: object) -> str:
        """As the portal's wizard gets it."""
        body: Json = {"consumerSecret": keys.consumer_secret, "validityPeriod": 3600, "scopes": []}
        path = f"/applications/{keys.application_id}/oauth-keys/{keys.mapping_id}/generate-token"
        return str(expect(await subscriber.devportal.post(path, json=body | changes))["accessToken"])

    async def revoke(self, token: str, keys: Keys) -> None:
        """As the application does it whose token it is."""
        auth = httpx.BasicAuth(keys.consumer_key, keys.consumer_secret)
        expect(await self.keymanager.post("/oauth2/revoke", data={"token": token}, auth=auth))

    async def seen_in_devportal(self, api_id: str) -> None:
        """For `eventually`: the catalogue shows the API."""
        expect(await self.anonymous.get(f"/apis/{api_id}"), 200)

    def _client(self, service: str, path: str = "", token: str | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client = httpx.AsyncClient(base_url=self.platform.url(service) + path, headers=headers, timeout=20)
        self._clients.append(client)
        return client
