"""Answers about APIs, in WSO2's words."""

from __future__ import annotations

from pydantic import Field

from contracts.publisher import Api, ApiState, Operation, Plan, Scope
from devportal.api.bodies import Answer, milliseconds
from devportal.domain.catalogue import is_subscribable
from devportal.domain.gateway_urls import Addresses, GatewayUrls
from devportal.usecases.browse_catalogue import ShownApi


class BusinessInformation(Answer):
    """Whom to talk to."""

    business_owner: str | None
    business_owner_email: str | None
    technical_owner: str | None
    technical_owner_email: str | None


class AdditionalProperty(Answer):
    """A property that a creator added."""

    name: str
    value: str
    display: bool = True


class ApiSummary(Answer):
    """What lists show of an API."""

    id: str
    name: str
    display_name: str
    description: str | None
    context: str
    version: str
    provider: str
    type: str = "WS"
    life_cycle_status: ApiState
    created_time: str
    updated_time: str
    thumbnail_uri: str | None = None
    has_thumbnail: bool
    avg_rating: str | None = None
    throttling_policies: list[str]
    tags: list[str]
    business_information: BusinessInformation
    additional_properties: list[AdditionalProperty]
    is_subscription_available: bool
    gateway_vendor: str = "wso2"
    advertise_info: None = None
    monetization_label: None = None


class Tier(Answer):
    """A business plan with which the API is sold."""

    tier_name: str
    tier_plan: str
    monetization_attributes: dict[str, str] | None = None


class UrlSet(Answer):
    """Addresses by protocol; a WebSocket API has none of HTTP."""

    http: None = None
    https: None = None
    ws: str | None = None
    wss: str | None = None


class EndpointUrls(Answer):
    """Where gateways of one environment serve the API."""

    environment_name: str
    environment_display_name: str
    environment_type: str
    urls: UrlSet = Field(alias="URLs")
    default_version_urls: UrlSet = Field(alias="defaultVersionURLs")


class ScopeInfo(Answer):
    """A scope of an API, and the roles that may have it; none: everybody."""

    key: str
    name: str
    roles: list[str]
    description: str


class OperationAnswer(Answer):
    """A channel and direction: SUBSCRIBE sends to the client, PUBLISH receives from it."""

    target: str
    verb: str
    auth_type: str
    scopes: list[str]


class ApiAnswer(ApiSummary):
    """An API as a developer sees it."""

    is_default_version: bool
    authorization_header: str
    security_scheme: list[str]
    transport: list[str] = []
    tiers: list[Tier]
    endpoint_urls: list[EndpointUrls] = Field(alias="endpointURLs")
    environment_list: list[str]
    operations: list[OperationAnswer]
    scopes: list[ScopeInfo]
    categories: list[str]
    key_managers: list[str]
    async_transport_protocols: list[str] = ["ws", "wss"]
    last_updated_time: str


class TagAnswer(Answer):
    """A tag, and how many of the listed APIs have it."""

    value: str
    count: int


def api_summary(api: Api) -> ApiSummary:
    return ApiSummary(
        id=api.id,
        name=api.name,
        display_name=api.display_name or api.name,
        description=api.description or None,
        context=api.context,
        version=api.api_version,
        provider=api.provider,
        life_cycle_status=api.state,
        created_time=milliseconds(api.created_at),
        updated_time=milliseconds(api.updated_at),
        has_thumbnail=api.has_thumbnail,
        throttling_policies=list(api.plans),
        tags=list(api.tags),
        business_information=BusinessInformation(
            business_owner=api.business_owner or None,
            business_owner_email=api.business_owner_email or None,
            technical_owner=api.technical_owner or None,
            technical_owner_email=api.technical_owner_email or None,
        ),
        additional_properties=[
            AdditionalProperty(name=name, value=value) for name, value in api.additional_properties.items()
        ],
        is_subscription_available=is_subscribable(api),
    )


def api_answer(shown: ShownApi) -> ApiAnswer:
    api = shown.api
    return ApiAnswer(
        **dict(api_summary(api)),
        is_default_version=api.is_default_version,
        authorization_header=api.authorization_header,
        security_scheme=list(api.security_scheme),
        tiers=[_tier(shown.plans[name]) for name in api.plans if name in shown.plans],
        endpoint_urls=[_endpoint_urls(urls) for urls in shown.urls],
        environment_list=[urls.environment_name for urls in shown.urls],
        operations=[_operation(operation) for operation in shown.operations],
        scopes=[scope_info(scope) for scope in api.scopes],
        categories=list(api.categories),
        key_managers=list(api.key_managers),
        last_updated_time=milliseconds(api.updated_at),
    )


def scope_info(scope: Scope) -> ScopeInfo:
    return ScopeInfo(
        key=scope.name,
        name=scope.display_name or scope.name,
        roles=list(scope.roles),
        description=scope.description,
    )


def _tier(plan: Plan) -> Tier:
    return Tier(tier_name=plan.name, tier_plan=plan.billing_plan)


def _endpoint_urls(urls: GatewayUrls) -> EndpointUrls:
    return EndpointUrls(
        environment_name=urls.environment_name,
        environment_display_name=urls.environment_display_name,
        environment_type=urls.environment_type,
        urls=_url_set(urls.addresses),
        default_version_urls=_url_set(urls.default_version),
    )


def _url_set(addresses: Addresses | None) -> UrlSet:
    return UrlSet(ws=addresses.ws, wss=addresses.wss) if addresses else UrlSet()


def _operation(operation: Operation) -> OperationAnswer:
    return OperationAnswer(
        target=operation.target, verb=operation.verb, auth_type=operation.auth_type, scopes=list(operation.scopes)
    )
