"""No child outlives its launcher, and a child's end never goes unnoticed."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import sys
import time
from datetime import timedelta

import pytest

from backing.eventually import eventually
from sluice.up.children import ChildCommand, Children
from sluice.up.console import Console

_PATIENT = "import time; print('here', flush=True); time.sleep(60)"
_STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {_PATIENT}"
_LAUNCHER = """
import asyncio, io, sys
from sluice.up.children import ChildCommand, Children
from sluice.up.console import Console

async def main():
    async with Children(Console(sys.stdout)) as children:
        await children.start(ChildCommand("child", ("-c", sys.argv[1]), {}))
        print("child", children.pids["child"], flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""
_SOON = timedelta(seconds=10)


def _command(name: str, code: str) -> ChildCommand:
    return ChildCommand(name, ("-c", code), {"GIVEN": "yes"})


async def test_lines_of_a_child_have_its_name_before_them() -> None:
    output = io.StringIO()

    async with Children(Console(output)) as children:
        await children.start(_command("greeter", "import sys; print('hello'); sys.stderr.write('unfinished')"))
        await children.first_death()

    assert output.getvalue() == "greeter    | hello\ngreeter    | unfinished\n"


async def test_a_child_has_the_given_environment_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUNCHERS_SECRET", "x")
    output = io.StringIO()

    async with Children(Console(output)) as children:
        await children.start(
            _command("child", "import os; print(os.environ.get('GIVEN'), os.environ.get('LAUNCHERS_SECRET'))")
        )
        await children.first_death()

    assert "yes None" in output.getvalue()


async def test_a_child_that_ends_by_itself_is_named_with_its_exit_code() -> None:
    async with Children(Console(io.StringIO())) as children:
        await children.start(_command("patient", _PATIENT))
        await children.start(_command("keymanager", "raise SystemExit(3)"))

        death = await children.first_death()

    assert str(death) == "keymanager ended by itself with exit code 3; its last lines are above."


async def test_a_child_that_is_killed_is_named_with_the_signal() -> None:
    async with Children(Console(io.StringIO())) as children:
        await children.start(_command("gateway", _PATIENT))
        os.kill(children.pids["gateway"], signal.SIGKILL)

        death = await children.first_death()

    assert "gateway was ended by SIGKILL" in str(death)


async def test_at_the_end_no_child_is_left() -> None:
    async with Children(Console(io.StringIO())) as children:
        await children.start(_command("one", _PATIENT))
        await children.start(_command("two", _PATIENT))
        pids = list(children.pids.values())

    assert not any(_is_running(pid) for pid in pids)


async def test_a_child_that_ignores_sigterm_is_killed_in_time() -> None:
    output = io.StringIO()
    async with Children(Console(output), stop_seconds=0.5) as children:
        await children.start(_command("stubborn", _STUBBORN))
        await eventually(lambda: "here" in output.getvalue(), within=_SOON, message="the child did not start")
        pid = children.pids["stubborn"]
        started = time.monotonic()

    assert time.monotonic() - started < 5
    assert not _is_running(pid)
    assert "stubborn did not stop within 0.5 s" in output.getvalue()


async def test_an_error_in_the_launcher_leaves_no_child() -> None:
    pids: list[int] = []

    async def fail() -> None:
        async with Children(Console(io.StringIO())) as children:
            await children.start(_command("child", _PATIENT))
            pids.extend(children.pids.values())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert not _is_running(pids[0])


async def test_children_are_in_the_launchers_session_and_group() -> None:
    async with Children(Console(io.StringIO())) as children:
        await children.start(_command("child", _PATIENT))
        pid = children.pids["child"]

        assert (os.getsid(pid), os.getpgid(pid)) == (os.getsid(0), os.getpgid(0))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
async def test_children_die_with_a_killed_launcher() -> None:
    launcher = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _LAUNCHER, _STUBBORN, stdout=asyncio.subprocess.PIPE
    )
    assert launcher.stdout is not None
    seen = await launcher.stdout.readuntil(b"here")
    found = re.search(rb"child (\d+)", seen)
    assert found is not None

    launcher.kill()
    await launcher.communicate()

    await eventually(lambda: not _is_running(int(found[1])), within=_SOON, message="the child lives on")


async def test_a_line_without_end_does_not_fill_the_memory() -> None:
    output = io.StringIO()

    async with Children(Console(output)) as children:
        await children.start(_command("chatty", "import sys; sys.stdout.write('x' * 3_000_000)"))
        await children.first_death()

    assert output.getvalue().count("x") == 3_000_000
    assert output.getvalue().count("chatty") >= 2


async def test_output_that_is_no_text_is_shown_anyway() -> None:
    output = io.StringIO()

    async with Children(Console(output)) as children:
        await children.start(_command("child", r"import sys; sys.stdout.buffer.write(b'\xff\xfe ok\n')"))
        await children.first_death()

    assert "ok" in output.getvalue()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """A grandchild's end is collected by whoever adopted it, which may take a while."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:  # noqa: PTH123  # one word of /proc
            return file.read().rpartition(") ")[2].startswith("Z")
    except FileNotFoundError:
        return False
