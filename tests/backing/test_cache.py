"""A folder in the cache is whole or absent, and two who want it at once fill it once."""

import threading
from pathlib import Path

import pytest

from backing.cache import cache_root, completed
from backing.unavailable import PartUnavailable


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICE_TEST_CACHE", str(tmp_path / "cache"))


def test_folder_is_filled_once_for_two_at_once() -> None:
    fills: list[Path] = []
    both = threading.Barrier(2)

    def fill(folder: Path) -> None:
        (folder / "file").write_text("whole")
        fills.append(folder)

    def want() -> None:
        both.wait()
        completed("thing", part="test", fill=fill)

    threads = [threading.Thread(target=want) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(fills) == 1
    assert (cache_root() / "thing" / "file").read_text() == "whole"


def test_failed_fill_leaves_nothing_behind() -> None:
    def fill(folder: Path) -> None:
        (folder / "half").touch()
        raise PartUnavailable("test", "the network is down")

    with pytest.raises(PartUnavailable, match="the network is down"):
        completed("thing", part="test", fill=fill)

    assert [path.name for path in cache_root().iterdir()] == ["thing.lock"]


def test_remains_of_a_killed_run_are_removed() -> None:
    abandoned = cache_root() / "thing.partial-killed"
    abandoned.mkdir(parents=True)

    completed("thing", part="test", fill=lambda folder: (folder / "file").touch())

    assert not abandoned.exists()


def test_cache_that_cannot_be_written_makes_the_part_unavailable(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")

    with pytest.raises(PartUnavailable, match="cannot be written"):
        completed("thing", part="test", fill=lambda folder: None)
