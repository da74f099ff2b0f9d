"""The JSON of an API as WSO2's Publisher v4 has it, with every field of its schema.

Fields that Sluice does not use are accepted and returned unchanged; a field in neither schema is refused. Types are
strict: a number is no text. What values mean is checked by the domain.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from contracts.publisher import InvalidMessageReaction, OnRedeploy

MAX_DEPTH = 32
MAX_SECONDS = 30 * 24 * 3600


class RequestBody(BaseModel):
    """Base of all request bodies."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def refuse_unstorable(cls, given: object) -> object:
        """What JSON allows but no database or answer could hold: NUL, half a surrogate pair, infinity, bottomless
        nesting.
        """
        pending: list[tuple[object, int]] = [(given, 0)]
        while pending:
            value, depth = pending.pop()
            if depth > MAX_DEPTH:
                raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
            _check_scalar(value)
            if isinstance(value, dict):
                pending += [(one, depth + 1) for pair in value.items() for one in pair]
            elif isinstance(value, list):
                pending += [(one, depth + 1) for one in value]
        return given


def _check_scalar(value: object) -> None:
    if isinstance(value, str) and any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
        raise ValueError("a text contains NUL or half of a surrogate pair")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is not finite")


class AdditionalProperty(RequestBody):
    name: str = Field(min_length=1, max_length=80)
    value: str | None = None
    display: bool | None = None


class BusinessInformation(RequestBody):
    businessOwner: str | None = None  # noqa: N815  # WSO2's names, here and below
    businessOwnerEmail: str | None = None  # noqa: N815
    technicalOwner: str | None = None  # noqa: N815
    technicalOwnerEmail: str | None = None  # noqa: N815


class CorsConfiguration(RequestBody):
    corsConfigurationEnabled: bool | None = None  # noqa: N815
    accessControlAllowOrigins: list[str] | None = None  # noqa: N815
    accessControlAllowCredentials: bool | None = None  # noqa: N815
    accessControlAllowHeaders: list[str] | None = None  # noqa: N815
    accessControlAllowMethods: list[str] | None = None  # noqa: N815


class ScopeBody(RequestBody):
    id: str | None = None
    name: str = Field(min_length=1, max_length=255)
    displayName: str | None = Field(default=None, max_length=255)  # noqa: N815
    description: str | None = Field(default=None, max_length=512)
    bindings: list[str] | None = None
    usageCount: int | None = None  # noqa: N815


class ApiScopeBody(RequestBody):
    scope: ScopeBody
    shared: bool | None = None


class OperationBody(RequestBody):
    """A channel and direction: SUBSCRIBE sends to the client, PUBLISH receives from it."""

    id: str | None = None
    target: str = Field(description="The channel: a path such as `/*` or `/rooms/{roomID}`.")
    verb: Literal["SUBSCRIBE", "PUBLISH"]
    authType: Literal["None", "Application", "Application User", "Application & Application User", "Any"] | None = None  # noqa: N815
    throttlingPolicy: str | None = None  # noqa: N815
    scopes: list[str] | None = None
    uriMapping: str | None = Field(  # noqa: N815
        default=None,
        max_length=2048,
        description="The backend's path for this channel, such as `/rooms?id={uri.var.roomID}`.",
    )
    usedProductIds: list[str] | None = None  # noqa: N815
    amznResourceName: str | None = None  # noqa: N815
    amznResourceTimeout: int | None = None  # noqa: N815
    amznResourceContentEncode: bool | None = None  # noqa: N815
    payloadSchema: str | None = Field(  # noqa: N815
        default=None,
        description="JSON Schema (draft-07, 2020-12) of its messages, as a text; with `enableSchemaValidation`.",
    )
    operationPolicies: dict[str, JsonValue] | None = None  # noqa: N815


class SluiceApiBody(RequestBody):
    """What WSO2's schema cannot say of an API. It holds from the next deployed revision on."""

    maxMessageBytes: int | None = Field(default=None, ge=1, le=2**31 - 1, description="The largest message.")  # noqa: N815
    idleTimeoutSeconds: int | None = Field(  # noqa: N815
        default=None, ge=1, le=MAX_SECONDS, description="How long a session may be silent."
    )
    maxAgeSeconds: int | None = Field(  # noqa: N815
        default=None, ge=1, le=MAX_SECONDS, description="How long a session may last."
    )
    pingIntervalSeconds: int | None = Field(  # noqa: N815
        default=None, ge=1, le=MAX_SECONDS, description="How long both sides may be silent before they are pinged."
    )
    onRedeploy: OnRedeploy | None = Field(  # noqa: N815
        default=None, strict=False, description="What becomes of open sessions when another revision is deployed."
    )
    backendAssertion: bool | None = Field(  # noqa: N815
        default=None, description="Whether the backend is told who connects, in `X-JWT-Assertion`."
    )
    forwardCredentials: bool | None = Field(  # noqa: N815
        default=None, description="Whether the backend gets the access token too."
    )
    validationReaction: InvalidMessageReaction | None = Field(  # noqa: N815
        default=None, strict=False, description="What becomes of a message that fits no schema of its operation."
    )


class ApiFields(RequestBody):
    """WSO2's fields of an API, except its name, context and version."""

    id: JsonValue = Field(default=None, description="Decided by the server; ignored when sent.")
    displayName: str | None = Field(default=None, max_length=255)  # noqa: N815
    description: str | None = Field(default=None, json_schema_extra={"maxLength": 32_766})
    provider: JsonValue = Field(default=None, description="Who created the API; ignored when sent.")
    lifeCycleStatus: JsonValue = Field(default=None, description="Changed by change-lifecycle; ignored when sent.")  # noqa: N815
    hasThumbnail: JsonValue = None  # noqa: N815
    isDefaultVersion: bool | None = Field(  # noqa: N815
        default=None, description="Whether the API also answers at its context without a version."
    )
    isRevision: JsonValue = None  # noqa: N815
    revisionedApiId: JsonValue = None  # noqa: N815
    revisionId: JsonValue = None  # noqa: N815
    responseCachingEnabled: bool | None = None  # noqa: N815
    cacheTimeout: int | None = None  # noqa: N815
    enableSchemaValidation: bool | None = None  # noqa: N815
    enableSubscriberVerification: bool | None = None  # noqa: N815
    type: Literal["WS"] | None = Field(default=None, description="Sluice serves WebSocket APIs: `WS`.")
    audiences: list[str] | None = None
    transport: list[str] | None = None
    tags: list[str] | None = None
    policies: list[str] | None = Field(default=None, description="Names of the business plans it is sold with.")
    organizationPolicies: list[JsonValue] | None = None  # noqa: N815
    apiThrottlingPolicy: str | None = None  # noqa: N815
    authorizationHeader: str | None = None  # noqa: N815
    apiKeyHeader: str | None = None  # noqa: N815
    securityScheme: list[str] | None = Field(  # noqa: N815
        default=None, description="Absent or empty is `oauth2`; otherwise it must contain `oauth2`."
    )
    maxTps: dict[str, JsonValue] | None = None  # noqa: N815
    visibility: Literal["PUBLIC", "PRIVATE", "RESTRICTED"] | None = None
    visibleRoles: list[str] | None = None  # noqa: N815
    visibleTenants: list[str] | None = None  # noqa: N815
    visibleOrganizations: list[str] | None = None  # noqa: N815
    mediationPolicies: list[JsonValue] | None = None  # noqa: N815
    apiPolicies: dict[str, JsonValue] | None = None  # noqa: N815
    subscriptionAvailability: Literal["CURRENT_TENANT", "ALL_TENANTS", "SPECIFIC_TENANTS"] | None = None  # noqa: N815
    subscriptionAvailableTenants: list[str] | None = None  # noqa: N815
    additionalProperties: list[AdditionalProperty] | None = None  # noqa: N815
    additionalPropertiesMap: dict[str, JsonValue] | None = None  # noqa: N815
    monetization: dict[str, JsonValue] | None = None
    accessControl: Literal["NONE", "RESTRICTED"] | None = None  # noqa: N815
    accessControlRoles: list[str] | None = None  # noqa: N815
    businessInformation: BusinessInformation | None = None  # noqa: N815
    corsConfiguration: CorsConfiguration | None = None  # noqa: N815
    websubSubscriptionConfiguration: dict[str, JsonValue] | None = None  # noqa: N815
    workflowStatus: JsonValue = None  # noqa: N815
    createdTime: JsonValue = None  # noqa: N815
    lastUpdatedTime: JsonValue = None  # noqa: N815
    lastUpdatedTimestamp: JsonValue = None  # noqa: N815
    endpointConfig: dict[str, JsonValue] | None = Field(  # noqa: N815
        default=None,
        description="`endpoint_type` `ws`, `load_balance` or `failover`; `production_endpoints` and "
        "`sandbox_endpoints` with `url` and `config`; `endpoint_security`.",
    )
    endpointImplementationType: str | None = None  # noqa: N815
    subtypeConfiguration: dict[str, JsonValue] | None = None  # noqa: N815
    scopes: list[ApiScopeBody] | None = None
    operations: list[OperationBody] | None = None
    threatProtectionPolicies: dict[str, JsonValue] | None = None  # noqa: N815
    categories: list[str] | None = None
    keyManagers: list[str] | None = None  # noqa: N815
    serviceInfo: dict[str, JsonValue] | None = None  # noqa: N815
    advertiseInfo: dict[str, JsonValue] | None = None  # noqa: N815
    gatewayVendor: str | None = None  # noqa: N815
    gatewayType: str | None = None  # noqa: N815
    asyncTransportProtocols: list[str] | None = None  # noqa: N815
    egress: bool | int | None = None
    sluice: SluiceApiBody | None = None

    def sent(self) -> dict[str, Any]:
        """The body as it was sent: JSON, hence Any."""
        return self.model_dump(mode="json", exclude_unset=True)


class ApiBody(ApiFields):
    """An API as it is created or changed."""

    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 150})
    context: str = Field(
        description="Where gateways serve it; a context without a slash gets one. May contain `{version}`.",
        json_schema_extra={"minLength": 1, "maxLength": 232},
    )
    version: str = Field(json_schema_extra={"minLength": 1, "maxLength": 30})


class ApiAnswer(ApiBody):
    """An API as it is read."""
