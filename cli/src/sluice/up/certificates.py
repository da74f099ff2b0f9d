"""The certificate authority and certificate of a local run, so that wss works at once: `python -m
sluice.up.certificates FOLDER`.

The authority may sign for this machine's own names only (name constraints, RFC 5280 section 4.2.1.10), so adding
`ca.pem` to a trust store gives nobody power over other names. Certificates near their end are made anew; the others are
kept. The launcher runs this in a process of its own, which leaves the cryptography library out of its memory.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sluice.up.secrets import write_private
from sluice.up.tls_files import TlsFiles

# Longer than 398 days is refused by the certificate checks of macOS.
_LEAF_LIFETIME = timedelta(days=397)
_AUTHORITY_LIFETIME = timedelta(days=3650)
_RENEW_BEFORE = timedelta(days=30)
# Clocks of other machines may be behind ours by a little.
_BACKDATED = timedelta(hours=1)
_HOST = "localhost"
_ADDRESSES = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class _Signer:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def ensure_certificates(folder: Path, *, now: datetime | None = None) -> TlsFiles:
    """Makes what is missing, unreadable or near its end. Raises `OSError` when the folder cannot be written."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = TlsFiles.in_folder(folder)
    moment = now or datetime.now(UTC)
    authority = _kept(files.ca, files.ca_key, now=moment)
    # The leaf ends before its authority does, or clients would refuse a leaf that looks good.
    if authority is None or not _lasts(authority, until=moment + _LEAF_LIFETIME + _RENEW_BEFORE):
        authority = _new_authority(moment)
        _keep(authority, files.ca, files.ca_key)
    leaf = _kept(files.certificate, files.key, now=moment)
    if leaf is None or not _is_signed_by(leaf.certificate, authority):
        _keep(_new_leaf(authority, moment), files.certificate, files.key)
    return files


def _kept(certificate_file: Path, key_file: Path, *, now: datetime) -> _Signer | None:
    """What is in the files, if it is whole, fits together and is good for a while yet."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = load_pem_private_key(key_file.read_bytes(), password=None)
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        return None
    kept = _Signer(certificate, key)
    return kept if _lasts(kept, until=now + _RENEW_BEFORE) and certificate.not_valid_before_utc <= now else None


def _lasts(signer: _Signer, *, until: datetime) -> bool:
    return signer.certificate.not_valid_after_utc > until


def _is_signed_by(certificate: x509.Certificate, authority: _Signer) -> bool:
    identifier = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    return identifier == x509.SubjectKeyIdentifier.from_public_key(authority.key.public_key()).digest


def _keep(made: _Signer, certificate_file: Path, key_file: Path) -> None:
    key = made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(key_file, key.decode())
    write_private(certificate_file, made.certificate.public_bytes(Encoding.PEM).decode())
    # A certificate is no secret; wscat of another user must be able to read the authority's.
    certificate_file.chmod(0o644)


def _new_authority(now: datetime) -> _Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Sluice local authority")
    allowed: list[x509.GeneralName] = [
        x509.DNSName(_HOST),
        x509.IPAddress(IPv4Network("127.0.0.0/8")),
        x509.IPAddress(IPv6Network("::1/128")),
    ]
    certificate = (
        _builder(name, name, key.public_key(), now=now, lifetime=_AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=allowed, excluded_subtrees=None), critical=True)
        .sign(key, SHA256())
    )
    return _Signer(certificate, key)


def _new_leaf(authority: _Signer, now: datetime) -> _Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [x509.DNSName(_HOST), *(x509.IPAddress(ip_address(each)) for each in _ADDRESSES)]
    issuer_identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    certificate = (
        _builder(_name(_HOST), authority.certificate.subject, key.public_key(), now=now, lifetime=_LEAF_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(issuer_identifier, critical=False)
        .sign(authority.key, SHA256())
    )
    return _Signer(certificate, key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sluice"), _common_name(text)])


def _common_name(text: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(NameOID.COMMON_NAME, text)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


if __name__ == "__main__":
    ensure_certificates(Path(sys.argv[1]))
