"""The JSON of a subscription as WSO2's Developer Portal v3 has it, with every field of its schema."""

from __future__ import annotations

from pydantic import Field, JsonValue

from devportal.api.application_bodies import ApplicationSummary, application_summary
from devportal.api.bodies import Answer, RequestBody, milliseconds
from devportal.api.catalogue_answers import ApiSummary, api_summary
from devportal.usecases.read_subscriptions import ShownSubscription
from devportal.usecases.subscribe import SubscriptionRequest

_IGNORED = "Decided by the server; ignored when sent."


class SubscriptionBody(RequestBody):
    """A subscription as it is made or changed."""

    application_id: str = Field(max_length=100)
    api_id: str = Field(max_length=100)
    throttling_policy: str = Field(description="One of the API's business plans.", max_length=255)
    requested_throttling_policy: str | None = Field(
        default=None, description="When a subscription is changed: the plan it is to have.", max_length=255
    )
    subscription_id: JsonValue = Field(default=None, description=_IGNORED)
    api_info: JsonValue = Field(default=None, description=_IGNORED)
    application_info: JsonValue = Field(default=None, description=_IGNORED)
    status: JsonValue = Field(default=None, description=_IGNORED)
    redirection_params: JsonValue = Field(default=None, description=_IGNORED)

    def request(self, *, pointer: str = "") -> SubscriptionRequest:
        """To subscribe."""
        return SubscriptionRequest(self.application_id, self.api_id, self.throttling_policy, pointer=pointer)

    def change(self) -> SubscriptionRequest:
        """To change the plan."""
        wanted = self.requested_throttling_policy or self.throttling_policy
        return SubscriptionRequest(self.application_id, self.api_id, wanted)


class SubscriptionAnswer(Answer):
    """A subscription. `status` is the stricter of its own and the publisher's block."""

    subscription_id: str
    application_id: str
    api_id: str
    api_info: ApiSummary | None
    application_info: ApplicationSummary
    throttling_policy: str
    requested_throttling_policy: str
    status: str
    redirection_params: str | None = None
    created_time: str


def subscription_answer(shown: ShownSubscription) -> SubscriptionAnswer:
    subscription = shown.subscription
    return SubscriptionAnswer(
        subscription_id=subscription.id,
        application_id=subscription.application_id,
        api_id=subscription.api_id,
        api_info=api_summary(shown.api) if shown.api else None,
        application_info=application_summary(shown.application),
        throttling_policy=subscription.plan,
        requested_throttling_policy=subscription.requested_plan or subscription.plan,
        status=subscription.shown_status,
        created_time=milliseconds(subscription.created_at),
    )
