"""Any interleaving of claims, read-backs, spending, turns of the window, kills, restarts, and a bus that goes away.

Hypothesis chooses the size of the world and a seed; the seed chooses what happens. A failure names both, and the
number of steps is what shrinks.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from .simulation import BEGIN, Gateway, Log, advance, granted, plan

AMOUNTS = st.sampled_from([0, 1, 2, 5, 30, 300])
SEEDS = st.integers(0, 2**32)
MINUTE = 60.0


class World:
    """Gateways that come and go. One thing happens in each step."""

    def __init__(self, amount: int, *, gateways: int, seed: int, clock_error: float = 100.0) -> None:
        self.amount = amount
        self.log = Log()
        self.random = Random(seed)
        self.clock_error = clock_error
        self.alive: list[Gateway] = []
        self.ended: list[Gateway] = []
        self.answered_at = self.log.now
        for _ in range(gateways):
            self.start()

    def play(self, steps: int, *happenings: tuple[int, Callable[[], None]]) -> None:
        """So many steps, each happening as often as its weight says."""
        weights = [weight for weight, _ in happenings]
        for _, happening in self.random.choices(happenings, weights, k=steps):
            happening()
            self.check()

    def check(self) -> None:
        """With the bus up, never more than the quota in any window."""
        everybody = self.alive + self.ended
        for minute in {minute for gateway in everybody for minute in gateway.forwarded}:
            total = sum(gateway.forwarded[minute] for gateway in everybody)
            assert total <= self.amount, f"{total} of {self.amount} in minute {minute}"

    @property
    def somebody(self) -> Gateway:
        return self.random.choice(self.alive)

    def start(self) -> None:
        """It is ready, for it has read what compaction has left of the log."""
        error = self.random.uniform(-self.clock_error, self.clock_error)
        name = f"g{len(self.alive) + len(self.ended)}"
        self.alive.append(Gateway(self.log, plan(self.amount), instance_id=name, clock_error=error))
        for gateway in self.alive:
            gateway.meet(*self.alive)

    def kill(self) -> None:
        if len(self.alive) > 1:
            gateway = self.somebody
            self.alive.remove(gateway)
            self.ended.append(gateway)

    def spend(self) -> None:
        self.somebody.want(self.random.choice([1, 1, 3, 20, 300]))

    def send(self) -> None:
        self.somebody.send()

    def arrive(self) -> None:
        self.somebody.arrive()

    def fail(self) -> None:
        self.somebody.fail(is_written=self.random.random() < 0.5)

    def read_some(self) -> None:
        self.somebody.read(1)

    def read_all(self) -> None:
        self.somebody.read()

    def read_again(self) -> None:
        """The follower began anew: everything twice."""
        gateway = self.somebody
        gateway.position = 0
        gateway.read()

    def sweep(self) -> None:
        self.somebody.book.sweep()

    def a_moment_passes(self) -> None:
        # Nobody waits for as long as a second, or else the bus would count as away.
        seconds = self.random.choice([0.001, 0.02, 0.05, 0.2])
        if self.log.now + seconds - self.answered_at > 0.9:
            self.everything_arrives()
        # The event loops may be late to tick.
        self.log.now += seconds
        if self.random.random() < 0.5:
            advance(self.log, self.alive, 0)

    def the_window_nears_its_end(self) -> None:
        self.everything_arrives()
        advance(self.log, self.alive, max(0.0, 59.7 - (self.log.now - BEGIN) % MINUTE))
        self.answered_at = self.log.now

    def the_window_turns(self) -> None:
        self.everything_arrives()
        advance(self.log, self.alive, MINUTE - (self.log.now - BEGIN) % MINUTE + self.random.choice([0, 0.004, 3]))
        self.answered_at = self.log.now

    def everything_arrives(self) -> None:
        for gateway in self.alive * 3:
            gateway.arrive()
            gateway.exchange()
        for gateway in self.alive:
            gateway.read()
        self.answered_at = self.log.now


@settings(max_examples=40, deadline=None)
@given(amount=AMOUNTS, gateways=st.integers(1, 5), seed=SEEDS, steps=st.integers(20, 250))
def test_never_more_than_the_quota_is_forwarded(amount: int, gateways: int, seed: int, steps: int) -> None:
    world = World(amount, gateways=gateways, seed=seed)

    world.play(
        steps,
        (40, world.spend), (20, world.send), (20, world.arrive), (10, world.read_some), (20, world.read_all),
        (2, world.fail), (1, world.kill), (1, world.start), (1, world.read_again), (1, world.sweep),
        (8, world.a_moment_passes), (1, world.the_window_nears_its_end), (1, world.the_window_turns),
    )  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(amount=AMOUNTS, gateways=st.integers(1, 5), seed=SEEDS)
def test_nearly_nothing_of_the_quota_is_left_unspent(amount: int, gateways: int, seed: int) -> None:
    """One gateway at least goes on wanting; the others do now and then."""
    world = World(amount, gateways=gateways, seed=seed)
    eager, rounds = world.alive[0], 0

    while "DROP" not in {verdict.name for verdict in eager.want(20)}:
        world.play(5, (5, world.spend), (5, world.read_all), (5, world.send), (5, world.arrive))
        world.everything_arrives()
        advance(world.log, world.alive, 0.001)
        rounds += 1
        assert rounds < 3000, "it neither forwards nor drops"

    unspent = amount - sum(sum(gateway.forwarded.values()) for gateway in world.alive)
    assert unspent <= max(amount // 100, gateways)


@settings(max_examples=40, deadline=None)
@given(amount=AMOUNTS, gateways=st.integers(1, 5), seed=SEEDS, steps=st.integers(20, 200))
def test_with_the_bus_away_nobody_spends_more_than_its_share(amount: int, gateways: int, seed: int, steps: int) -> None:
    world = World(amount, gateways=gateways, seed=seed, clock_error=0)

    def long_silence() -> None:
        advance(world.log, world.alive, world.random.choice([1.1, 5, 20]))

    def check() -> None:
        for gateway in world.alive:
            for minute, forwarded in gateway.forwarded.items():
                share = granted(world.log, gateway.id, amount=amount, minute=minute)
                assert forwarded <= max(share, amount // gateways)

    world.check = check  # type: ignore[method-assign]  # another promise holds
    world.play(
        steps,
        (20, world.spend), (10, world.send), (5, world.arrive), (5, world.fail), (5, world.read_all),
        (3, long_silence), (1, world.the_window_turns),
    )  # fmt: skip
