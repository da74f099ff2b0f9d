"""Steps that end a change of an API: its own fact, and which version is the default one now."""

from __future__ import annotations

from contracts.publisher import ApiState
from publisher.domain.default_version import active_default, can_serve
from publisher.events.outgoing import api_fact, default_version_fact
from publisher.store.apis import StoredApi, touch
from publisher.store.tables import ApiRow, IdentityRow
from publisher.usecases.unit import Unit


async def tell_api(unit: Unit, stored: StoredApi, *, user: str) -> None:
    """Notes the change, tells the API's new state, and settles the default version."""
    touch(stored, user=user, now=unit.now)
    await unit.tell(api_fact(stored.api))
    await settle_default_version(unit, stored.identity)


async def choose_default_version(unit: Unit, stored: StoredApi, *, is_chosen: bool) -> None:
    """Makes the API the default version or no longer; whose flag falls by that is told too."""
    identity, before = stored.identity, stored.identity.chosen_default
    if is_chosen == (before == stored.row.id):
        return
    identity.chosen_default = stored.row.id if is_chosen else None
    await unit.session.flush()
    previous = await unit.session.get(ApiRow, before) if is_chosen and before else None
    if previous is not None:
        await unit.tell(api_fact(StoredApi(previous, identity).api))


async def settle_default_version(unit: Unit, identity: IdentityRow) -> None:
    """Lets the chosen version take over once it can serve; tells only what changes."""
    versions = {row.id: row for row in await unit.apis.versions_of(identity.name_key)}
    chosen = versions.get(identity.chosen_default or "")
    identity.chosen_default = chosen.id if chosen else None
    active = active_default(
        chosen=identity.chosen_default,
        active=identity.active_default if identity.active_default in versions else None,
        can_chosen_serve=chosen is not None and await _can_serve(unit, chosen),
    )
    if active == identity.active_default:
        return
    before, identity.active_default = identity.active_default, active
    await unit.session.flush()
    if active is not None:
        await unit.tell(default_version_fact(context=identity.context, api_id=active))
    elif before is not None:
        await unit.tell_end(default_version_fact(context=identity.context, api_id=before))


async def _can_serve(unit: Unit, row: ApiRow) -> bool:
    is_deployed = bool(await unit.revisions.deployments_of(row.id))
    return can_serve(ApiState(row.state), is_deployed=is_deployed)
