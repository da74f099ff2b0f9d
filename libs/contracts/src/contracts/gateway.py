"""Facts that gateways tell about themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from contracts.fact import Fact, Topic


class Instance(Fact):
    """A living gateway. Told every 5 s; one that is silent for 30 s is gone, with its sessions."""

    topic: ClassVar[Topic] = Topic("gateway.instance.v1", retention=timedelta(days=1))

    id: str
    environment: str
    started_at: datetime
    heartbeat_at: datetime
    release: str
    deployed: dict[str, str] = {}
    # With which `X-JWT-Assertion` is verified (RFC 7517); each gateway makes its own key.
    public_jwk: dict[str, str] | None = None

    @property
    def key(self) -> str:
        return self.id


class Session(Fact):
    """A session as its gateway last told it: while it is open now and then, and once more when it has ended."""

    topic: ClassVar[Topic] = Topic("gateway.session.v1", partitions=3, retention=timedelta(days=1))

    id: str
    instance_id: str
    environment: str
    api_id: str
    application_id: str = ""
    subscription_id: str = ""
    plan: str = ""
    consumer_key: str = ""
    key_type: str = ""
    user: str = ""
    channel: str = ""
    client_address: str
    opened_at: datetime
    told_at: datetime
    closed_at: datetime | None = None
    close_code: int | None = None
    closer: str | None = None
    messages_from_client: int = 0
    bytes_from_client: int = 0
    messages_from_backend: int = 0
    bytes_from_backend: int = 0

    @property
    def key(self) -> str:
        return self.id


class Usage(Fact):
    """What one gateway has carried in one hour for one application on one API with one plan. The counters only grow
    within the hour, so a duplicate adds nothing.
    """

    topic: ClassVar[Topic] = Topic("gateway.usage.v1", partitions=3, retention=timedelta(days=40))

    instance_id: str
    api_id: str
    application_id: str = ""
    plan: str = ""
    hour: datetime
    sessions_opened: int = 0
    messages_from_client: int = 0
    bytes_from_client: int = 0
    messages_from_backend: int = 0
    bytes_from_backend: int = 0
    messages_throttled: int = 0

    @property
    def key(self) -> str:
        return f"{self.instance_id}:{self.api_id}:{self.application_id}:{self.plan}:{self.hour:%Y%m%d%H}"


class QuotaClaim(Fact):
    """What one gateway has claimed of a quota, in all, in the window it names. The order of the claims in the log
    decides who gets what; see the decision page on quotas. One partition, so that there is one order.

    A new window's claim takes the place of the old one's, so the log stays as short as there are quotas and gateways.
    """

    topic: ClassVar[Topic] = Topic("gateway.quota.v1", retention=timedelta(days=32))

    quota: str
    instance_id: str
    window: str
    claimed: int

    @property
    def key(self) -> str:
        return f"{self.quota}@{self.instance_id}"


FACTS: tuple[type[Fact], ...] = (Instance, Session, Usage, QuotaClaim)
