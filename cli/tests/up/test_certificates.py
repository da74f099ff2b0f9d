"""The local certificate is accepted by clients that trust `ca.pem`, and by those only."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from sluice.up.certificates import ensure_certificates
from sluice.up.tls_files import TlsFiles


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
async def test_a_client_that_trusts_the_authority_connects_by_every_local_name(tmp_path: Path, name: str) -> None:
    files = ensure_certificates(tmp_path)

    assert await _handshake(files, name=name, trust=files.ca) == "TLSv1.3"


async def test_the_strictest_checks_of_openssl_accept_it(tmp_path: Path) -> None:
    files = ensure_certificates(tmp_path)
    context = ssl.create_default_context(cafile=str(files.ca))
    context.verify_flags |= ssl.VERIFY_X509_STRICT

    assert await _connect(files, name="localhost", context=context) == "TLSv1.3"


async def test_another_name_is_refused(tmp_path: Path) -> None:
    files = ensure_certificates(tmp_path)

    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        await _handshake(files, name="example.org", trust=files.ca)


async def test_a_client_that_trusts_another_authority_is_refused(tmp_path: Path) -> None:
    files = ensure_certificates(tmp_path / "one")
    other = ensure_certificates(tmp_path / "other")

    with pytest.raises(ssl.SSLCertVerificationError):
        await _handshake(files, name="localhost", trust=other.ca)


def test_good_certificates_are_kept(tmp_path: Path) -> None:
    before = _contents(ensure_certificates(tmp_path))

    assert _contents(ensure_certificates(tmp_path)) == before


def test_a_certificate_near_its_end_is_renewed_by_the_same_authority(tmp_path: Path) -> None:
    files = ensure_certificates(tmp_path)
    before = _contents(files)

    ensure_certificates(tmp_path, now=datetime.now(UTC) + timedelta(days=380))

    assert files.ca.read_bytes() == before[0]
    assert files.certificate.read_bytes() != before[2]


def test_an_authority_near_its_end_is_renewed_with_all_it_signed(tmp_path: Path) -> None:
    files = ensure_certificates(tmp_path)
    before = _contents(files)

    ensure_certificates(tmp_path, now=datetime.now(UTC) + timedelta(days=3400))

    assert all(now != then for now, then in zip(_contents(files), before, strict=True))


@pytest.mark.parametrize("damaged", ["ca.pem", "ca-key.pem", "gateway.pem", "gateway-key.pem"])
async def test_a_damaged_file_is_replaced(tmp_path: Path, damaged: str) -> None:
    ensure_certificates(tmp_path)
    (tmp_path / damaged).write_text("nonsense")

    files = ensure_certificates(tmp_path)

    assert await _handshake(files, name="localhost", trust=files.ca) == "TLSv1.3"


def test_keys_are_private_and_certificates_are_not(tmp_path: Path) -> None:
    files = ensure_certificates(tmp_path)

    assert {path.stat().st_mode & 0o777 for path in (files.key, files.ca_key)} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (files.certificate, files.ca)} == {0o644}


def test_the_authority_may_sign_for_this_machine_only(tmp_path: Path) -> None:
    authority = x509.load_pem_x509_certificate(ensure_certificates(tmp_path).ca.read_bytes())

    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)

    assert constraints.critical
    assert x509.DNSName("localhost") in (constraints.value.permitted_subtrees or [])


def _contents(files: TlsFiles) -> list[bytes]:
    return [path.read_bytes() for path in (files.ca, files.ca_key, files.certificate, files.key)]


async def _handshake(files: TlsFiles, *, name: str, trust: Path) -> str | None:
    return await _connect(files, name=name, context=ssl.create_default_context(cafile=str(trust)))


async def _connect(files: TlsFiles, *, name: str, context: ssl.SSLContext) -> str | None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(files.certificate, files.key)

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(close, "127.0.0.1", 0, ssl=serving)
    port = server.sockets[0].getsockname()[1]
    try:
        async with asyncio.timeout(10):
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
        version: str | None = writer.get_extra_info("ssl_object").version()
        writer.close()
        await writer.wait_closed()
        return version
    finally:
        server.close()
        await server.wait_closed()
