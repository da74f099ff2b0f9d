"""Where the certificates of a local run are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The authority that people trust, the gateway's certificate, and the private key of each."""

    ca: Path
    ca_key: Path
    certificate: Path
    key: Path

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """The names are fixed; nothing is made or read."""
        return cls(folder / "ca.pem", folder / "ca-key.pem", folder / "gateway.pem", folder / "gateway-key.pem")
