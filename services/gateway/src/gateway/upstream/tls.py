"""Whom the gateway believes to be a backend on wss://: the system's authorities and the operator's, by name, TLS 1.2 or
newer.
"""

import ssl
from pathlib import Path

from hosting.settings import UnusableSettings


def backend_tls(ca_file: Path | None) -> ssl.SSLContext:
    """The context for every dial. Raises UnusableSettings when the file cannot be used."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if ca_file is not None:
            context.load_verify_locations(ca_file)
    except OSError as error:  # SSLError among them: the file holds no certificate.
        reason = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise UnusableSettings(f"GATEWAY_BACKEND_CA_FILE: cannot read {ca_file}: {reason}") from error
    return context
