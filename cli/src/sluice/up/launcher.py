"""The story of `sluice up`: check, prepare, start everything at once, wait until it is ready, stay, stop.

Everything that could be wrong with this machine is found before the first child starts. A signal at any moment ends
the story well; a child's death ends it badly.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sluice.errors import CannotStart
from sluice.settings import Settings
from sluice.up.announcement import announcement, platform_urls
from sluice.up.checks import check_data_folder, check_ports
from sluice.up.children import ChildCommand, Children
from sluice.up.console import Console
from sluice.up.environment import SERVICES, LocalPlatform, child_environments, echo_environment
from sluice.up.readiness import Probe, wait_until_ready
from sluice.up.run_folder import RunFolder, RunState
from sluice.up.secrets import local_secrets
from sluice.up.tls_files import TlsFiles

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Ctrl-C reaches the children too, and one of them may end before the launcher has heard of the signal.
_SIGNAL_GRACE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Plan:
    """What is started and when it counts as ready."""

    commands: tuple[ChildCommand, ...]
    probes: tuple[Probe, ...]


def plan_services(platform: LocalPlatform, environ: Mapping[str, str]) -> Plan:
    """The four services and the echo backend."""
    ports = platform.settings.ports
    environments = child_environments(platform, environ=environ)
    echo = ChildCommand("echo", ("-P", "-m", "sluice.echo", "--port", str(ports.echo)), echo_environment(environ))
    services = [ChildCommand(name, ("-P", "-m", name, "migrate-and-serve"), environments[name]) for name in SERVICES]
    return Plan(
        commands=(*services, echo),
        probes=(
            Probe("keymanager", ports.keymanager),
            Probe("publisher", ports.publisher),
            Probe("devportal", ports.devportal),
            Probe("gateway", ports.gateway_admin),
            Probe("echo", ports.echo, "/health"),
        ),
    )


async def launch(
    settings: Settings,
    *,
    environ: Mapping[str, str],
    console: Console,
    plan: Callable[[LocalPlatform, Mapping[str, str]], Plan] = plan_services,
) -> None:
    """Runs the platform until a signal comes. Raises `CannotContinue` with what went wrong."""
    stop = _stop_on_signals()
    check_data_folder(settings.data_folder)
    run_folder = RunFolder(settings.data_folder)
    with run_folder.locked():
        check_ports(settings.ports.named())
        platform = await _prepare(settings)
        planned = plan(platform, environ)
        async with Children(console) as children:
            await _run(planned, platform, children=children, run_folder=run_folder, console=console, stop=stop)
    console.say("Everything is stopped.")


async def _run(
    plan: Plan,
    platform: LocalPlatform,
    *,
    children: Children,
    run_folder: RunFolder,
    console: Console,
    stop: asyncio.Event,
) -> None:
    for command in plan.commands:
        await children.start(command)
    run_folder.write(_state(platform, children, is_ready=False))
    timeout = platform.settings.start_timeout_seconds
    async with _Watch(children, stop) as watch:
        ready = asyncio.create_task(wait_until_ready(plan.probes, timeout_seconds=timeout, say=console.say))
        if not await watch.until(ready):
            console.say("Stopping.")
            return
        run_folder.write(_state(platform, children, is_ready=True))
        for line in announcement(platform):
            console.say(line)
        await watch.until(None)
        console.say("Stopping.")


class _Watch:
    """Watches for a signal and for a child's death beside whatever is waited for."""

    def __init__(self, children: Children, stop: asyncio.Event) -> None:
        self._stop = asyncio.create_task(stop.wait(), name="a signal")
        self._death = asyncio.create_task(children.first_death(), name="a child's death")

    async def __aenter__(self) -> _Watch:
        return self

    async def __aexit__(self, *_: object) -> None:
        await _cancel(self._stop, self._death)

    async def until(self, wanted: asyncio.Task[None] | None) -> bool:
        """True when `wanted` is done, False when a signal asks to stop. Raises `ChildDied`, and what `wanted` does."""
        tasks = {self._stop, self._death} | ({wanted} if wanted else set())
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._death.done():
                await asyncio.wait([self._stop], timeout=_SIGNAL_GRACE_SECONDS)
            if self._stop.done():
                return False
            if self._death.done():
                raise self._death.result()
            assert wanted is not None, "nothing else can have ended"
            wanted.result()
            return True
        finally:
            await _cancel(*([wanted] if wanted else []))


async def _cancel(*tasks: asyncio.Task[object] | asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        # `nohup` asks to ignore the end of the terminal, and gets it.
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
            continue
        loop.add_signal_handler(number, stop.set)
    return stop


async def _prepare(settings: Settings) -> LocalPlatform:
    try:
        secrets = local_secrets(settings.data_folder, admin_password=settings.admin_password)
        tls = await _certificates(settings)
    except OSError as error:
        raise CannotStart(f"The data folder cannot be used: {error.filename}: {error.strerror}.") from error
    return LocalPlatform(settings, secrets, tls)


async def _certificates(settings: Settings) -> TlsFiles:
    folder = settings.data_folder / "tls"
    # In a session of its own: Ctrl-C must not leave it half done, it takes a moment only.
    maker = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "sluice.up.certificates", str(folder), start_new_session=True
    )
    if await maker.wait() != 0:
        raise CannotStart(f"The certificates for wss could not be made in {folder}.")
    return TlsFiles.in_folder(folder)


def _state(platform: LocalPlatform, children: Children, *, is_ready: bool) -> RunState:
    return RunState(
        pid=os.getpid(),
        is_ready=is_ready,
        urls=platform_urls(platform.settings),
        pids=children.pids,
        ca_file=str(platform.tls.ca),
        data_folder=str(platform.settings.data_folder),
    )
