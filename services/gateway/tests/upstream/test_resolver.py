"""Names to addresses: judged before they are dialled, found again when they change, and slow for nobody else."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from backends.address_rules import AddressRules
from backends.allow_list import parse_allow_list
from backing.eventually import eventually
from gateway.upstream.errors import BackendForbidden, BackendUnreachable
from gateway.upstream.look_ups import LookUps
from gateway.upstream.resolver import FRESH_SECONDS, OLD_SECONDS, USELESS_SECONDS, SystemResolver

SOON = timedelta(seconds=5)
PATIENCE = timedelta(seconds=0.05)


class FakeDns:
    """Answers from a table, in the threads of the look-ups; names of `slow` wait for `go_on`."""

    def __init__(self) -> None:
        self.addresses: dict[str, Sequence[str]] = {}
        self.failure: OSError | None = None
        self.slow: set[str] = set()
        self.go_on = threading.Event()
        self.asked: list[str] = []

    def ask(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        if host in self.slow:
            self.go_on.wait(30)
        if self.failure is not None:
            raise self.failure
        return self.addresses.get(host, ("192.88.1.1",))


class World:
    """A resolver whose DNS and clock are the test's."""

    def __init__(self, *, allow: str = "", **limits: object) -> None:
        self.dns = FakeDns()
        self.now = 1000.0
        look_ups = LookUps(self.dns.ask, **limits)  # type: ignore[arg-type]  # keywords pass through
        rules = AddressRules(parse_allow_list(allow))
        self.resolver = SystemResolver(rules, look_ups=look_ups, clock=lambda: self.now, patience=PATIENCE)

    async def resolve(self, host: str = "echo.example.com", port: int = 443) -> Sequence[str]:
        async with asyncio.timeout(SOON.total_seconds()):
            return await self.resolver.resolve(host, port)


@asynccontextmanager
async def open_world(**options: object) -> AsyncIterator[World]:
    world = World(**options)  # type: ignore[arg-type]  # keywords pass through
    try:
        yield world
    finally:
        world.dns.go_on.set()
        await world.resolver.close()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as opened:
        yield opened


async def _is_soon(condition: Callable[[], bool], message: str) -> None:
    def holds() -> None:
        assert condition()

    await eventually(holds, within=SOON, message=message)


async def test_answer_is_used_again_while_it_is_fresh(world: World) -> None:
    world.dns.addresses["echo.example.com"] = ("1.1.1.1", "1.0.0.1")

    first = await world.resolve()
    world.now += FRESH_SECONDS - 1

    assert tuple(first) == tuple(await world.resolve()) == ("1.1.1.1", "1.0.0.1")
    assert world.dns.asked == ["echo.example.com"]


async def test_fresh_answer_is_known_without_waiting_until_it_has_to_be_asked_for_again(world: World) -> None:
    assert world.resolver.known("echo.example.com", 443) is None

    world.dns.addresses["echo.example.com"] = ("1.1.1.1",)
    await world.resolve()

    assert world.resolver.known("echo.example.com", 443) == ("1.1.1.1",)
    assert world.resolver.known("echo.example.com", 5432) is None  # Never judged by the rules for this port.
    world.now += FRESH_SECONDS + 0.1
    assert world.resolver.known("echo.example.com", 443) is None


async def test_changed_address_is_found_within_30_s_without_waiting_for_it(world: World) -> None:
    world.dns.addresses["echo.example.com"] = ("1.1.1.1",)
    await world.resolve()
    world.dns.addresses["echo.example.com"] = ("8.8.8.8",)
    world.now += FRESH_SECONDS + 1

    assert tuple(await world.resolve()) == ("1.1.1.1",)  # At once, from memory.
    await _is_soon(lambda: len(world.dns.asked) == 2, "it is looked up again")
    await asyncio.gather(*world.resolver._refreshing.values())

    assert tuple(await world.resolve()) == ("8.8.8.8",)


async def test_answer_is_never_used_once_it_is_old(world: World) -> None:
    world.dns.addresses["echo.example.com"] = ("1.1.1.1",)
    await world.resolve()
    world.dns.addresses["echo.example.com"] = ("8.8.8.8",)

    world.now += OLD_SECONDS + 0.1

    assert OLD_SECONDS < 30
    assert tuple(await world.resolve()) == ("8.8.8.8",)


async def test_many_handshakes_share_one_look_up(world: World) -> None:
    world.dns.slow.add("echo.example.com")
    waiting = [asyncio.create_task(world.resolve()) for _ in range(100)]
    await _is_soon(lambda: len(world.dns.asked) == 1, "it is looked up")

    world.dns.go_on.set()

    assert {tuple(found) for found in await asyncio.gather(*waiting)} == {("192.88.1.1",)}
    assert world.dns.asked == ["echo.example.com"]


async def test_handshake_that_is_given_up_does_not_end_the_look_up_of_others(world: World) -> None:
    world.dns.slow.add("echo.example.com")
    given_up, other = asyncio.create_task(world.resolve()), asyncio.create_task(world.resolve())
    await _is_soon(lambda: len(world.dns.asked) == 1, "it is looked up")

    given_up.cancel()
    world.dns.go_on.set()

    assert tuple(await other) == ("192.88.1.1",)


async def test_slow_name_stalls_no_other(world: World) -> None:
    world.dns.slow.add("slow.example.com")
    slow = [asyncio.create_task(world.resolve("slow.example.com")) for _ in range(200)]
    await _is_soon(lambda: "slow.example.com" in world.dns.asked, "it is looked up")

    assert await world.resolve("quick.example.com")

    assert not any(task.done() for task in slow)
    for task in slow:
        task.cancel()


async def test_names_that_were_slow_cannot_take_the_threads_of_others() -> None:
    async with open_world(threads=4, slow_threads=2, slow_after=timedelta(0)) as world:
        names = [f"slow{number}.example.com" for number in range(10)]
        for name in names:
            await world.resolve(name)  # Longer than no time at all, so they are known as slow.
        world.dns.slow.update(names)
        world.now += OLD_SECONDS + 1
        slow = [asyncio.create_task(world.resolve(name)) for name in names]
        await _is_soon(lambda: len(world.dns.asked) == len(names) + 2, "two of them are looked up")

        assert await world.resolve("quick.example.com")

        for task in slow:
            task.cancel()


async def test_old_answer_is_used_while_dns_does_not_answer(world: World) -> None:
    await world.resolve()
    world.dns.slow.add("echo.example.com")
    world.now += OLD_SECONDS + 1

    assert tuple(await world.resolve()) == ("192.88.1.1",)  # After the resolver's patience,
    assert tuple(await world.resolve()) == ("192.88.1.1",)  # and then at once, from memory.
    assert len(world.dns.asked) == 2


async def test_old_answer_is_used_while_dns_fails_but_not_for_ever(world: World) -> None:
    await world.resolve()
    world.dns.failure = socket.gaierror(socket.EAI_AGAIN, "try again")
    world.now += OLD_SECONDS + 1

    assert tuple(await world.resolve()) == ("192.88.1.1",)
    world.now += USELESS_SECONDS

    with pytest.raises(BackendUnreachable):
        await world.resolve()


async def test_name_that_is_gone_is_not_dialled_at_its_old_address(world: World) -> None:
    await world.resolve()
    world.dns.failure = socket.gaierror(socket.EAI_NONAME, "no such name")
    world.now += OLD_SECONDS + 1

    with pytest.raises(BackendUnreachable):
        await world.resolve()


async def test_name_without_address_is_unreachable(world: World) -> None:
    world.dns.addresses["echo.example.com"] = ()

    with pytest.raises(BackendUnreachable):
        await world.resolve()


async def test_only_permitted_addresses_of_a_name_are_dialled(world: World) -> None:
    world.dns.addresses["echo.example.com"] = ("10.0.0.1", "1.1.1.1", "::ffff:127.0.0.1", "fd00::1")

    assert tuple(await world.resolve()) == ("1.1.1.1",)


async def test_name_that_is_rebound_to_a_private_address_is_refused(world: World) -> None:
    assert await world.resolve()
    world.dns.addresses["echo.example.com"] = ("169.254.169.254",)
    world.now += OLD_SECONDS + 1

    with pytest.raises(BackendForbidden):
        await world.resolve()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "[::1]", "localhost", "kafka", "postgres.svc"])
async def test_forbidden_host_is_refused_without_asking_dns(world: World, host: str) -> None:
    with pytest.raises(BackendForbidden):
        await world.resolve(host)

    assert world.dns.asked == []


async def test_refused_port_is_refused_also_for_a_name_that_is_known(world: World) -> None:
    await world.resolve(port=443)

    with pytest.raises(BackendForbidden):
        await world.resolve(port=6379)


async def test_what_is_allowed_is_dialled() -> None:
    async with open_world(allow="127.0.0.0/8, echo") as world:
        world.dns.addresses["echo"] = ("172.18.0.5",)

        assert tuple(await world.resolve("127.0.0.1", 9092)) == ("127.0.0.1",)
        assert tuple(await world.resolve("echo", 9000)) == ("172.18.0.5",)
