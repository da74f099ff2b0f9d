"""Make, change and look at one's applications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contracts.publisher import PlanLevel, Scope
from devportal.domain.application import Application, ApplicationDraft, check_name
from devportal.domain.application_key import ApplicationKey
from devportal.domain.caller import Caller
from devportal.errors import PlanNotOffered
from devportal.events.outgoing import application_fact
from devportal.usecases.opening import open_application, read_application
from devportal.usecases.unit import Unit, Units, View

APPROVED = "APPROVED"


@dataclass(frozen=True, slots=True)
class CountedApplication:
    """An application with how many subscriptions it has."""

    application: Application
    subscription_count: int


@dataclass(frozen=True, slots=True)
class ShownApplication:
    """An application with its keys (without secrets) and the scopes of the APIs it is subscribed to."""

    application: Application
    subscription_count: int
    keys: Sequence[ApplicationKey] = ()
    scopes: Sequence[Scope] = ()


async def create_application(units: Units, draft: ApplicationDraft, *, caller: Caller) -> ShownApplication:
    """Raises `InvalidInput`, `ApplicationNameTaken`."""
    check_name(draft.name)
    async with units.begin() as unit:
        await _check_plan(unit, draft.plan)
        application = Application(
            units.new_id(), caller.name, APPROVED, draft, created_at=unit.now, updated_at=unit.now
        )
        await _keep(unit, application)
        return ShownApplication(application, 0)


async def change_application(
    units: Units, application_id: str, draft: ApplicationDraft, *, caller: Caller
) -> ShownApplication:
    """The token type holds for tokens made from then on. Raises `NotFound`, `InvalidInput`, `ApplicationNameTaken`."""
    check_name(draft.name)
    async with units.begin() as unit:
        application = await open_application(unit, application_id, caller=caller)
        if draft.plan != application.draft.plan:
            await _check_plan(unit, draft.plan)
        changed = replace(application, draft=draft, updated_at=unit.now)
        await _keep(unit, changed)
        return await _describe(unit, changed)


async def show_application(units: Units, application_id: str, *, caller: Caller) -> ShownApplication:
    """Raises `UnknownApplication`."""
    async with units.reading() as view:
        return await _describe(view, await read_application(view, application_id, caller=caller))


async def list_applications(
    units: Units, *, caller: Caller, name_part: str, sort_by: str, descending: bool, limit: int, offset: int
) -> tuple[Sequence[CountedApplication], int]:
    """A part of the caller's own applications, and how many there are."""
    async with units.reading() as view:
        found, total = await view.applications.search(
            owner=caller.name, name_part=name_part, sort_by=sort_by, descending=descending, limit=limit, offset=offset
        )
        counts = await view.subscriptions.count_of([application.id for application in found])
    return [CountedApplication(application, counts.get(application.id, 0)) for application in found], total


async def _keep(unit: Unit, application: Application) -> None:
    await unit.applications.save(application)
    await unit.tell(application_fact(application))


async def _check_plan(view: View, name: str) -> None:
    if await view.learnt.plan(PlanLevel.APPLICATION, name) is None:
        offered = ", ".join(plan.name for plan in await view.learnt.plans(PlanLevel.APPLICATION))
        raise PlanNotOffered.at("/throttlingPolicy", f"one of the application policies: {offered}")


async def _describe(view: View, application: Application) -> ShownApplication:
    subscriptions = await view.subscriptions.of_application(application.id)
    apis = await view.learnt.apis({subscription.api_id for subscription in subscriptions})
    scopes = {scope.name: scope for _, api in sorted(apis.items()) for scope in api.scopes}
    return ShownApplication(
        application, len(subscriptions), await view.keys.completed(application.id), list(scopes.values())
    )
