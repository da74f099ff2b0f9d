"""When the devportal holds enough for somebody to go through the tutorial."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from contracts.publisher import PlanLevel
from devportal.usecases.unit import Units
from outbox import DatabaseAway


class CatalogueCheck:
    """A readiness check: the application plans and a gateway environment are known. Once they are, it stays so."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self._is_complete = False

    async def check(self) -> str | None:
        """None when ready, else what is missing."""
        if self._is_complete:
            return None
        try:
            missing = await self._missing()
        # Any of the database's: its tables may not have been made yet.
        except (DatabaseAway, SQLAlchemyError) as error:
            return f"the database does not answer ({type(error).__name__})"
        self._is_complete = missing is None
        return missing

    async def _missing(self) -> str | None:
        async with self._units.reading() as view:
            if not await view.learnt.plans(PlanLevel.APPLICATION):
                return "no application plan is known yet"
            if not await view.learnt.has_environment():
                return "no gateway environment is known yet"
        return None
