"""A new certificate is served to new clients while open sessions go on."""

import asyncio
import ssl
from pathlib import Path

from gateway.handshake.certificates import Certificates
from gateway.handshake.listener import Listener, ListenerAddress
from services.gateway.tests.handshake.test_certificates import write_pair

from .backends import echo_backend
from .plane import Plane, RawClient, upgrade_request
from .wire import masked, plain


async def connect(plane: Plane, listener: Listener) -> tuple[RawClient, bytes]:
    """A client that trusts everybody, and the certificate that it was shown."""
    plane.tls.check_hostname, plane.tls.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", listener.ports[0], ssl=plane.tls, server_hostname="first.test"
    )
    return RawClient(reader, writer), writer.get_extra_info("ssl_object").getpeercert(binary_form=True)


async def test_session_outlives_the_certificate_it_began_with(plane: Plane, tmp_path: Path) -> None:
    certificates = Certificates(write_pair(tmp_path, "first", "first.test"))
    listener = Listener(plane.reception, address=ListenerAddress(("127.0.0.1",), 0), tls=certificates.context)
    await listener.start()
    async with echo_backend() as url:
        plane.admission.url = url
        session, shown_before = await connect(plane, listener)
        session.send(upgrade_request())
        await session.read_head()

        write_pair(tmp_path, "first", "first.test")
        certificates.refresh()
        newcomer, shown_after = await connect(plane, listener)
        session.send(masked(b"still here"))

        assert await session.read_exactly(12) == plain(b"still here")
        assert shown_after != shown_before
        session.reset()
        newcomer.reset()
        listener.stop_accepting()
        await plane.everything_ends()
