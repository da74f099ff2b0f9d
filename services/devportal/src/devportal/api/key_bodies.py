"""The JSON of requests about an application's keys, as WSO2's Developer Portal v3 has it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from contracts.keymanager import RESIDENT_KEY_MANAGER, KeyType
from devportal.api.bodies import Answer, RequestBody
from devportal.domain.application_key import DEFAULT_VALIDITY_SECONDS, KeyRequest
from devportal.errors import InvalidInput
from devportal.keymanager_client.client import TokenWish

GrantType = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[!#-\[\]-~]+$")]
# RFC 6749, section 3.3.
ScopeName = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[!#-\[\]-~]+$")]
Seconds = Annotated[int, Field(ge=1, le=2_147_483_647)]


class KeyRequestBody(RequestBody):
    """What keys are wanted."""

    key_type: Literal["PRODUCTION", "SANDBOX"]
    grant_types_to_be_supported: list[GrantType] = Field(min_length=1, max_length=50)
    key_manager: str | None = Field(default=None, description=f"`{RESIDENT_KEY_MANAGER}` when absent.", max_length=255)
    callback_url: str | None = Field(
        default=None, description="Must be given with the grant type authorization_code.", max_length=2048
    )
    scopes: list[ScopeName] | None = Field(
        default=None, description="What the token in the answer is to be good for.", max_length=500
    )
    validity_time: Seconds | None = Field(default=None, description="How long tokens live, in seconds; else 3600.")
    additional_properties: dict[str, JsonValue] | None = Field(default=None, max_length=100)
    client_id: JsonValue = Field(default=None, description="Chosen by the key manager; ignored when sent.")
    client_secret: JsonValue = Field(default=None, description="Chosen by the key manager; ignored when sent.")

    def request(self) -> KeyRequest:
        """The domain's value."""
        return KeyRequest(
            key_type=KeyType(self.key_type),
            grant_types=tuple(dict.fromkeys(self.grant_types_to_be_supported)),
            callback_url=self.callback_url or None,
            validity_seconds=DEFAULT_VALIDITY_SECONDS if self.validity_time is None else self.validity_time,
            key_manager=self.key_manager or RESIDENT_KEY_MANAGER,
            additional_properties=self.additional_properties or {},
            scopes=tuple(dict.fromkeys(self.scopes or ())),
        )


class TokenRequestBody(RequestBody):
    """What token is wanted."""

    consumer_secret: str | None = Field(default=None, description="When given, it must be right.", max_length=512)
    validity_period: Seconds | None = Field(default=None, description="In seconds; else what the keys say.")
    scopes: list[ScopeName] | None = Field(default=None, max_length=500)
    revoke_token: str | None = Field(
        default=None, description="A token to revoke first; needs `consumerSecret`.", max_length=8000
    )
    grant_type: Literal["CLIENT_CREDENTIALS", "TOKEN_EXCHANGE"] | None = Field(
        default=None, description="`CLIENT_CREDENTIALS`, the default; the other is not to be had here."
    )
    additional_properties: JsonValue = None

    def wish(self) -> TokenWish:
        """The domain's value. Raises `InvalidInput`."""
        if self.grant_type == "TOKEN_EXCHANGE":
            raise InvalidInput.at("/grantType", "only CLIENT_CREDENTIALS is to be had here")
        return TokenWish(self.consumer_secret, tuple(dict.fromkeys(self.scopes or ())), self.validity_period)


class SecretAnswer(Answer):
    """A new secret, shown once."""

    consumer_key: str
    consumer_secret: str
