"""How pytest-xdist shares the tests out with `--dist loadfile`: a file's tests stay together, and so do all journeys on
a platform of one size.

A session fixture with parameters lives only until a test asks for another parameter, so a worker that took file after
file would start a platform of each size for each file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]  # pytest-xdist ships no types

_JOURNEY = re.compile(r"tests/e2e/.*\[(?:.*-)?(?P<size>one machine|many machines)(?:-.*)?\]")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling | None:
    """Nothing where pytest-xdist is not wanted, or asked for another way of sharing out."""
    if config.getvalue("dist") != "loadfile":
        return None

    from xdist.scheduler import LoadFileScheduling

    class LoadUnitScheduling(LoadFileScheduling):  # type: ignore[misc]  # see above
        def _split_scope(self, nodeid: str) -> str:
            return unit_of(nodeid)

    return LoadUnitScheduling(config, log)


def unit_of(nodeid: str) -> str:
    """What a test stays together with: the journeys on its size of platform, or its file."""
    journey = _JOURNEY.fullmatch(nodeid)
    return f"journeys on {journey['size']}" if journey else nodeid.partition("::")[0]
