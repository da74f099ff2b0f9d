"""Exit codes and plain sentences of `python -m <service>`."""

from __future__ import annotations

import pytest

from hosting.entry import run_command
from hosting.server import PortTaken
from hosting.settings import UnusableSettings


class Calls:
    """What was called, in order; stands in for a service's own two commands."""

    def __init__(self, *, failure: Exception | None = None) -> None:
        self.names: list[str] = []
        self._failure = failure

    async def serve(self, settings: str) -> None:
        self.names.append(f"serve {settings}")
        if self._failure is not None:
            raise self._failure

    async def migrate(self, settings: str) -> None:
        self.names.append(f"migrate {settings}")

    def run(self, *arguments: str) -> int:
        return run_command(arguments, read_settings=lambda: "s", serve=self.serve, migrate=self.migrate)


@pytest.mark.parametrize(
    ("arguments", "called"),
    [
        ((), ["serve s"]),
        (("serve",), ["serve s"]),
        (("migrate",), ["migrate s"]),
        (("migrate-and-serve",), ["migrate s", "serve s"]),
    ],
)
def test_commands(arguments: tuple[str, ...], called: list[str]) -> None:
    calls = Calls()

    assert calls.run(*arguments) == 0

    assert calls.names == called


@pytest.mark.parametrize("arguments", [("sevre",), ("serve", "now"), ("",)])
def test_unknown_command_is_2(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    calls = Calls()

    assert calls.run(*arguments) == 2

    assert calls.names == []
    assert "serve, migrate, migrate-and-serve" in capsys.readouterr().err


def test_unusable_settings_are_2_and_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse() -> str:
        raise UnusableSettings("SHOP_HTTP_PROT: there is no such setting")

    calls = Calls()

    assert run_command([], read_settings=refuse, serve=calls.serve, migrate=calls.migrate) == 2

    assert capsys.readouterr().err == "SHOP_HTTP_PROT: there is no such setting\n"


def test_taken_port_is_2_and_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert Calls(failure=PortTaken("cannot listen on 127.0.0.1 port 80: taken")).run() == 2

    assert capsys.readouterr().err == "cannot listen on 127.0.0.1 port 80: taken\n"


def test_failure_while_running_is_not_hidden() -> None:
    with pytest.raises(RuntimeError, match="dead"):
        Calls(failure=RuntimeError("dead")).run()
