"""Bodies of client registration and of what the devportal asks for. Field names are WSO2's where it has them."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints
from pydantic.alias_generators import to_camel

from contracts.devportal import TokenType
from contracts.keymanager import KeyType
from keymanager.api.texts import WITHOUT_NUL, Name, Url
from keymanager.domain.clients import DEFAULT_VALIDITY_SECONDS

_GRANT = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_MAX_GRANTS = 20


def _grant_types(names: list[str]) -> list[str]:
    if len(names) > _MAX_GRANTS or not all(_GRANT.fullmatch(name) for name in names):
        raise ValueError(f"at most {_MAX_GRANTS} grant types of letters, digits and _ . : -")
    return names


def _grant_text(text: str) -> str:
    _grant_types(text.split())
    return text


GrantTypes = Annotated[list[str], AfterValidator(_grant_types)]


class Body(BaseModel):
    """camelCase on the wire, unknown fields refused."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="forbid", frozen=True
    )


class RegistrationBody(Body):
    """WSO2's `client-registration/v0.17` request. Fields without a description are accepted and not used."""

    client_name: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=WITHOUT_NUL)
    ] = Field(description="The same name of the same owner is the same client.", examples=["rest_api_client"])
    callback_url: Url | None = Field(default=None, examples=["https://localhost/callback"])
    owner: str | None = Field(
        default=None,
        max_length=255,
        pattern=WITHOUT_NUL,
        description="A user; only an admin may name another than itself.",
    )
    grant_type: Annotated[str, AfterValidator(_grant_text)] = Field(
        default="",
        max_length=1000,
        description="Grant types separated by spaces; client_credentials is always among them.",
        examples=["password refresh_token"],
    )
    saas_app: bool = Field(default=True, examples=[True])
    token_scope: str | None = Field(default=None, max_length=255)
    token_type: str | None = Field(default=None, max_length=255)
    application_type: str | None = Field(default=None, max_length=255)
    app_display_name: str | None = Field(default=None, alias="appDisplayName", max_length=255)


class RegistrationAnswer(Body):
    """WSO2's answer. The secret is shown here and never again."""

    client_id: str
    client_secret: str
    client_name: str
    call_back_url: str | None = Field(alias="callBackURL")
    is_saas_application: bool
    app_owner: str
    json_string: str = Field(description="Grant types, redirect URIs and client name once more, as JSON in a string.")
    json_app_attribute: str
    token_type: str


class ConsumerKeyBody(Body):
    """What the devportal wants of an application's key."""

    application_id: Name
    application_name: Name
    owner: Name
    token_type: TokenType = TokenType.JWT
    key_type: KeyType
    grant_types: GrantTypes
    callback_url: Url | None = None
    validity_time: int | None = Field(default=None, description=f"Seconds; absent: {DEFAULT_VALIDITY_SECONDS}.")
    # WSO2 lets key managers define these: of any JSON type, hence Any.
    additional_properties: dict[str, Any] = {}
    with_secret: bool = Field(default=True, description="Whether an existing client gets one more secret.")


class ConsumerKeyAnswer(Body):
    """A key. `clientSecret` is null except where one was just made."""

    key_mapping_id: str
    client_id: str
    client_secret: str | None
    grant_types: list[str]
    callback_url: str | None
    validity_time: int
    token_type: TokenType
    key_type: KeyType
    state: str


class TokenBody(Body):
    """What kind of token the application wants."""

    client_secret: SecretStr | None = Field(default=None, description="Checked where it is given.")
    scopes: Annotated[list[str], Field(max_length=200)] = []
    validity_period: int | None = Field(default=None, description="Seconds; absent: the key's own.")


class TokenAnswer(Body):
    """WSO2's `ApplicationToken`."""

    access_token: str
    token_scopes: list[str]
    validity_time: int


class SecretAnswer(Body):
    """The new and only secret."""

    client_id: str
    client_secret: str


class ApiTestKeyBody(Body):
    """For which API, and in whose name."""

    # The id becomes the audience of a token, so it must not look like any other audience.
    api_id: str = Field(pattern=r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$", description="The API's id, a UUID.")
    user: Name


class ApiTestKeyAnswer(Body):
    """WSO2's answer to `generate-key`."""

    apikey: str
    validity_time: int
