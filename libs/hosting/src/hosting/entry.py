"""`python -m <service>`: reads settings, then serves or migrates; what is wrong with the set-up is one plain sentence
each.

Exit codes: 0 ended as asked, 2 the set-up is unusable, 1 something failed while running.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import uvloop
from pydantic import ValidationError

from hosting.server import PortTaken
from hosting.settings import UnusableSettings

S = TypeVar("S")

Command = Callable[[S], Awaitable[None]]


def run_command(
    arguments: Sequence[str], *, read_settings: Callable[[], S], serve: Command[S], migrate: Command[S]
) -> int:
    """`serve` (the default), `migrate`, or `migrate-and-serve` for one machine."""
    commands = {"serve": [serve], "migrate": [migrate], "migrate-and-serve": [migrate, serve]}
    chosen = commands.get(arguments[0] if arguments else "serve")
    if chosen is None or len(arguments) > 1:
        return _refuse(f"unknown command {' '.join(arguments)}: one of {', '.join(commands)}")
    try:
        settings = read_settings()
    except (UnusableSettings, ValidationError, ValueError) as error:
        return _refuse(str(error))
    try:
        uvloop.run(_in_turn(chosen, settings))
    except PortTaken as error:
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
