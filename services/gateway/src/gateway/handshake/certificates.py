"""The certificates of the wss listener: one that is served to whoever asks for no name that another one has, and more
in a folder, chosen by SNI (RFC 6066, 3).

Promises that a file that changes is served to the next connection within seconds while open sessions go on, and that
a broken new file leaves the old certificate in place and says so. ``run`` is a background task of the gateway.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import structlog
from cryptography import x509

_log = structlog.get_logger(__name__)

LOOK_EVERY = timedelta(seconds=2)


class CertificateFiles(NamedTuple):
    """PEM files: the chain, and the private key of its first certificate."""

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Certificate:
    """A pair of files as it was read: names in lower case, when it ends, and the context that serves it."""

    names: frozenset[str]
    not_after: datetime
    context: ssl.SSLContext


_Stamp = tuple[tuple[int, int, int], ...]


class Certificates:
    """Reads everything at once, so that a gateway with a bad certificate does not start: raises OSError (which
    ``ssl.SSLError`` is) or ValueError. ``folder`` holds pairs ``NAME.crt`` and ``NAME.key``.
    """

    def __init__(self, first: CertificateFiles, *, folder: Path | None = None) -> None:
        self._first = first
        self._folder = folder
        self._stamps = {files: _stamp(files) for files in self._files()}
        self._served = {files: _read(files) for files in self._stamps}
        self._by_name = _by_name(self._served.values())
        self.failures = 0
        # Only ever the beginning of a TLS handshake: its SNI callback puts the context in place that serves it.
        self.context = _server_context()
        self.context.sni_callback = self._choose

    @property
    def served(self) -> dict[str, Certificate]:
        """What is served now, by the name of the chain's file."""
        return {str(files.chain): certificate for files, certificate in self._served.items()}

    async def run(self) -> None:
        """Looks for changed files; ends only by cancellation."""
        while True:
            await asyncio.sleep(LOOK_EVERY.total_seconds())
            await asyncio.to_thread(self.refresh)

    def refresh(self) -> None:
        """Reads what has changed."""
        stamps: dict[CertificateFiles, _Stamp] = {}
        served: dict[CertificateFiles, Certificate] = {}
        for files in self._files():
            stamp, certificate = _stamp(files), self._served.get(files)
            if stamp != self._stamps.get(files):
                certificate = self._read_again(files, instead_of=certificate)
            stamps[files] = stamp
            if certificate is not None:
                served[files] = certificate
        self._stamps, self._served, self._by_name = stamps, served, _by_name(served.values())

    def _read_again(self, files: CertificateFiles, *, instead_of: Certificate | None) -> Certificate | None:
        try:
            certificate = _read(files)
        except (OSError, ValueError) as error:
            self.failures += 1
            _log.error("a certificate cannot be read; the old one stays", chain=str(files.chain), reason=str(error))
            return instead_of
        _log.info("a certificate was read", chain=str(files.chain), not_after=certificate.not_after.isoformat())
        return certificate

    def _files(self) -> list[CertificateFiles]:
        more = sorted(self._folder.glob("*.crt")) if self._folder is not None else []
        return [self._first, *(CertificateFiles(chain, chain.with_suffix(".key")) for chain in more)]

    def _choose(self, tls: ssl.SSLSocket | ssl.SSLObject, server_name: str | None, _: ssl.SSLContext) -> None:
        name = (server_name or "").lower()
        certificate = self._by_name.get(name) or self._by_name.get(f"*.{name.partition('.')[2]}")
        tls.context = (certificate or self._served[self._first]).context


def _by_name(certificates: Iterable[Certificate]) -> dict[str, Certificate]:
    # Where two have a name, the earlier one is served.
    return {name: certificate for certificate in reversed(list(certificates)) for name in certificate.names}


def _read(files: CertificateFiles) -> Certificate:
    parsed = x509.load_pem_x509_certificate(files.chain.read_bytes())
    context = _server_context()
    context.load_cert_chain(files.chain, files.key)
    return Certificate(_names(parsed), parsed.not_valid_after_utc, context)


def _names(certificate: x509.Certificate) -> frozenset[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(name.lower() for name in extension.value.get_values_for_type(x509.DNSName))


def _server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _stamp(files: CertificateFiles) -> _Stamp:
    """Changes with the files, also where a link is made to point elsewhere (as Kubernetes does)."""
    stamps = []
    for path in files:
        try:
            status = path.stat()
        except OSError:
            stamps.append((0, 0, 0))
        else:
            stamps.append((status.st_ino, status.st_mtime_ns, status.st_size))
    return tuple(stamps)
