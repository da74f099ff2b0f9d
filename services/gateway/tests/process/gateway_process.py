"""A gateway as an operator runs it: a process of its own, whose facts come from a SQLite log that the test writes."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from backends.sealing import Seal, read_seal
from backing.eventually import eventually, free_ports, scaled
from contracts import Fact, all_topics
from contracts.publisher import Endpoint
from eventbus.bus import TopicSpec
from eventbus.sqlite_log import SqliteBus
from services.gateway.tests.dataplane.backends import echo_backend
from services.gateway.tests.policies.world import deployment, everything, record_of, token

SEALING_KEY = "sealing-key"
READY_WITHIN = timedelta(seconds=60)
STOPPED_WITHIN = timedelta(seconds=15)


@dataclass
class GatewayProcess:
    """Not started yet. `settings` are variables of the environment without their prefix, `environment` others;
    `open_files` is the limit on files, where it is another than ours; `under` is a command that runs the gateway, such
    as `("faketime", "+20s")`; `host` is the address at which it is reached.
    """

    folder: Path
    bus_url: str
    settings: dict[str, str] = field(default_factory=dict)
    name: str = "gateway"
    open_files: int | None = None
    environment: dict[str, str] = field(default_factory=dict)
    under: tuple[str, ...] = ()
    host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        self.ws_port, self.admin_port = free_ports(2)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def ws(self) -> str:
        return f"ws://{self.host}:{self.ws_port}"

    @property
    def admin(self) -> str:
        return f"http://{self.host}:{self.admin_port}"

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    @property
    def log_file(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        own = {
            "HOSTS": self.host,
            "WS_PORT": str(self.ws_port),
            "WSS_PORT": "0",
            "ADMIN_PORT": str(self.admin_port),
            **self.settings,
        }
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment |= {f"GATEWAY_{name}": value for name, value in own.items()}
        environment |= {"EVENTBUS_URL": self.bus_url, "SLUICE_BACKEND_ALLOW": "127.0.0.0/8"}
        environment |= {"SLUICE_SEALING_KEY_FILE": str(self.folder / SEALING_KEY)}
        environment |= self.environment
        command = [*self.under, sys.executable, "-m", "gateway", "serve"]
        if self.open_files is not None:
            command = ["sh", "-c", f'ulimit -n {self.open_files}; exec "$@"', "sh", *command]
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def wait_ready(self) -> None:
        async def is_ready() -> None:
            assert self.process is not None
            assert self.process.poll() is None, self.log
            assert await self.status("/readyz") == 200

        await eventually(is_ready, within=READY_WITHIN, message="the gateway is ready", retry_on=(httpx2.HTTPError,))

    async def status(self, path: str) -> int:
        """What the admin port answers, 0 where it does not."""
        async with httpx2.AsyncClient(base_url=self.admin, timeout=5) as http:
            return (await http.get(path)).status_code

    async def metrics(self) -> str:
        """The page that Prometheus reads."""
        async with httpx2.AsyncClient(base_url=self.admin, timeout=5) as http:
            return (await http.get("/metrics")).text

    def send(self, signal_number: signal.Signals) -> None:
        os.kill(self.pid, signal_number)

    async def wait_ended(self) -> int:
        """Its exit code."""
        assert self.process is not None
        return await asyncio.to_thread(self.process.wait, scaled(STOPPED_WITHIN).total_seconds())

    async def stop(self) -> int:
        """SIGTERM; it must end by itself."""
        self.send(signal.SIGTERM)
        return await self.wait_ended()

    def descendants(self) -> set[int]:
        """The processes of its session, itself included, while they are no zombies."""
        found = set()
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and _session_of(folder) == self.pid:
                found.add(int(folder.name))
        return found

    def close(self) -> None:
        """Whatever is left of it ends."""
        if self.process is None:
            return
        for pid in self.descendants():
            os.kill(pid, signal.SIGKILL)
        self.process.wait()


def _session_of(folder: Path) -> int | None:
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(fields[3]) if fields[0] != "Z" else None


@dataclass(frozen=True, slots=True)
class Site:
    """A log with the facts of one API, whose backend echoes."""

    folder: Path
    bus_url: str

    @contextmanager
    def gateway(self, name: str = "gateway", **settings: str) -> Iterator[GatewayProcess]:
        """A gateway with these settings, not started yet."""
        process = GatewayProcess(self.folder, self.bus_url, settings, name)
        try:
            yield process
        finally:
            process.close()

    @property
    def seal(self) -> Seal:
        """With which a publisher would seal what backends are shown."""
        return read_seal(self.folder / SEALING_KEY)

    async def tell(self, *facts: Fact) -> None:
        """Puts facts on the log."""
        bus = await SqliteBus.open(self.folder / "bus.db")
        try:
            await bus.send([record_of(fact) for fact in facts])
        finally:
            await bus.close()


@asynccontextmanager
async def open_site(folder: Path) -> AsyncIterator[Site]:
    """The backend lives as long as the site."""
    async with echo_backend() as url:
        site = Site(folder, f"sqlite:///{folder}/bus.db")
        (folder / SEALING_KEY).write_bytes(base64.b64encode(os.urandom(32)))
        bus = await SqliteBus.open(folder / "bus.db")
        try:
            await bus.create_topics(TopicSpec(**asdict(topic)) for topic in all_topics())
        finally:
            await bus.close()
        await site.tell(*everything(deployment(production_endpoint=Endpoint(url=url))))
        yield site


def fresh_token(**changes: object) -> str:
    """One of now, for the API of the site."""
    now = int(time.time())
    return token(**{"iat": now - 10, "exp": now + 3600} | changes)


def admin_headers() -> dict[str, str]:
    """For the admin port."""
    return {"Authorization": f"Bearer {fresh_token(aud='sluice-rest', scope='apim:admin', jti='admin')}"}


def open_client(gateway: GatewayProcess, bearer: str, *, url: str | None = None) -> connect:
    """A session with the API of the site: `async with open_client(…) as client`."""
    return connect(
        f"{url or gateway.ws}/chat/1.0/rooms/5",
        additional_headers={"Authorization": f"Bearer {bearer}"},
        open_timeout=10,
    )


async def expect_echo(client: ClientConnection, text: str) -> None:
    """The backend answers."""
    await client.send(text)
    async with asyncio.timeout(10):
        assert await client.recv() == text
