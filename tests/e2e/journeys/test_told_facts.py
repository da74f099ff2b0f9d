"""What is set by REST is told on the bus: a plan, a deny policy, the security of an endpoint."""

from __future__ import annotations

import secrets

import httpx

from backends.sealing import credential_context, read_seal
from contracts.publisher import Burst, DenyPolicy, Deployment, Plan, QuotaReaction
from e2e.clients.control import ControlPlane, Json, Person, expect
from e2e.clients.facts import fact, records_of
from e2e.journeys.waiting import soon

ADMIN = "/api/am/admin/v4"


def _path(control: ControlPlane, path: str) -> httpx.URL:
    return httpx.URL(f"{control.platform.url('publisher')}{ADMIN}{path}")


def _policy(name: str, **changes: object) -> Json:
    limit = {"type": "EVENTCOUNTLIMIT", "eventCount": {"timeUnit": "min", "unitTime": 1, "eventCount": 60}}
    return {"policyName": name, "defaultLimit": limit, **changes}


async def test_plan_is_told_changed_and_ended(control: ControlPlane) -> None:
    admin, name = await control.administrator(), f"Plan{secrets.token_hex(4)}"
    burst = {"rateLimitCount": 5, "rateLimitTimeUnit": "sec"}
    path = _path(control, "/throttling/policies/subscription")

    made = expect(await admin.publisher.post(path, json=_policy(name, **burst)), 201)
    await soon(lambda: fact(control.platform, Plan, f"subscription:{name}"), "the plan is told")
    changed = _policy(name, **burst, sluice={"connections": 2, "reaction": "close"})
    expect(await admin.publisher.put(f"{path}/{made['policyId']}", json=changed), 200)

    async def is_changed() -> Plan:
        told = await fact(control.platform, Plan, f"subscription:{name}")
        assert told.connections == 2
        return told

    told = await soon(is_changed, "the change is told")
    assert (told.burst, told.reaction) == (Burst(count=5, time_unit="sec"), QuotaReaction.CLOSE)
    await control.published_api(policies=[name])
    assert (await admin.publisher.delete(f"{path}/{made['policyId']}")).json()["code"] == 900971


async def test_deny_policy_is_told_disabled_and_ended(control: ControlPlane) -> None:
    admin, user = await control.administrator(), f"user-{secrets.token_hex(4)}"
    body = {"conditionType": "USER", "conditionValue": user, "conditionStatus": False}
    made = expect(await admin.publisher.post(_path(control, "/throttling/deny-policies"), json=body), 201)
    path = _path(control, f"/throttling/deny-policy/{made['conditionId']}")

    disabled = await soon(lambda: fact(control.platform, DenyPolicy, made["conditionId"]), "the policy is told")
    expect(await admin.publisher.delete(path), 200)

    async def is_gone() -> None:
        record = (await records_of(control.platform, DenyPolicy)).get(made["conditionId"])
        assert record is None or record.value is None

    assert (disabled.value, disabled.enabled) == (user, False)
    await soon(is_gone, "the end is told")


async def test_credential_is_told_sealed_for_the_gateways(control: ControlPlane) -> None:
    password = secrets.token_urlsafe(16)
    api = await control.published_api(endpointConfig=_secured(control, password))
    publisher: Person = await control.person("publisher")
    key = f"{api['id']}:Default"

    told = await soon(lambda: fact(control.platform, Deployment, key), "the deployment is told")

    endpoint = told.production_endpoint
    assert endpoint is not None
    assert endpoint.security is not None
    seal = read_seal(control.platform.sealing_key)
    context = credential_context(api_id=api["id"], key_type="PRODUCTION")
    assert seal.open_text(endpoint.security.sealed_value, context=context) == f"Bearer {password}"
    assert password not in str((await records_of(control.platform, Deployment))[key].value)
    assert password not in (await publisher.publisher.get(f"/apis/{api['id']}")).text


def _secured(control: ControlPlane, password: str) -> Json:
    return {
        "endpoint_type": "ws",
        "production_endpoints": {"url": control.platform.backend},
        "endpoint_security": {"production": {"enabled": True, "type": "BEARER", "token": password}},
    }
