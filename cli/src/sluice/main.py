"""The `sluice` command. Each subcommand is a program of its own (`python -m sluice.up`), which takes this process's
place: so `--help` needs none of what they import, and the launcher keeps none of what the command line needs.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from sluice import __version__

app = typer.Typer(
    name="sluice",
    help="API management for WebSockets: run the platform on this machine, and try it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.command()
def up() -> None:
    """Start the four services and an echo backend here; Ctrl-C stops them. Settings come from the environment."""
    _become("sluice.up")


@app.command()
def demo() -> None:
    """Publish the tutorial's API on what `sluice up` runs, subscribe to it and print the lines to try it with."""
    _become("sluice.demo")


@app.command()
def echo(port: Annotated[int, typer.Option(help="The port to listen on, on 127.0.0.1 and ::1.")] = 9000) -> None:
    """Run a WebSocket server that sends back what it gets."""
    _become("sluice.echo", "--port", str(port))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """What the installed `sluice` runs."""
    app()


def _become(module: str, *arguments: str) -> None:
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606  # our own interpreter, no shell
