"""The pytest side: fixtures for the backing parts, and a section at the end that says what could not be tested and why.

Session fixtures start a part when the first test asks, and stop it at the end, also on Ctrl-C. A test whose part is
unavailable is skipped with the reason; with SLUICE_REQUIRE_ALL=1 it fails instead. Works with the module loaded by
`-p backing.plugin` or by a conftest.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import pytest
import structlog

from backing.autobahn import Autobahn, fetch_autobahn
from backing.kafka import KafkaBroker, NamedKafka, fetch_kafka, named_kafka
from backing.node import Wscat, fetch_wscat
from backing.postgres import NamedPostgres, PostgresServer, fetch_postgres, named_postgres
from backing.unavailable import NotOurs, PartUnavailable

NOT_RUN = pytest.StashKey[Counter[tuple[str, str]]]()


class Worker(Protocol):
    """A process of pytest-xdist's, which has no types. `config` is that of the process that prints."""

    config: pytest.Config


class StartKafka(Protocol):
    """Starts a broker for one test, which is stopped with the test."""

    def __call__(self, *, properties: Mapping[str, str] | None = None) -> KafkaBroker: ...


def pytest_configure(config: pytest.Config) -> None:
    config.stash.setdefault(NOT_RUN, Counter())
    # What a service logs in a test is read only when the test fails, and structlog's own default draws every local
    # variable of a traceback, which takes minutes.
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Not where the fixture is made: a session fixture raises once, and pytest repeats that for every other test."""
    with _reported(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A part can also turn out to be missing in the test itself, at a restart for example."""
    with _reported(item):
        return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist tells the process that prints."""
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["not_run"] = [(*missing, tests) for missing, tests in session.config.stash[NOT_RUN].items()]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Worker) -> None:
    # A worker that crashed has told nothing.
    for part, reason, tests in getattr(node, "workeroutput", {}).get("not_run", ()):
        node.config.stash[NOT_RUN][part, reason] += tests


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    not_run = config.stash[NOT_RUN]
    if not not_run:
        return
    terminalreporter.section("not run")
    for (part, reason), tests in sorted(not_run.items()):
        terminalreporter.line(f"{part}: {tests} {'test' if tests == 1 else 'tests'}, because: {reason}")
    terminalreporter.line("SLUICE_REQUIRE_ALL=1 makes these tests fail.")


@pytest.fixture(scope="session")
def kafka_broker(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[KafkaBroker | NamedKafka]:
    """The broker that all tests share; one topic prefix for each test keeps them apart."""
    if (named := named_kafka()) is not None:
        yield named
        return
    with _shown(pytestconfig):
        fetch_kafka()
    with ExitStack() as ends:
        broker = KafkaBroker()
        ends.callback(broker.stop)
        broker.start(tmp_path_factory.mktemp("kafka"))
        yield broker


@pytest.fixture
def killable_kafka(kafka_broker: KafkaBroker | NamedKafka) -> Iterator[KafkaBroker]:
    """The shared broker for a test that breaks it: running at the beginning, mended at the end."""
    if not isinstance(kafka_broker, KafkaBroker):
        raise NotOurs("kafka", "the broker is named by SLUICE_TEST_KAFKA and cannot be killed")
    if not kafka_broker.is_running:
        kafka_broker.restart()
    yield kafka_broker
    kafka_broker.resume()


@pytest.fixture
def start_kafka(tmp_path: Path, pytestconfig: pytest.Config) -> Iterator[StartKafka]:
    """Starts brokers of the test's own, e.g. `start_kafka(properties=QUICK_COMPACTION)`; see KafkaBroker.start."""
    with _shown(pytestconfig):
        fetch_kafka()
    with ExitStack() as ends:

        def start(*, properties: Mapping[str, str] | None = None) -> KafkaBroker:
            broker = KafkaBroker()
            ends.callback(broker.stop)
            broker.start(tmp_path / f"kafka-{len(list(tmp_path.iterdir()))}", properties=properties)
            return broker

        yield start


@pytest.fixture(scope="session")
def postgres_server(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[PostgresServer | NamedPostgres]:
    """The server that all tests share; `create_database` gives each test a database of its own."""
    if (named := named_postgres()) is not None:
        yield named
        return
    with _shown(pytestconfig):
        fetch_postgres()
    with ExitStack() as ends:
        server = PostgresServer()
        ends.callback(server.discard)
        server.start(tmp_path_factory.mktemp("postgres"))
        yield server


@pytest.fixture
def killable_postgres(postgres_server: PostgresServer | NamedPostgres) -> Iterator[PostgresServer]:
    """The shared server for a test that breaks it: running at the beginning, mended at the end."""
    if not isinstance(postgres_server, PostgresServer):
        raise NotOurs("postgres", "the server is named by SLUICE_TEST_POSTGRES and cannot be killed")
    if not postgres_server.is_running:
        postgres_server.restart()
    yield postgres_server
    postgres_server.resume()
    if not postgres_server.is_running:
        postgres_server.restart()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer | NamedPostgres) -> Iterator[str]:
    """An empty database for this test alone, gone afterwards."""
    url = postgres_server.create_database("test")
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def autobahn(pytestconfig: pytest.Config) -> Autobahn:
    with _shown(pytestconfig):
        return fetch_autobahn()


@pytest.fixture(scope="session")
def wscat(pytestconfig: pytest.Config) -> Wscat:
    with _shown(pytestconfig):
        return fetch_wscat()


@contextmanager
def _shown(config: pytest.Config) -> Iterator[None]:
    """Lets progress through to the person who waits: a first fetch takes time, and pytest would swallow its lines."""
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is None:
        yield
        return
    with capture.global_and_fixture_disabled():
        yield


@contextmanager
def _reported(item: pytest.Item) -> Iterator[None]:
    try:
        yield
    except PartUnavailable as missing:
        item.config.stash[NOT_RUN][missing.part, missing.reason] += 1
        reason = f"not run, {missing}"
        if os.environ.get("SLUICE_REQUIRE_ALL") == "1":
            raise pytest.fail.Exception(reason, pytrace=False) from missing
        raise pytest.skip.Exception(reason) from missing
