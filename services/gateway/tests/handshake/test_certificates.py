"""Which certificate a client is shown, over TLS in memory."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.handshake.certificates import CertificateFiles, Certificates


def write_pair(folder: Path, stem: str, *names: str) -> CertificateFiles:
    """A fresh self-signed certificate for these names."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, stem)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = CertificateFiles(folder / f"{stem}.crt", folder / f"{stem}.key")
    files.chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def shown(
    certificates: Certificates, server_name: str | None, *, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> str:
    """The common name and serial number of what a client with this SNI is shown."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = version
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(to_client, to_server, server_hostname=server_name)
    server = certificates.context.wrap_bio(to_server, to_client, server_side=True)
    waiting = [client, server]
    while waiting:
        for side in tuple(waiting):
            try:
                side.do_handshake()
                waiting.remove(side)
            except ssl.SSLWantReadError:
                continue
    parsed = x509.load_der_x509_certificate(client.getpeercert(binary_form=True) or b"")
    return f"{parsed.subject.rfc4514_string().removeprefix('CN=')} {parsed.serial_number}"


def stem(shown_certificate: str) -> str:
    return shown_certificate.partition(" ")[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    more = tmp_path / "more"
    more.mkdir()
    return more


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("server_name", "served"),
    [
        ("first.test", "first"),
        ("a.test", "a"),
        ("A.TEST", "a"),
        ("b.wide.test", "wide"),
        ("a.b.wide.test", "first"),
        ("wide.test", "first"),
        ("unknown.test", "first"),
        (None, "first"),
    ],
)
def test_certificate_is_chosen_by_name(
    tmp_path: Path, folder: Path, version: ssl.TLSVersion, server_name: str | None, served: str
) -> None:
    first = write_pair(tmp_path, "first", "first.test")
    write_pair(folder, "a", "a.test", "also.a.test")
    write_pair(folder, "wide", "*.wide.test")

    certificates = Certificates(first, folder=folder)

    assert stem(shown(certificates, server_name, version=version)) == served


def test_nothing_older_than_tls_12_is_spoken(tmp_path: Path) -> None:
    certificates = Certificates(write_pair(tmp_path, "first", "first.test"))

    assert certificates.context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_changed_file_is_served(tmp_path: Path) -> None:
    certificates = Certificates(write_pair(tmp_path, "first", "first.test"))
    before = shown(certificates, "first.test")

    write_pair(tmp_path, "first", "first.test")
    assert shown(certificates, "first.test") == before
    certificates.refresh()

    assert shown(certificates, "first.test") != before
    assert certificates.failures == 0


def test_link_that_points_elsewhere_is_a_change(tmp_path: Path, folder: Path) -> None:
    for version in ("one", "two"):
        (tmp_path / version).mkdir()
        write_pair(tmp_path / version, "tls", "first.test")
    link = tmp_path / "current"
    link.symlink_to(tmp_path / "one")
    certificates = Certificates(CertificateFiles(link / "tls.crt", link / "tls.key"))
    before = shown(certificates, "first.test")

    link.unlink()
    link.symlink_to(tmp_path / "two")
    certificates.refresh()

    assert shown(certificates, "first.test") != before


@pytest.mark.parametrize("broken", ["no PEM", "cut", "foreign key", "gone"])
def test_broken_file_leaves_the_old_certificate_and_is_counted_once(tmp_path: Path, folder: Path, broken: str) -> None:
    first = write_pair(tmp_path, "first", "first.test")
    certificates = Certificates(first)
    before = shown(certificates, "first.test")
    other = write_pair(folder, "other", "first.test")

    if broken == "no PEM":
        first.chain.write_text("not a certificate")
    elif broken == "cut":
        first.chain.write_bytes(first.chain.read_bytes()[:200])
    elif broken == "foreign key":
        first.key.write_bytes(other.key.read_bytes())
    else:
        first.chain.unlink()
    certificates.refresh()
    certificates.refresh()

    assert shown(certificates, "first.test") == before
    assert certificates.failures == 1


def test_certificate_that_was_half_written_is_served_when_it_is_whole(tmp_path: Path) -> None:
    first = write_pair(tmp_path, "first", "first.test")
    certificates = Certificates(first)
    before = shown(certificates, "first.test")

    first.chain.write_text("")
    certificates.refresh()
    write_pair(tmp_path, "first", "first.test")
    certificates.refresh()

    assert shown(certificates, "first.test") != before


def test_certificates_come_and_go_with_their_folder(tmp_path: Path, folder: Path) -> None:
    certificates = Certificates(write_pair(tmp_path, "first", "first.test"), folder=folder)
    files = write_pair(folder, "a", "a.test")
    certificates.refresh()
    assert stem(shown(certificates, "a.test")) == "a"

    files.chain.unlink()
    certificates.refresh()

    assert stem(shown(certificates, "a.test")) == "first"
    assert list(certificates.served) == [str(tmp_path / "first.crt")]


def test_gateway_does_not_start_with_a_broken_certificate(tmp_path: Path) -> None:
    first = write_pair(tmp_path, "first", "first.test")
    first.chain.write_text("not a certificate")

    with pytest.raises(ValueError, match="PEM"):
        Certificates(first)
