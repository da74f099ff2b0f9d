"""The environment of each child: the settings it needs and no others, so that no service ever sees another's secrets.

What a person has set wins over what is made up here. Variables with a service's prefix go to that service only;
`EVENTBUS_…` goes to all four; of the rest only what every program needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sluice.settings import Settings
from sluice.up.secrets import LocalSecrets
from sluice.up.tls_files import TlsFiles

SERVICES = ("keymanager", "publisher", "devportal", "gateway")

_EVERYBODYS = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR", "TZ", "USER")
_PUBLIC_URLS = ("KEYMANAGER_PUBLIC_URL", "PUBLISHER_PUBLIC_URL", "DEVPORTAL_PUBLIC_URL")
_HOSTS = "127.0.0.1,::1"
# Backends on this machine are private addresses, which a gateway refuses unless told otherwise.
_LOOPBACK = "localhost,127.0.0.0/8,::1/128"


@dataclass(frozen=True, slots=True)
class LocalPlatform:
    """Everything that the environments are made from."""

    settings: Settings
    secrets: LocalSecrets
    tls: TlsFiles


Environment = dict[str, str]


def child_environments(platform: LocalPlatform, *, environ: Mapping[str, str]) -> dict[str, Environment]:
    """The environment of each service, by its name."""
    given = {name: value for name, value in environ.items() if value.strip()}
    defaults = {
        "keymanager": _keymanager(platform),
        "publisher": _publisher(platform),
        "devportal": _devportal(platform),
        "gateway": _gateway(platform),
    }
    return {
        service: _base(given)
        | {"EVENTBUS_URL": f"sqlite:///{platform.settings.data_folder}/bus.db"}
        | _overridden(own, given=given)
        | _with_prefix(given, "EVENTBUS_", f"{service.upper()}_")
        for service, own in defaults.items()
    }


def echo_environment(environ: Mapping[str, str]) -> Environment:
    """The echo backend needs nothing of ours."""
    return _base(environ)


def _base(environ: Mapping[str, str]) -> Environment:
    return {name: environ[name] for name in _EVERYBODYS if name in environ} | {"PYTHONUNBUFFERED": "1"}


def _overridden(own: Environment, *, given: Mapping[str, str]) -> Environment:
    return {name: given.get(name, value) for name, value in own.items()}


def _with_prefix(given: Mapping[str, str], *prefixes: str) -> Environment:
    return {name: value for name, value in given.items() if name.startswith(prefixes)}


def _keymanager(platform: LocalPlatform) -> Environment:
    return _rest("keymanager", platform) | {
        # Not overridable, unlike the rest: after the first start only the kept password is the admin's.
        "SLUICE_ADMIN_PASSWORD": platform.secrets.admin_password,
        "KEYMANAGER_ENCRYPTION_KEY_FILE": str(platform.secrets.encryption_key_file),
        "PUBLISHER_CLIENT_SECRET": platform.secrets.publisher_client_secret,
        "DEVPORTAL_CLIENT_SECRET": platform.secrets.devportal_client_secret,
    }


def _publisher(platform: LocalPlatform) -> Environment:
    ports = platform.settings.ports
    return _rest("publisher", platform) | {
        "PUBLISHER_KEYMANAGER_URL": f"http://127.0.0.1:{ports.keymanager}",
        "PUBLISHER_CLIENT_SECRET": platform.secrets.publisher_client_secret,
        "SLUICE_BACKEND_ALLOW": _LOOPBACK,
        "SLUICE_SEALING_KEY_FILE": str(platform.secrets.sealing_key_file),
        "PUBLISHER_DEFAULT_WS_PORT": str(ports.gateway_ws),
        "PUBLISHER_DEFAULT_WSS_PORT": str(ports.gateway_wss),
    }


def _devportal(platform: LocalPlatform) -> Environment:
    return _rest("devportal", platform) | {
        "DEVPORTAL_KEYMANAGER_URL": f"http://127.0.0.1:{platform.settings.ports.keymanager}",
        "DEVPORTAL_CLIENT_SECRET": platform.secrets.devportal_client_secret,
    }


def _gateway(platform: LocalPlatform) -> Environment:
    ports = platform.settings.ports
    return {
        "GATEWAY_HOSTS": _HOSTS,
        "GATEWAY_ADMIN_PORT": str(ports.gateway_admin),
        "GATEWAY_WS_PORT": str(ports.gateway_ws),
        "GATEWAY_WSS_PORT": str(ports.gateway_wss),
        "GATEWAY_WSS_CERTIFICATE_FILE": str(platform.tls.certificate),
        "GATEWAY_WSS_KEY_FILE": str(platform.tls.key),
        "GATEWAY_LOG_FORMAT": "console",
        "SLUICE_BACKEND_ALLOW": _LOOPBACK,
        "SLUICE_SEALING_KEY_FILE": str(platform.secrets.sealing_key_file),
    }


def _rest(service: str, platform: LocalPlatform) -> Environment:
    """What the three services with a REST API and a database have alike."""
    name = service.upper()
    ports = platform.settings.ports
    numbers = {"KEYMANAGER": ports.keymanager, "PUBLISHER": ports.publisher, "DEVPORTAL": ports.devportal}
    public_urls = {url: f"http://localhost:{numbers[url.removesuffix('_PUBLIC_URL')]}" for url in _PUBLIC_URLS}
    return public_urls | {
        f"{name}_DATABASE_URL": f"sqlite:///{platform.settings.data_folder}/{service}.db",
        f"{name}_HTTP_HOSTS": _HOSTS,
        f"{name}_HTTP_PORT": str(numbers[name]),
        f"{name}_LOG_FORMAT": "console",
    }
