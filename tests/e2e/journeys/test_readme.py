"""The README's tutorial works as it stands: bash runs its blocks against what `make run` starts, on the usual ports."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backing.cache import bin_folder
from backing.node import Wscat
from e2e.launched import Launched

README = Path(__file__).parents[3] / "README.md"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Launched]:
    launched = Launched(tmp_path / "data", ports={})
    try:
        launched.wait_ready()
        yield launched
    finally:
        launched.stop()


def tutorial() -> str:
    text = README.read_text()
    section = text[text.index("## The tutorial") : text.index("## How it is built")]
    return "\n".join(re.findall(r"^```bash\n(.*?)^```", section, re.DOTALL | re.MULTILINE))


def test_the_tutorial_of_the_readme_ends_in_echoed_messages(running: Launched, wscat: Wscat, tmp_path: Path) -> None:
    python = Path(sys.executable).parent
    path = os.pathsep.join([str(bin_folder()), str(python), os.environ["PATH"]])
    # wscat ends at once when its standard input is closed; a person's terminal is open.
    reading, writing = os.pipe()
    try:
        outcome = subprocess.run(
            ["bash", "-c", tutorial()],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            stdin=reading,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
    finally:
        os.close(reading)
        os.close(writing)

    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert outcome.stdout.splitlines()[-2:] == ["hello over ws", "hello over wss"], outcome.stdout
