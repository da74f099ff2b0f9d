"""Facts that the developer portal tells: applications and what they are subscribed to."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from contracts.fact import Fact, Topic


class TokenType(StrEnum):
    """What an application's tokens are (WSO2 `tokenType`): JWT, or OAUTH for opaque reference tokens."""

    JWT = "JWT"
    OAUTH = "OAUTH"


class Application(Fact):
    """Whose keys subscribe to APIs."""

    topic: ClassVar[Topic] = Topic("devportal.application.v1", partitions=3)

    id: str
    name: str
    description: str = ""
    owner: str
    groups: tuple[str, ...] = ()
    plan: str
    status: str = "APPROVED"
    token_type: TokenType = TokenType.JWT
    attributes: dict[str, str] = {}

    @property
    def key(self) -> str:
        return self.id


class SubscriptionStatus(StrEnum):
    """The devportal's half of a subscription's state; the publisher's half is its block."""

    UNBLOCKED = "UNBLOCKED"
    ON_HOLD = "ON_HOLD"
    REJECTED = "REJECTED"
    TIER_UPDATE_PENDING = "TIER_UPDATE_PENDING"
    DELETE_PENDING = "DELETE_PENDING"


class Subscription(Fact):
    """An application's right to an API, with a plan."""

    topic: ClassVar[Topic] = Topic("devportal.subscription.v1", partitions=3)

    id: str
    api_id: str
    application_id: str
    plan: str
    requested_plan: str | None = None
    status: SubscriptionStatus

    @property
    def key(self) -> str:
        return self.id


FACTS: tuple[type[Fact], ...] = (Application, Subscription)
