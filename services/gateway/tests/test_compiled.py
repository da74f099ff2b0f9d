"""Which modules run: those that fit the sources, unless none are wanted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gateway
from gateway import compiled
from gateway.compiled import DIGEST_FILE, SUFFIX, CompiledFinder, digest, fits


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of one module, and what would have been compiled from it."""
    folder = tmp_path / "package"
    (folder / "_compiled").mkdir(parents=True)
    (folder / "walk.py").write_text("STEP = 1\n")
    (folder / "_compiled" / f"package.walk{SUFFIX}").write_bytes(b"")
    (folder / "_compiled" / DIGEST_FILE).write_text(digest(folder))
    return folder


def test_compiled_modules_fit_the_sources_they_were_made_from(package: Path) -> None:
    assert fits(package / "_compiled", package)


def test_edited_source_makes_compiled_modules_unfit(package: Path) -> None:
    (package / "walk.py").write_text("STEP = 2\n")

    assert not fits(package / "_compiled", package)


def test_edited_source_of_a_library_makes_compiled_modules_unfit(package: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    (library / "parse.py").write_text("STEP = 1\n")
    (package / "_compiled" / DIGEST_FILE).write_text(digest(package, library))
    assert fits(package / "_compiled", package, library)

    (library / "parse.py").write_text("STEP = 2\n")

    assert not fits(package / "_compiled", package, library)


def test_added_source_makes_compiled_modules_unfit(package: Path) -> None:
    (package / "run.py").write_text("STEP = 1\n")

    assert not fits(package / "_compiled", package)


def test_modules_for_another_python_do_not_fit(package: Path) -> None:
    (package / "_compiled" / f"package.walk{SUFFIX}").rename(package / "_compiled" / "package.walk.other.so")

    assert not fits(package / "_compiled", package)


def test_without_a_compiler_nothing_is_missing(tmp_path: Path) -> None:
    assert not fits(tmp_path / "_compiled", tmp_path)


def test_only_what_is_compiled_is_found(package: Path) -> None:
    finder = CompiledFinder(package / "_compiled")

    found = finder.find_spec("package.walk")

    assert found is not None
    assert found.origin == str(package / "_compiled" / f"package.walk{SUFFIX}")
    assert finder.find_spec("package.run") is None


def test_off_is_off() -> None:
    command = "from gateway import compiled; import gateway.session.frame_walk as walk; print(walk.__file__)"

    ended = subprocess.run(
        [sys.executable, "-c", command],
        env={**os.environ, "GATEWAY_COMPILED": "off"},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert Path(ended.stdout.strip()) == Path(gateway.__file__).parent / "session" / "frame_walk.py"


@pytest.mark.skipif(os.environ.get("GATEWAY_COMPILED") != "required", reason="this run is of the modules as written")
def test_what_is_required_is_what_the_other_tests_ran() -> None:
    from gateway.session import frame_walk

    assert compiled.is_in_use()
    assert frame_walk.__file__.endswith(SUFFIX)
