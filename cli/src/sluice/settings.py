"""The settings of the `sluice` command: the ports and folders of the platform on one machine.

Plain dataclasses without a settings library, because the launcher lives as long as the platform and should stay small.
The settings of the services themselves are not read here: they are handed on as they are (`up/environment.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Self

from sluice.errors import CannotStart

DOCUMENTED = (
    ("SLUICE_DATA_DIR", "./data", "Where `make run` keeps databases, the bus, certificates and secrets."),
    (
        "SLUICE_ADMIN_PASSWORD",
        "generated",
        "Password of the user `admin` that the first start makes; kept in the data folder.",
    ),
    ("SLUICE_ECHO_PORT", "9000", "Port of the echo backend."),
    ("SLUICE_START_TIMEOUT", "120", "Seconds within which everything must be ready."),
)
"""The launcher's own variables, for the generated documentation: name, default, meaning."""

_FORBIDDEN_IN_FOLDERS = "?#%\n"


def _port(variable: str, default: int, *, of: str, can_be_off: bool = False) -> int:
    """A port's field; typed as what it holds, like `dataclasses.field` itself."""
    metadata = {"variable": variable, "of": of, "can_be_off": can_be_off}
    port: int = field(default=default, metadata=metadata)
    return port


@dataclass(frozen=True, slots=True)
class NamedPort:
    """A port with the words to talk about it."""

    number: int
    variable: str
    of: str


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens; 0 turns a listener of the gateway off."""

    publisher: int = _port("PUBLISHER_HTTP_PORT", 8081, of="the publisher")
    devportal: int = _port("DEVPORTAL_HTTP_PORT", 8082, of="the developer portal")
    keymanager: int = _port("KEYMANAGER_HTTP_PORT", 8083, of="the key manager")
    gateway_admin: int = _port("GATEWAY_ADMIN_PORT", 8084, of="the gateway's admin API")
    gateway_ws: int = _port("GATEWAY_WS_PORT", 9099, of="the gateway's ws", can_be_off=True)
    gateway_wss: int = _port("GATEWAY_WSS_PORT", 8099, of="the gateway's wss", can_be_off=True)
    echo: int = _port("SLUICE_ECHO_PORT", 9000, of="the echo backend")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Raises `CannotStart` for what is no port."""
        given: dict[str, int] = {}
        for each in fields(cls):
            variable = each.metadata["variable"]
            text = environ.get(variable, "").strip()
            if text:
                given[each.name] = _port_number(text, variable, lowest=0 if each.metadata["can_be_off"] else 1)
        return cls(**given)

    def named(self) -> list[NamedPort]:
        """Those that are on."""
        every = [
            NamedPort(getattr(self, each.name), each.metadata["variable"], each.metadata["of"]) for each in fields(self)
        ]
        return [port for port in every if port.number]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the launcher and the demo need to know."""

    data_folder: Path
    ports: Ports
    admin_password: str | None = field(default=None, repr=False)
    start_timeout_seconds: float = 120.0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Raises `CannotStart` with what is wrong."""
        return cls(
            data_folder=_data_folder(environ.get("SLUICE_DATA_DIR", "").strip() or "data"),
            ports=Ports.from_environment(environ),
            admin_password=_password(environ.get("SLUICE_ADMIN_PASSWORD", "")),
            start_timeout_seconds=_seconds(environ.get("SLUICE_START_TIMEOUT", "").strip() or "120"),
        )


def _data_folder(text: str) -> Path:
    folder = Path(text).expanduser().absolute()
    # The folder becomes part of database URLs, where these characters mean something else.
    if any(letter in str(folder) for letter in _FORBIDDEN_IN_FOLDERS):
        raise CannotStart(f"SLUICE_DATA_DIR: {folder} has a character ('?', '#', '%') that a database URL cannot hold.")
    return folder


def _password(text: str) -> str | None:
    # The key manager's own limits; found out there, the password would be in the data folder already.
    if text and not (8 <= len(text) <= 1024 and text.isprintable() and text == text.strip()):
        raise CannotStart(
            "SLUICE_ADMIN_PASSWORD: give 8 to 1024 printable characters that neither begin nor end with a space."
        )
    return text or None


def _port_number(text: str, variable: str, *, lowest: int) -> int:
    number = int(text) if text.strip().isascii() and text.strip().isdigit() else -1
    if not lowest <= number <= 65535:
        raise CannotStart(f"{variable}: '{text}' is no port; give a number from {lowest} to 65535.")
    return number


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise CannotStart(f"SLUICE_START_TIMEOUT: '{text}' is no number of seconds from 1 to 3600.")
    return seconds
