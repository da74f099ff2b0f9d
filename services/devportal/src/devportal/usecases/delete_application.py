"""Delete an application with its subscriptions and keys.

The key manager learns the end of the application as a fact and ends its keys and tokens, so this works while the key
manager is away.
"""

from __future__ import annotations

from devportal.domain.caller import Caller
from devportal.events.outgoing import application_fact, subscription_fact
from devportal.usecases.opening import open_application
from devportal.usecases.unit import Units


async def delete_application(units: Units, application_id: str, *, caller: Caller) -> None:
    """Raises `UnknownApplication`."""
    async with units.begin() as unit:
        # Locked: whoever subscribes it or makes keys for it at this moment is waited for, or comes too late.
        application = await open_application(unit, application_id, caller=caller)
        for subscription in await unit.subscriptions.of_application(application_id):
            await unit.subscriptions.remove(subscription.id)
            await unit.tell_end(subscription_fact(subscription))
        await unit.applications.remove(application_id)
        await unit.tell_end(application_fact(application))
