"""The demo's three users, each with a client and a token for the REST APIs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import httpx

from sluice.demo.notes import Notes
from sluice.demo.rest import RestClient, text_of
from sluice.errors import DemoFailed

_USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
_PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_USERS = "/scim2/Users"


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Somebody of the tutorial: the role has the user's name."""

    name: str
    scopes: str


CREATOR = DemoUser("creator", "apim:api_view apim:api_create")
PUBLISHER = DemoUser("publisher", "apim:api_view apim:api_publish")
SUBSCRIBER = DemoUser("subscriber", "apim:subscribe apim:app_manage apim:sub_manage")


class Users:
    """Makes the users as the admin, then acts as each of them."""

    def __init__(self, http: httpx.Client, *, keymanager_url: str, admin_password: str, notes: Notes) -> None:
        self._http = http
        self._url = keymanager_url
        self._admin = RestClient(http, keymanager_url, basic=("admin", admin_password))
        self._notes = notes

    def ensure(self, user: DemoUser) -> None:
        """The user exists afterwards, with the password that is in the notes."""
        password = self._notes.passwords.get(user.name)
        is_known = password is not None
        self._notes.passwords[user.name] = password or secrets.token_urlsafe(18)
        # Before the platform knows it: a password that is lost would lock the user out.
        self._notes.keep()
        answer = self._admin.post(_USERS, json=self._described(user), also=[409])
        if answer.status == 409 and not is_known:
            self._reset_password(user)

    def token(self, user: DemoUser) -> str:
        """An access token with the user's scopes."""
        registered = self._register(user)
        client = RestClient(self._http, self._url, basic=registered)
        form = {"grant_type": "client_credentials", "scope": user.scopes}
        return client.post("/oauth2/token", form=form).text("access_token")

    def _described(self, user: DemoUser) -> dict[str, object]:
        return {
            "schemas": [_USER_SCHEMA],
            "userName": user.name,
            "password": self._notes.passwords[user.name],
            "emails": [{"value": f"{user.name}@example.com", "primary": True}],
            "roles": [{"value": user.name}],
        }

    def _register(self, user: DemoUser) -> tuple[str, str]:
        body = {
            "clientName": "sluice-demo",
            "owner": user.name,
            "grantType": "client_credentials",
            "callbackUrl": "",
            "saasApp": True,
        }
        path = "/client-registration/v0.17/register"
        answer = self._as(user).post(path, json=body, also=[401])
        if answer.status == 401:
            # Somebody has changed the password since.
            self._reset_password(user)
            answer = self._as(user).post(path, json=body)
        return answer.text("clientId"), answer.text("clientSecret")

    def _as(self, user: DemoUser) -> RestClient:
        return RestClient(self._http, self._url, basic=(user.name, self._notes.passwords[user.name]))

    def _reset_password(self, user: DemoUser) -> None:
        found = self._admin.get(_USERS, query={"filter": f'userName eq "{user.name}"'}).rows("Resources")
        if not found:
            raise DemoFailed(f"The user {user.name} exists, but the key manager does not find it.")
        operation = {"op": "replace", "path": "password", "value": self._notes.passwords[user.name]}
        path = f"{_USERS}/{text_of(found[0], 'id')}"
        self._admin.patch(path, json={"schemas": [_PATCH_SCHEMA], "Operations": [operation]})
