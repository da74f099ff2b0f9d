"""Make deny policies, enable, disable and remove them. Gateways follow at once, for open sessions too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.exc import IntegrityError

from contracts.publisher import DenyType
from publisher.domain.deny_policy import DenyPolicy, possible_apis
from publisher.domain.search import Wanted
from publisher.errors import DenyPolicyExists, UnknownDeniedApi, UnknownDeniedApplication, UnknownDenyPolicy
from publisher.events.outgoing import deny_policy_fact
from publisher.usecases.opening import is_id
from publisher.usecases.unit import Unit, Units, View


async def list_deny_policies(units: Units, *, type_: DenyType | None, value: Wanted | None) -> Sequence[DenyPolicy]:
    """Oldest first."""
    async with units.reading() as view:
        return await view.deny_policies.search(type_=type_, value=value)


async def show_deny_policy(units: Units, policy_id: str) -> DenyPolicy:
    """Raises `UnknownDenyPolicy`."""
    async with units.reading() as view:
        return _known(await view.deny_policies.find(policy_id) if is_id(policy_id) else None, policy_id)


async def add_deny_policy(units: Units, policy: DenyPolicy) -> DenyPolicy:
    """Raises `UnknownDeniedApi`, `UnknownDeniedApplication`, or `DenyPolicyExists` where the same is denied already."""
    try:
        async with units.begin() as unit:
            await _check_is_there(unit, policy)
            await unit.deny_policies.add(policy, now=unit.now)
            await unit.tell(deny_policy_fact(policy))
    except IntegrityError as error:
        raise DenyPolicyExists(f"There is a deny policy for '{policy.value}' already.") from error
    return policy


async def enable_deny_policy(units: Units, policy_id: str, *, enabled: bool) -> DenyPolicy:
    """Or disable it: what is disabled denies nobody. Raises `UnknownDenyPolicy`."""
    async with units.begin() as unit:
        changed = replace(await _open(unit, policy_id), enabled=enabled)
        await unit.deny_policies.enable(policy_id, enabled=enabled)
        await unit.tell(deny_policy_fact(changed))
    return changed


async def remove_deny_policy(units: Units, policy_id: str) -> None:
    """Raises `UnknownDenyPolicy`."""
    async with units.begin() as unit:
        policy = await _open(unit, policy_id)
        await unit.deny_policies.remove(policy_id)
        await unit.tell_end(deny_policy_fact(policy))


async def _check_is_there(view: View, policy: DenyPolicy) -> None:
    if policy.type is DenyType.API and not await view.deny_policies.has_api(possible_apis(policy.value)):
        raise UnknownDeniedApi.at("/conditionValue", f"there is no API '{policy.value[:100]}', context and version")
    if policy.type is DenyType.APPLICATION:
        owner, _, name = policy.value.partition(":")
        if not await view.deny_policies.has_application(owner=owner, name=name):
            raise UnknownDeniedApplication.at("/conditionValue", f"there is no application '{policy.value[:100]}'")


async def _open(unit: Unit, policy_id: str) -> DenyPolicy:
    return _known(await unit.deny_policies.open(policy_id) if is_id(policy_id) else None, policy_id)


def _known(policy: DenyPolicy | None, policy_id: str) -> DenyPolicy:
    if policy is None:
        raise UnknownDenyPolicy(f"There is no deny policy with the id '{policy_id[:100]}'.")
    return policy
