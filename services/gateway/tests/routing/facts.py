"""The facts of small worlds, and the tables that they make."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from contracts import Fact, Tombstone
from contracts.devportal import Subscription, SubscriptionStatus
from contracts.publisher import Api, ApiState, DefaultVersion, Deployment, Environment, Vhost
from gateway.routing.route_table import RouteTable

NOW = datetime(2026, 1, 2, tzinfo=UTC)
HOST = "localhost"


def api(api_id: str, context: str, *, of: str = "1.0", version: int = 1, **changes: Any) -> Api:
    fields: dict[str, Any] = {
        "version": version,
        "id": api_id,
        "name": api_id,
        "context": context,
        "api_version": of,
        "provider": "carl",
        "state": ApiState.PUBLISHED,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Api(**fields | changes)


def deployment(api_id: str, *, vhost: str = HOST, environment: str = "Default", version: int = 1) -> Deployment:
    return Deployment(
        version=version,
        api_id=api_id,
        environment=environment,
        revision_id=f"r{version}",
        vhost=vhost,
        deployed_at=NOW,
    )


def default(context: str, api_id: str, *, version: int = 1) -> DefaultVersion:
    return DefaultVersion(version=version, context=context, api_id=api_id)


def deleted(fact: Fact, version: int = 9) -> Fact:
    return fact.model_copy(update={"deleted": True, "version": version})


def tombstone(fact: Fact, version: int = 9) -> Tombstone:
    return Tombstone(fact.topic.name, fact.key, version)


def table_of(*facts: Fact | Tombstone) -> RouteTable:
    table = RouteTable("Default")
    for fact in facts:
        table = table.with_fact(fact)
    return table


def deployed(*apis: Api) -> RouteTable:
    return table_of(*apis, *(deployment(each.id) for each in apis))


def environment(*hosts: str, version: int = 1) -> Environment:
    vhosts = tuple(Vhost(host=host) for host in hosts)
    return Environment(id="d", version=version, name="Default", display_name="", vhosts=vhosts)


def subscription(subscription_id: str, *, version: int = 1, api_id: str = "a", application: str = "x") -> Subscription:
    return Subscription(
        version=version,
        id=subscription_id,
        api_id=api_id,
        application_id=application,
        plan="Gold",
        status=SubscriptionStatus.UNBLOCKED,
    )
