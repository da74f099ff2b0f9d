"""A part that cannot be had is skipped and reported by name, or fails the run where everything is required."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_TESTS = Path(__file__).parent.parent
_MODULE = """
import pytest
from backing.unavailable import PartUnavailable

@pytest.fixture(scope="session")
def moon():
    raise PartUnavailable("moon", "there is no rocket")

def test_first(moon): ...
def test_second(moon): ...
def test_inside(): raise PartUnavailable("mars", "too far")
def test_other(): ...
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_missing_part_is_skipped_and_listed_with_its_reason(tmp_path: Path, workers: str) -> None:
    run = _run_pytest(tmp_path, "-p", "xdist", "-n", workers, SLUICE_REQUIRE_ALL="")

    assert run.returncode == 0, run.stdout
    assert "1 passed, 3 skipped" in run.stdout
    assert "not run" in run.stdout
    assert "moon: 2 tests, because: there is no rocket" in run.stdout
    assert "mars: 1 test, because: too far" in run.stdout


def test_missing_part_fails_the_run_when_all_are_required(tmp_path: Path) -> None:
    run = _run_pytest(tmp_path, SLUICE_REQUIRE_ALL="1")

    assert run.returncode == 1
    assert "1 failed, 1 passed, 2 errors" in run.stdout
    assert "there is no rocket" in run.stdout


def test_part_that_cannot_be_written_to_the_cache_is_reported_by_a_real_fixture(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    run = _run_pytest(tmp_path, module="def test_it(wscat): ...", SLUICE_TEST_CACHE=str(tmp_path / "file"))

    assert "1 skipped" in run.stdout
    assert "node: 1 test, because: cannot be written" in run.stdout


def test_named_server_cannot_be_killed(tmp_path: Path) -> None:
    run = _run_pytest(tmp_path, module="def test_it(killable_kafka): ...", SLUICE_TEST_KAFKA="127.0.0.1:9")

    assert "1 skipped" in run.stdout
    assert "named by SLUICE_TEST_KAFKA" in run.stdout


def _run_pytest(
    folder: Path, *arguments: str, module: str = _MODULE, **environment: str
) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(module)
    (folder / "pytest.ini").write_text("[pytest]\n")
    plugins = ["-p", "backing.plugin", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *plugins, *arguments, str(folder)]
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "SLUICE"))}
    return subprocess.run(
        command,
        cwd=folder,
        # Of the installed plugins only those that are asked for: the others take longer to import than the tests run.
        env={**outside, "PYTHONPATH": str(_TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
