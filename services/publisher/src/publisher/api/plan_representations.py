"""Answers about plans, environments and subscriptions, in WSO2's words."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel

from contracts.publisher import QuotaReaction, QuotaType
from publisher.domain.environment import Environment
from publisher.domain.plan import BYTES_IN, Plan
from publisher.domain.subscription import Subscription

_QUOTA_POLICY_TYPES: Final = {
    QuotaType.REQUEST_COUNT: "REQUESTCOUNT",
    QuotaType.EVENT_COUNT: "EVENTCOUNT",
    QuotaType.BANDWIDTH: "BANDWIDTHVOLUME",
}


class SluicePlanAnswer(BaseModel):
    """What WSO2's policies cannot say."""

    connections: int | None
    maxMessageBytes: int | None  # noqa: N815  # camelCase as WSO2's names, here and below
    reaction: QuotaReaction


class PlanAnswer(BaseModel):
    """A throttling policy as the Publisher shows it."""

    policyId: str  # noqa: N815
    name: str
    displayName: str  # noqa: N815
    description: str
    policyLevel: str  # noqa: N815
    attributes: dict[str, str] = {}
    requestCount: int  # noqa: N815
    dataUnit: str | None = None  # noqa: N815
    unitTime: int  # noqa: N815
    timeUnit: str | None  # noqa: N815
    rateLimitCount: int = 0  # noqa: N815
    rateLimitTimeUnit: str | None = None  # noqa: N815
    quotaPolicyType: str  # noqa: N815
    tierPlan: str  # noqa: N815
    stopOnQuotaReach: bool  # noqa: N815
    monetizationProperties: dict[str, str] = {}  # noqa: N815
    sluice: SluicePlanAnswer


class VhostAnswer(BaseModel):
    """A host name of an environment and the ports that clients use."""

    host: str
    wsPort: int  # noqa: N815
    wssPort: int  # noqa: N815
    wsHost: str  # noqa: N815
    wssHost: str  # noqa: N815


class EnvironmentAnswer(BaseModel):
    """A gateway environment."""

    id: str
    name: str
    displayName: str  # noqa: N815
    type: str
    provider: str = "wso2"
    gatewayType: str = "Regular"  # noqa: N815
    showInApiConsole: bool = True  # noqa: N815
    vhosts: list[VhostAnswer]


class SubscribingApplication(BaseModel):
    """Who is subscribed."""

    applicationId: str  # noqa: N815
    name: str
    subscriber: str
    description: str


class SubscriptionAnswer(BaseModel):
    """A subscription as the Publisher shows it."""

    subscriptionId: str  # noqa: N815
    applicationInfo: SubscribingApplication  # noqa: N815
    throttlingPolicy: str  # noqa: N815
    subscriptionStatus: str  # noqa: N815


class SettingsAnswer(BaseModel):
    """What a user interface needs to know."""

    environment: list[EnvironmentAnswer]
    scopes: list[str]
    defaultSubscriptionPolicy: str = "AsyncUnlimited"  # noqa: N815
    authorizationHeader: str = "Authorization"  # noqa: N815


def plan_answer(plan: Plan) -> PlanAnswer:
    """An unlimited plan shows WSO2's largest number; bandwidth is shown in the unit it was given in."""
    quota, burst = plan.shown_quota, plan.burst
    return PlanAnswer(
        policyId=plan.id,
        name=plan.name,
        displayName=plan.display_name,
        description=plan.description,
        policyLevel=plan.level,
        attributes={given["name"]: given["value"] for given in plan.kept.get("customAttributes", ())},
        requestCount=quota.amount // BYTES_IN[quota.data_unit] if quota.data_unit else quota.amount,
        dataUnit=quota.data_unit,
        unitTime=quota.unit_time,
        timeUnit=quota.time_unit,
        rateLimitCount=burst.count if burst else 0,
        rateLimitTimeUnit=burst.time_unit if burst else None,
        quotaPolicyType=_QUOTA_POLICY_TYPES[quota.type],
        tierPlan=plan.billing_plan,
        stopOnQuotaReach=plan.stop_on_quota_reach,
        sluice=SluicePlanAnswer(
            connections=plan.connections, maxMessageBytes=plan.max_message_bytes, reaction=plan.reaction
        ),
    )


def environment_answer(environment: Environment) -> EnvironmentAnswer:
    return EnvironmentAnswer(
        id=environment.id,
        name=environment.name,
        displayName=environment.display_name,
        type=environment.type,
        vhosts=[
            VhostAnswer(
                host=vhost.host, wsPort=vhost.ws_port, wssPort=vhost.wss_port, wsHost=vhost.host, wssHost=vhost.host
            )
            for vhost in environment.vhosts
        ],
    )


def subscription_answer(subscription: Subscription) -> SubscriptionAnswer:
    subscriber = subscription.subscriber
    return SubscriptionAnswer(
        subscriptionId=subscription.id,
        applicationInfo=SubscribingApplication(
            applicationId=subscriber.application_id,
            name=subscriber.name,
            subscriber=subscriber.owner,
            description=subscriber.description,
        ),
        throttlingPolicy=subscription.plan,
        subscriptionStatus=subscription.shown_status,
    )
