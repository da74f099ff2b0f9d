"""Fixtures: a publisher on SQLite, and one on each database."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .world import World, open_world


@pytest.fixture(scope="session")
def filled_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated and with the first rows: a copy takes a hundredth of the time that making another takes."""
    path = tmp_path_factory.mktemp("publisher") / "filled.db"

    async def fill() -> None:
        async with open_world(f"sqlite:///{path}"):
            pass

    asyncio.run(fill())
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, filled_database: Path) -> str:
    return f"sqlite:///{shutil.copy(filled_database, tmp_path / 'publisher.db')}"


@pytest.fixture(params=["sqlite", "postgres_url"])
def any_empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[World]:
    async with open_world(sqlite_url) as opened:
        yield opened


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def any_database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
async def any_world(any_database_url: str) -> AsyncIterator[World]:
    async with open_world(any_database_url) as opened:
        yield opened
