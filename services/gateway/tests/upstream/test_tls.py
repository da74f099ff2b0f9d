"""Whom the gateway believes to be a backend."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from gateway.upstream.tls import backend_tls
from hosting.settings import UnusableSettings


def test_certificates_and_names_are_verified_with_new_tls_only() -> None:
    context = backend_tls(None)

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("content", [None, b"", b"rubbish", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_unusable_authorities_are_refused_in_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UnusableSettings, match=r"GATEWAY_BACKEND_CA_FILE: cannot read .*ca\.pem: \w+"):
        backend_tls(path)
