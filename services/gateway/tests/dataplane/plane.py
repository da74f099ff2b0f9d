"""A gateway's data plane with an admission that a test can change, a certificate, and raw clients."""

import asyncio
import socket
import ssl
import struct
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from backends.address_rules import AddressRules
from backends.allow_list import parse_allow_list
from backing.eventually import eventually
from contracts.publisher import Endpoint
from gateway.handshake import refusals
from gateway.handshake.admission import Admitted, Decision, HandshakeAttempt
from gateway.handshake.credentials import find_credential
from gateway.handshake.listener import Listener, ListenerAddress
from gateway.handshake.reception import HandshakeTimeouts, Reception
from gateway.handshake.refusal import Refusal
from gateway.session.close_timeouts import CloseTimeouts
from gateway.session.registry import SessionRegistry
from gateway.session.session import Session, SessionLabels
from gateway.upstream.attempt import Way
from gateway.upstream.backend_group import BackendGroup, build_group
from gateway.upstream.dial import Dialer
from gateway.upstream.errors import UpstreamError
from gateway.upstream.look_ups import AskSystem, LookUps, ask_system
from gateway.upstream.resolver import SystemResolver

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
SOON = timedelta(seconds=5)
DIAL_TIMEOUT = timedelta(seconds=0.5)


class OpenAdmission:
    """Admits every request with a credential under /echo to ``url``; a test may say otherwise."""

    def __init__(self) -> None:
        self.url = "ws://127.0.0.1:1/"
        self.backends: BackendGroup | None = None
        self.answer: Callable[[HandshakeAttempt], Decision | Awaitable[Decision] | None] = lambda _: None
        self.confirmation: Refusal | None = None
        self.max_message_bytes: int | None = None
        self.attempts: list[HandshakeAttempt] = []
        self.released: list[Admitted] = []

    def decide(self, attempt: HandshakeAttempt) -> Decision | Awaitable[Decision]:
        self.attempts.append(attempt)
        answer = self.answer(attempt)
        if answer is not None:
            return answer
        credential = find_credential(attempt.head)
        if isinstance(credential, Refusal):
            return credential
        if not attempt.head.path.startswith("/echo"):
            return refusals.NO_API
        return self.admitted(attempt.head.path.removeprefix("/echo"))

    def admitted(self, sub_path: str = "") -> Admitted:
        return Admitted(self.group(), SessionLabels(api_id="echo"), sub_path)

    def group(self) -> BackendGroup:
        """A new one for each handshake, unless the test's own."""
        return self.backends or build_group(Endpoint(url=self.url), api_id="echo")

    def confirm(self, attempt: HandshakeAttempt, admitted: Admitted) -> Refusal | None:
        return self.confirmation

    def release(self, admitted: Admitted) -> None:
        self.released.append(admitted)


@dataclass
class Witness:
    """Counts what observers are told."""

    refused_names: list[str] = field(default_factory=list)
    accepted_count: int = 0
    backend_errors: list[UpstreamError] = field(default_factory=list)
    opened: list[Session] = field(default_factory=list)
    closed: list[Session] = field(default_factory=list)

    def forget_sessions(self) -> None:
        """Hold on to none, as if there had been none."""
        self.accepted_count = 0
        self.opened.clear()
        self.closed.clear()

    def refused(self, refusal: Refusal, attempt: HandshakeAttempt | None, *, peer_address: str) -> None:
        self.refused_names.append(refusal.name)

    def accepted(self, admitted: Admitted, attempt: HandshakeAttempt, *, seconds: float) -> None:
        self.accepted_count += 1

    def backend_failed(self, api_id: str, error: UpstreamError) -> None:
        self.backend_errors.append(error)

    def session_opened(self, session: Session) -> None:
        self.opened.append(session)

    def session_closed(self, session: Session) -> None:
        self.closed.append(session)


@dataclass
class Plane:
    """What a test works with."""

    admission: OpenAdmission
    reception: Reception
    witness: Witness
    ws: Listener
    wss: Listener
    tls: ssl.SSLContext

    @property
    def registry(self) -> SessionRegistry:
        return self.reception.registry

    @property
    def ws_port(self) -> int:
        return self.ws.ports[0]

    @property
    def wss_port(self) -> int:
        return self.wss.ports[0]

    async def connect(self, *, is_tls: bool = False, port: int | None = None) -> "RawClient":
        port = port or (self.wss_port if is_tls else self.ws_port)
        context = {"ssl": self.tls, "server_hostname": "localhost"} if is_tls else {}
        reader, writer = await asyncio.open_connection("127.0.0.1", port, **context)  # type: ignore[arg-type]  # kwargs
        return RawClient(reader, writer)

    async def open_session(self, *, is_tls: bool = False, headers: str = "") -> "RawClient":
        client = await self.connect(is_tls=is_tls)
        client.send(upgrade_request(headers=headers))
        response = await client.read_head()
        assert response.startswith("HTTP/1.1 101 "), response
        return client

    async def everything_ends(self) -> None:
        def nothing_left() -> None:
            assert len(self.registry) == 0
            assert not self.reception.pending

        await eventually(nothing_left, within=SOON, message="sessions or handshakes are left")


class RawClient:
    """A TCP connection that speaks only what the test says."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def read_head(self) -> str:
        async with asyncio.timeout(SOON.total_seconds()):
            return (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")

    async def read_exactly(self, size: int) -> bytes:
        async with asyncio.timeout(SOON.total_seconds()):
            return await self.reader.readexactly(size)

    async def read_all(self, *, within: timedelta = SOON) -> bytes:
        """Everything until the end of the stream; a reset ends it too, but is told by an error."""
        async with asyncio.timeout(within.total_seconds()):
            return await self.reader.read()

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError, ssl.SSLError):  # The other side may have been quicker.
            await self.writer.wait_closed()

    def reset(self) -> None:
        reset_connection(self.writer)


def reset_connection(writer: asyncio.StreamWriter) -> None:
    """End with RST instead of FIN."""
    linger_for_no_time = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_for_no_time)
    writer.transport.abort()


def upgrade_request(path: str = "/echo", *, headers: str = "", token: str | None = "t") -> bytes:
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n{authorization}{headers}\r\n"
    ).encode("latin-1")


@asynccontextmanager
async def open_plane(*, allow: str = "127.0.0.0/8, localhost", ask_dns: AskSystem = ask_system) -> AsyncIterator[Plane]:
    server_tls, client_tls = _tls_contexts()
    admission, witness = OpenAdmission(), Witness()
    resolver = SystemResolver(AddressRules(parse_allow_list(allow)), look_ups=LookUps(ask_dns))
    dialer = Dialer(Way(resolver, client_tls), timeout=DIAL_TIMEOUT, observer=witness)
    reception = Reception(
        admission,
        dialer,
        SessionRegistry((witness,)),
        (witness,),
        handshake_timeouts=HandshakeTimeouts(head=timedelta(seconds=0.4), linger=timedelta(seconds=0.4)),
        close_timeouts=CloseTimeouts(answer=timedelta(seconds=0.3), linger=timedelta(seconds=0.6)),
    )
    ws = Listener(reception, address=ListenerAddress(("127.0.0.1",), 0))
    wss = Listener(reception, address=ListenerAddress(("127.0.0.1",), 0), tls=server_tls)
    await ws.start()
    await wss.start()
    plane = Plane(admission, reception, witness, ws, wss, client_tls)
    try:
        yield plane
        await plane.everything_ends()
        assert len(witness.opened) == len(witness.closed) == witness.accepted_count
    finally:
        ws.stop_accepting()
        wss.stop_accepting()
        await reception.close()


def _tls_contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    certificate, key = _certificate()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "both.pem")
        path.write_bytes(key + certificate)
        server.load_cert_chain(path)
    client = ssl.create_default_context(cadata=certificate.decode())
    return server, client


def _certificate() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), encoded
