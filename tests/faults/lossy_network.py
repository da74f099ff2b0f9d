"""A network namespace whose link to us loses packets in both directions. Needs root, `ip` and `iptables`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from faults.commands import require_command, require_root


@dataclass(frozen=True, slots=True)
class LossyNetwork:
    """`inside` is the address of what runs `under` this command, `outside` is ours as seen from there."""

    inside: str
    outside: str
    under: tuple[str, ...]


@contextmanager
def lossy_network(*, probability: float) -> Iterator[LossyNetwork]:
    """Gone at the end. Raises PartUnavailable."""
    require_root("a network of its own")
    require_command("ip", package="iproute2")
    require_command("iptables", package="iptables")
    # Both names end with our process id: two runs on one machine do not meet.
    number = os.getpid()
    name, near, far = f"sluice{number}", f"sl{number}a", f"sl{number}b"
    third, fourth = number // 64 % 256, number % 64 * 4
    outside, inside = f"10.199.{third}.{fourth + 1}", f"10.199.{third}.{fourth + 2}"
    inner = ("ip", "netns", "exec", name)
    _run("ip", "netns", "add", name)
    try:
        _run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        _run("ip", "addr", "add", f"{outside}/30", "dev", near)
        _run("ip", "link", "set", near, "up")
        _run(*inner, "ip", "addr", "add", f"{inside}/30", "dev", far)
        _run(*inner, "ip", "link", "set", far, "up")
        for chain in ("INPUT", "OUTPUT"):
            lost = ("-m", "statistic", "--mode", "random", "--probability", f"{probability}", "-j", "DROP")
            _run(*inner, "iptables", "-A", chain, *lost)
        yield LossyNetwork(inside, outside, inner)
    finally:
        _run("ip", "netns", "del", name)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=10)
