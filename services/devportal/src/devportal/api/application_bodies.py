"""The JSON of an application as WSO2's Developer Portal v3 has it, with every field of its schema."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from contracts.devportal import TokenType
from contracts.keymanager import KeyType
from devportal.api.bodies import Answer, RequestBody, milliseconds
from devportal.api.catalogue_answers import ScopeInfo, scope_info
from devportal.domain.application import Application, ApplicationDraft
from devportal.domain.application_key import ApplicationKey
from devportal.keymanager_client.client import AccessToken
from devportal.usecases.keep_applications import CountedApplication, ShownApplication

_IGNORED = "Decided by the server; ignored when sent."

AttributeValue = Annotated[str, Field(max_length=1000)]


class ApplicationBody(RequestBody):
    """An application as it is created or changed."""

    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 100})
    throttling_policy: str = Field(description="An application policy.", max_length=255)
    description: str | None = Field(default=None, max_length=512)
    token_type: Literal["JWT", "OAUTH"] | None = Field(
        default=None, description="What its tokens are from now on: JWT (default), or OAUTH for reference tokens."
    )
    groups: list[Annotated[str, Field(max_length=255)]] | None = Field(default=None, max_length=100)
    attributes: dict[str, AttributeValue] | None = Field(default=None, max_length=100)
    hash_enabled: bool | None = None
    visibility: Literal["PRIVATE", "SHARED_WITH_ORG"] | None = None
    application_id: JsonValue = Field(default=None, description=_IGNORED)
    owner: JsonValue = Field(default=None, description=_IGNORED)
    status: JsonValue = Field(default=None, description=_IGNORED)
    subscription_count: JsonValue = Field(default=None, description=_IGNORED)
    keys: JsonValue = Field(default=None, description=_IGNORED)
    subscription_scopes: JsonValue = Field(default=None, description=_IGNORED)
    created_time: JsonValue = Field(default=None, description=_IGNORED)
    updated_time: JsonValue = Field(default=None, description=_IGNORED)

    def draft(self) -> ApplicationDraft:
        """What the owner decides."""
        return ApplicationDraft(
            name=self.name,
            plan=self.throttling_policy,
            description=self.description or "",
            token_type=TokenType(self.token_type or TokenType.JWT),
            groups=tuple(self.groups or ()),
            attributes=self.attributes or {},
            visibility=self.visibility,
            is_hash_enabled=self.hash_enabled,
        )


class ApplicationSummary(Answer):
    """What lists show of an application."""

    application_id: str
    name: str
    throttling_policy: str
    description: str
    status: str
    groups: list[str]
    subscription_count: int
    attributes: dict[str, str]
    owner: str
    token_type: TokenType
    created_time: str
    updated_time: str


class TokenAnswer(Answer):
    """An access token; `validityTime` in seconds."""

    access_token: str
    token_scopes: list[str]
    validity_time: int


class ApplicationKeyAnswer(Answer):
    """Keys of an application. The secret is shown once, when it is made."""

    key_mapping_id: str
    key_manager: str
    consumer_key: str
    consumer_secret: str | None
    supported_grant_types: list[str]
    callback_url: str | None
    key_state: str = "APPROVED"
    key_type: KeyType
    mode: str = "CREATED"
    group_id: str | None = None
    token: TokenAnswer | None
    validity_time: int
    additional_properties: dict[str, JsonValue]


class ApplicationAnswer(ApplicationSummary):
    """An application with its keys and the scopes of the APIs it is subscribed to."""

    keys: list[ApplicationKeyAnswer]
    subscription_scopes: list[ScopeInfo]
    hash_enabled: bool | None
    visibility: str | None


def application_summary(counted: CountedApplication) -> ApplicationSummary:
    return _summary(counted.application, subscription_count=counted.subscription_count)


def application_answer(shown: ShownApplication) -> ApplicationAnswer:
    draft = shown.application.draft
    return ApplicationAnswer(
        **dict(_summary(shown.application, subscription_count=shown.subscription_count)),
        keys=[key_answer(key) for key in shown.keys],
        subscription_scopes=[scope_info(scope) for scope in shown.scopes],
        hash_enabled=draft.is_hash_enabled,
        visibility=draft.visibility,
    )


def key_answer(
    key: ApplicationKey, *, secret: str | None = None, token: AccessToken | None = None
) -> ApplicationKeyAnswer:
    return ApplicationKeyAnswer(
        key_mapping_id=key.key_mapping_id,
        key_manager=key.key_manager,
        consumer_key=key.consumer_key,
        consumer_secret=secret,
        supported_grant_types=list(key.grant_types),
        callback_url=key.callback_url,
        key_type=key.key_type,
        token=token_answer(token) if token else None,
        validity_time=key.validity_seconds,
        additional_properties=dict(key.additional_properties),
    )


def token_answer(token: AccessToken) -> TokenAnswer:
    return TokenAnswer(
        access_token=token.access_token, token_scopes=list(token.scopes), validity_time=token.validity_seconds
    )


def _summary(application: Application, *, subscription_count: int) -> ApplicationSummary:
    draft = application.draft
    return ApplicationSummary(
        application_id=application.id,
        name=draft.name,
        throttling_policy=draft.plan,
        description=draft.description,
        status=application.status,
        groups=list(draft.groups),
        subscription_count=subscription_count,
        attributes=dict(draft.attributes or {}),
        owner=application.owner,
        token_type=draft.token_type,
        created_time=milliseconds(application.created_at),
        updated_time=milliseconds(application.updated_at),
    )
