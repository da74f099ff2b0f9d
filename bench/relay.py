"""CPU time of the gateway's process for each relayed message, beside a `websockets` pipe in the same run.

The gateway is the real one with everything on that exists: the demo's API, a JWT, a subscription. The load generator
and the echo backend are Python too and share the machine, so only the CPU time of the proxy is compared, never the
wall clock.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from e2e.launched import Launched, other_ports
from websockets.asyncio.client import ClientConnection, connect

from backing.eventually import free_ports
from bench.processes import Result, precise_cpu_seconds

_CONNECTIONS = 16
_MESSAGES = 500
_IN_FLIGHT = 32
_ROUNDS = 3
_PAYLOAD = "x" * 128
_TIMEOUT_SECONDS = 60


async def measure_relay(folder: Path) -> dict[str, Result]:
    """Interleaves the two proxies and gives the medians, in µs for each message in either direction."""
    launched = Launched(folder / "data", ports=other_ports())
    await asyncio.to_thread(launched.wait_ready)
    try:
        return await _compare(launched)
    finally:
        await asyncio.to_thread(launched.stop)


async def _compare(launched: Launched) -> dict[str, Result]:
    demo = await asyncio.to_thread(launched.run, "sluice.demo")
    found = re.search(r'wscat -c (ws://\S+) -H "Authorization: Bearer (\S+)"', demo.stdout)
    assert found is not None, demo.stdout + demo.stderr
    gateway_pid = next(pid for pid, command in launched.children().items() if "-m gateway" in command)
    (port,) = free_ports(1)
    backend = f"ws://127.0.0.1:{launched.ports['SLUICE_ECHO_PORT']}"
    pipe = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.pipe", str(port), backend)
    try:
        proxies = {
            "gateway": (found[1], found[2], gateway_pid),
            "websockets pipe": (f"ws://127.0.0.1:{port}", "", pipe.pid),
        }
        await _answering(f"ws://127.0.0.1:{port}")
        return await _rounds(proxies)
    finally:
        pipe.terminate()
        await pipe.wait()


async def _rounds(proxies: dict[str, tuple[str, str, int]]) -> dict[str, Result]:
    scenarios = {"ping-pong": _ping_pong, f"{_IN_FLIGHT} in flight": _in_flight}
    results: dict[str, Result] = {}
    for scenario, work in scenarios.items():
        costs: dict[str, list[float]] = {name: [] for name in proxies}
        for _ in range(_ROUNDS):
            for name, (url, token, pid) in proxies.items():
                costs[name].append(await _cost(url, token, pid, work))
        medians = {name: statistics.median(values) for name, values in costs.items()}
        for name, value in medians.items():
            results[f"{scenario}, 128 B: CPU of {name} for each message"] = Result(value, "µs")
        ratio = medians["gateway"] / medians["websockets pipe"]
        results[f"{scenario}, 128 B: gateway / websockets pipe"] = Result(ratio, "")
    return results


async def _cost(url: str, token: str, pid: int, work: Callable[[ClientConnection], Awaitable[None]]) -> float:
    headers = {"Authorization": f"Bearer {token}"} if token else None
    sockets = [await connect(url, additional_headers=headers, compression=None) for _ in range(_CONNECTIONS)]
    before = precise_cpu_seconds(pid)
    async with asyncio.timeout(_TIMEOUT_SECONDS):
        await asyncio.gather(*(work(socket) for socket in sockets))
    used = precise_cpu_seconds(pid) - before
    await asyncio.gather(*(socket.close() for socket in sockets))
    return used / (2 * _CONNECTIONS * _MESSAGES) * 1e6


async def _ping_pong(socket: ClientConnection) -> None:
    for _ in range(_MESSAGES):
        await socket.send(_PAYLOAD)
        assert await socket.recv() == _PAYLOAD


async def _in_flight(socket: ClientConnection) -> None:
    for _ in range(_MESSAGES // _IN_FLIGHT):
        for _ in range(_IN_FLIGHT):
            await socket.send(_PAYLOAD)
        for _ in range(_IN_FLIGHT):
            assert await socket.recv() == _PAYLOAD
    for _ in range(_MESSAGES % _IN_FLIGHT):
        await socket.send(_PAYLOAD)
        assert await socket.recv() == _PAYLOAD


async def _answering(url: str) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                async with connect(url):
                    return
            except OSError:
                await asyncio.sleep(0.05)
