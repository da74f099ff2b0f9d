"""Connections at the same time: never more than the plan allows, over all gateways, whatever comes between."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.publisher import PlanLevel
from gateway.quotas.names import Owner, places_name
from gateway.quotas.places import Places

from .simulation import Gateway, Log, advance, plan

NAME = places_name(Owner(PlanLevel.SUBSCRIPTION, "s1"))


@dataclass
class Door:
    """One gateway's sessions and handshakes."""

    gateway: Gateway
    open: int = 0
    refused: int = 0
    waiting: list[int] = field(default_factory=list)

    @property
    def places(self) -> Places:
        return self.gateway.book.places(NAME)

    def knock(self) -> None:
        self.waiting.append(1)
        # A function of its own each time, as every handshake has.
        self.places.ask(lambda is_granted: self._answer(is_granted=is_granted))

    def leave(self) -> None:
        if self.open:
            self.open -= 1
            self.places.give_back()

    def _answer(self, *, is_granted: bool) -> None:
        self.waiting.pop()
        self.open += is_granted
        self.refused += not is_granted


def doors(log: Log, count: int, *, limit: int) -> list[Door]:
    found = [Door(Gateway(log, plan(None, connections=limit), instance_id=f"g{number}")) for number in range(count)]
    for door in found:
        door.gateway.meet(*(other.gateway for other in found))
    return found


def exchange_all(alive: list[Door]) -> None:
    for door in alive * 4:
        door.gateway.arrive()
        door.gateway.exchange()


@settings(max_examples=40, deadline=None)
@given(limit=st.integers(0, 6), count=st.integers(1, 4), seed=st.integers(0, 2**32), steps=st.integers(10, 250))
def test_never_more_sessions_than_places(limit: int, count: int, seed: int, steps: int) -> None:
    log, random = Log(), Random(seed)
    alive, started = doors(log, count, limit=limit), count

    for happening in random.choices(
        ("knock", "leave", "send", "arrive", "read", "fail", "again", "restart"), (9, 5, 9, 9, 9, 1, 1, 0.3), k=steps
    ):
        door = random.choice(alive)
        match happening:
            case "knock":
                door.knock()
            case "leave":
                door.leave()
            case "send":
                door.gateway.send()
            case "arrive":
                door.gateway.arrive()
            case "read":
                door.gateway.read(random.choice([1, None]))
            case "fail":
                door.gateway.fail(is_written=random.random() < 0.5)
            case "again":
                door.gateway.position = 0
                door.gateway.read()
            case "restart":
                # Its places are free only when it has been silent for half a minute.
                alive.remove(door)
                new = Door(Gateway(log, plan(None, connections=limit), instance_id=f"g{started}"))
                started += 1
                alive.append(new)
                for one in alive:
                    one.gateway.meet(*(other.gateway for other in alive))
        assert sum(door.open for door in alive) <= limit

    exchange_all(alive)
    assert not any(door.waiting for door in alive), "everybody is answered"


def test_place_that_is_given_back_is_free_for_others() -> None:
    log = Log()
    one, other = doors(log, 2, limit=1)
    one.knock()
    other.knock()
    exchange_all([one, other])
    assert (one.open, other.open, other.refused) == (1, 0, 1)

    one.leave()
    exchange_all([one, other])
    other.knock()
    exchange_all([one, other])

    assert other.open == 1


def test_places_of_a_killed_gateway_are_free_after_half_a_minute() -> None:
    log = Log()
    killed, other = doors(log, 2, limit=1)
    killed.knock()
    exchange_all([killed, other])

    for seconds, is_open in ((25, 0), (6, 1)):
        advance(log, [other.gateway], seconds)
        other.gateway.meet()
        other.knock()
        exchange_all([other])
        assert other.open == is_open


def test_places_of_a_gateway_that_said_goodbye_are_free_at_once() -> None:
    log = Log()
    ended, other = doors(log, 2, limit=1)
    ended.knock()
    exchange_all([ended, other])

    other.gateway.book.hear_goodbye(ended.gateway.id)
    other.knock()
    exchange_all([other])

    assert other.open == 1


def test_with_the_bus_away_a_gateway_has_its_share_and_at_least_one() -> None:
    log = Log()
    for limit, is_open in ((6, 3), (1, 1)):
        door, _ = doors(log, 2, limit=limit)
        for _ in range(10):
            door.knock()

        advance(log, [door.gateway], 1.1)

        assert (door.open, door.refused) == (is_open, 10 - is_open)


def test_raised_limit_lets_more_in_and_a_lowered_one_sends_nobody_away() -> None:
    log = Log()
    (door,) = doors(log, 1, limit=2)
    for _ in range(2):
        door.knock()
    exchange_all([door])

    door.gateway.use(plan(None, connections=1))
    door.knock()
    exchange_all([door])
    assert (door.open, door.refused) == (2, 1)
    door.gateway.use(plan(None, connections=3))
    door.knock()
    exchange_all([door])

    assert door.open == 3


def test_sessions_from_before_a_limit_count() -> None:
    log = Log()
    one, other = doors(log, 2, limit=2)
    for door in (one, other):
        door.gateway.use(plan(None))
    for _ in range(2):
        one.places.take()

    for door in (one, other):
        door.gateway.use(plan(None, connections=2))
    exchange_all([one, other])
    other.knock()
    exchange_all([one, other])

    assert (other.open, other.refused) == (0, 1)
