"""`python -m <service>`: reads settings, then serves or migrates; what is wrong with the set-up is one plain sentence
each.

Exit codes: 0 ended as asked, 2 the set-up is unusable, 1 something failed while running.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import uvloop
from pydantic import ValidationError

from hosting.server import PortTaken
from hosting.settings import UnusableSettings

S = TypeVar("S")


class CommandFailed(Exception):
    """A command cannot do what it was asked; the text says why, for people."""


Command = Callable[[S], Awaitable[None]]


def run_command(
    arguments: Sequence[str],
    *,
    read_settings: Callable[[], S],
    serve: Command[S],
    migrate: Command[S],
    others: Mapping[str, Command[S]] | None = None,
) -> int:
    """`serve` (the default), `migrate`, `migrate-and-serve` for one machine, or one of the service's own."""
    commands = {"serve": [serve], "migrate": [migrate], "migrate-and-serve": [migrate, serve]}
    commands |= {name: [command] for name, command in (others or {}).items()}
    chosen = commands.get(arguments[0] if arguments else "serve")
    if chosen is None or len(arguments) > 1:
        return _refuse(f"unknown command {' '.join(arguments)}: one of {', '.join(commands)}")
    try:
        settings = read_settings()
    except (UnusableSettings, ValidationError, ValueError) as error:
        return _refuse(str(error))
    try:
        uvloop.run(_in_turn(chosen, settings))
    except (PortTaken, CommandFailed, UnusableSettings) as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        return 0
    return 0


async def _in_turn(commands: Sequence[Command[S]], settings: S) -> None:
    for command in commands:
        await command(settings)


def _refuse(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 2
