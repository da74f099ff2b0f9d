"""The secrets of the platform on one machine: made at the first start, kept in the data folder, mode 0600.

Nothing here is ever printed but a generated admin password, once, at the start that generated it.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_KEY_BYTES = 32
ADMIN_PASSWORD_FILE = "admin-password"  # noqa: S105  # a file's name


@dataclass(frozen=True, slots=True)
class LocalSecrets:
    """What the services are given."""

    admin_password: str = field(repr=False)
    publisher_client_secret: str = field(repr=False)
    devportal_client_secret: str = field(repr=False)
    encryption_key_file: Path
    sealing_key_file: Path
    is_admin_password_new: bool
    """True at the one start that made the password up, so that it is shown then."""
    is_asked_password_ignored: bool
    """True when SLUICE_ADMIN_PASSWORD is another than the one that the admin was made with."""


def local_secrets(folder: Path, *, admin_password: str | None) -> LocalSecrets:
    """Reads the secrets of a data folder and makes those that are missing.

    `admin_password` counts at the first start only: afterwards it is the key manager that knows the admin's password.
    """
    password_file = folder / ADMIN_PASSWORD_FILE
    is_first_start = not password_file.exists()
    kept_password = _kept(password_file, make=lambda: admin_password or secrets.token_urlsafe(18))
    return LocalSecrets(
        admin_password=kept_password,
        publisher_client_secret=_kept(folder / "publisher-client-secret", make=_random_secret),
        devportal_client_secret=_kept(folder / "devportal-client-secret", make=_random_secret),
        encryption_key_file=_kept_file(folder / "keymanager-encryption-key"),
        sealing_key_file=_kept_file(folder / "sealing-key"),
        is_admin_password_new=is_first_start and admin_password is None,
        is_asked_password_ignored=admin_password is not None and admin_password != kept_password,
    )


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner can read, all of it or nothing."""
    scratch = path.with_name(f".{path.name}.new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def _kept(path: Path, *, make: Callable[[], str]) -> str:
    if not path.exists():
        write_private(path, f"{make()}\n")
    path.chmod(0o600)
    return path.read_text(encoding="utf-8").rstrip("\n")


def _kept_file(path: Path) -> Path:
    _kept(path, make=lambda: base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode())
    return path


def _random_secret() -> str:
    return secrets.token_urlsafe(32)
