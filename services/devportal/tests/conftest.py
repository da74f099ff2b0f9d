"""Fixtures: a devportal on SQLite, and one on each database."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .world import World, open_world


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without rows: a copy takes a hundredth of the time that making another takes."""
    path = tmp_path_factory.mktemp("devportal") / "migrated.db"

    async def migrate() -> None:
        async with open_world(f"sqlite:///{path}", is_settled=False):
            pass

    asyncio.run(migrate())
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_database: Path) -> str:
    return f"sqlite:///{shutil.copy(migrated_database, tmp_path / 'devportal.db')}"


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[World]:
    async with open_world(sqlite_url) as opened:
        yield opened


@pytest.fixture
async def empty_world(sqlite_url: str) -> AsyncIterator[World]:
    async with open_world(sqlite_url, is_settled=False) as opened:
        yield opened


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def any_database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
async def any_world(any_database_url: str) -> AsyncIterator[World]:
    async with open_world(any_database_url) as opened:
        yield opened
