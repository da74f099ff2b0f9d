"""What is counted in plain numbers is shown as the library's own counters would show it."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from gateway.metrics.families import CONNECT_DURATION, CONNECTIONS_CLOSED, EVENT_LOOP_LAG
from gateway.metrics.family import Family
from telemetry.metrics import create_registry

CHAT = ("Chat", "1.0")
SECONDS = (0.0, 0.005, 0.0050001, 0.3, 10.0, 11.0)


def counter(family: Family, registry: CollectorRegistry) -> Counter:
    return Counter(family.name, family.text, family.labels, registry=registry)


def histogram(family: Family, registry: CollectorRegistry) -> Histogram:
    return Histogram(family.name, family.text, family.labels, registry=registry, buckets=family.buckets)


def registries() -> tuple[CollectorRegistry, CollectorRegistry]:
    """One for us and one for the library, with its settings."""
    create_registry(service="gateway", release="1")
    return CollectorRegistry(), CollectorRegistry()


def test_counts_are_shown_as_the_library_shows_them() -> None:
    ours, theirs = registries()
    counted, expected = CONNECTIONS_CLOSED.counter(ours), counter(CONNECTIONS_CLOSED, theirs)

    for labels, count in (((*CHAT, "Gold", "client", "1000"), 1), ((*CHAT, 'a"b', "client", "none"), 3)):
        for _ in range(2):
            counted.add(labels, count)
            expected.labels(*labels).inc(count)

    assert generate_latest(ours) == generate_latest(theirs)


def test_timings_are_shown_as_the_library_shows_them() -> None:
    ours, theirs = registries()
    timings, expected = CONNECT_DURATION.histogram(ours), histogram(CONNECT_DURATION, theirs)

    for seconds in SECONDS:
        timings.observe(CHAT, seconds)
        expected.labels(*CHAT).observe(seconds)

    assert generate_latest(ours) == generate_latest(theirs)


def test_timings_without_labels_are_shown_from_the_beginning() -> None:
    ours, theirs = registries()
    EVENT_LOOP_LAG.histogram(ours)
    histogram(EVENT_LOOP_LAG, theirs)

    assert generate_latest(ours) == generate_latest(theirs)
