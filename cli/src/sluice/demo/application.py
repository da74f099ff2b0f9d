"""The demo's application: subscribed with Gold, with keys and a fresh token."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sluice.demo.notes import Notes
from sluice.demo.rest import Json, RestClient, text_of
from sluice.errors import DemoFailed

NAME = "EchoDemo"
PLAN = "Gold"
_BASE = "/api/am/devportal/v3"
_TOKEN_SECONDS = 3600
_SEEN_WITHIN_SECONDS = 30.0
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class DemoApplication:
    """Acts as the subscriber at the Developer Portal."""

    subscriber: RestClient
    notes: Notes

    def wait_for_api(self, api_id: str) -> None:
        """The portal learns of a published API a moment later. Raises `DemoFailed` when it does not."""
        deadline = time.monotonic() + _SEEN_WITHIN_SECONDS
        while self.subscriber.get(f"{_BASE}/apis/{api_id}", also=[403, 404]).status != 200:
            if time.monotonic() > deadline:
                raise DemoFailed(f"The API did not appear in the Developer Portal within {_SEEN_WITHIN_SECONDS:g} s.")
            time.sleep(_POLL_SECONDS)

    def ensure(self) -> str:
        """The id of the application, which exists afterwards."""
        found = self.subscriber.get(f"{_BASE}/applications", query={"query": NAME}).rows("list")
        for application in found:
            if application.get("name") == NAME:
                return text_of(application, "applicationId")
        body = {
            "name": NAME,
            "throttlingPolicy": "Unlimited",
            "description": "Made by 'make demo'.",
            "tokenType": "JWT",
        }
        return self.subscriber.post(f"{_BASE}/applications", json=body).text("applicationId")

    def ensure_subscription(self, application_id: str, api_id: str) -> None:
        """A subscription that exists keeps its plan."""
        body = {"applicationId": application_id, "apiId": api_id, "throttlingPolicy": PLAN}
        self.subscriber.post(f"{_BASE}/subscriptions", json=body, also=[409])

    def token(self, application_id: str) -> str:
        """A new access token of the application; keys are made where there are none."""
        keys = f"{_BASE}/applications/{application_id}/oauth-keys"
        mapping = self._ensure_keys(application_id, keys)
        secret = self.notes.consumer_secrets.get(mapping)
        if secret is not None:
            answer = self._generate_token(keys, mapping, secret, also=(400, 401))
            if answer is not None:
                return answer
        answer = self._generate_token(keys, mapping, self._regenerate_secret(keys, mapping))
        assert answer is not None, "any other status has raised"
        return answer

    def _ensure_keys(self, application_id: str, keys: str) -> str:
        for kept in self.subscriber.get(keys).rows("list"):
            if kept.get("keyType") == "PRODUCTION":
                return text_of(kept, "keyMappingId")
        body: Json = {
            "keyType": "PRODUCTION",
            "grantTypesToBeSupported": ["client_credentials"],
            "callbackUrl": "",
            "validityTime": _TOKEN_SECONDS,
        }
        made = self.subscriber.post(f"{_BASE}/applications/{application_id}/generate-keys", json=body)
        self._remember(made.text("keyMappingId"), made.text("consumerSecret"))
        return made.text("keyMappingId")

    def _regenerate_secret(self, keys: str, mapping: str) -> str:
        secret = self.subscriber.post(f"{keys}/{mapping}/regenerate-secret").text("consumerSecret")
        self._remember(mapping, secret)
        return secret

    def _remember(self, mapping: str, secret: str) -> None:
        self.notes.consumer_secrets[mapping] = secret
        self.notes.keep()

    def _generate_token(self, keys: str, mapping: str, secret: str, *, also: tuple[int, ...] = ()) -> str | None:
        body = {"consumerSecret": secret, "validityPeriod": _TOKEN_SECONDS, "scopes": []}
        answer = self.subscriber.post(f"{keys}/{mapping}/generate-token", json=body, also=also)
        return answer.text("accessToken") if answer.status not in also else None
