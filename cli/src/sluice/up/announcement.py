"""What the launcher prints when everything is ready: where everything is, and how to get in."""

from __future__ import annotations

from pathlib import Path

from sluice.settings import Settings
from sluice.up.environment import LocalPlatform
from sluice.up.secrets import ADMIN_PASSWORD_FILE


def platform_urls(settings: Settings) -> dict[str, str]:
    """By name; a listener that is off is not in it."""
    ports = settings.ports
    urls = {
        "publisher": f"http://localhost:{ports.publisher}",
        "devportal": f"http://localhost:{ports.devportal}",
        "keymanager": f"http://localhost:{ports.keymanager}",
        "gateway_admin": f"http://localhost:{ports.gateway_admin}",
        "echo": f"ws://localhost:{ports.echo}",
    }
    if ports.gateway_ws:
        urls["ws"] = f"ws://localhost:{ports.gateway_ws}"
    if ports.gateway_wss:
        urls["wss"] = f"wss://localhost:{ports.gateway_wss}"
    return urls


def announcement(platform: LocalPlatform) -> list[str]:
    """The lines; the last begins `Sluice is ready`."""
    urls = platform_urls(platform.settings)
    folder = platform.settings.data_folder
    rows = [
        ("Publisher", f"{urls['publisher']}  (REST API: {urls['publisher']}/docs)"),
        ("Developer Portal", f"{urls['devportal']}  (REST API: {urls['devportal']}/docs)"),
        ("Key manager", f"{urls['keymanager']}  (REST API: {urls['keymanager']}/docs)"),
        ("Gateway, ws", urls.get("ws", "off")),
        ("Gateway, wss", _wss(urls, platform.tls.ca)),
        ("Gateway, admin", urls["gateway_admin"]),
        ("Echo backend", urls["echo"]),
        ("Data folder", str(folder)),
        ("Admin user", _admin(platform, folder)),
    ]
    lines = ["", *(f"  {name + ':':<18}{text}" for name, text in rows), ""]
    return [*lines, "Sluice is ready. Try it with 'make demo' in another terminal; Ctrl-C stops everything."]


def _wss(urls: dict[str, str], ca: Path) -> str:
    return f"{urls['wss']}  (authority: {ca})" if "wss" in urls else "off"


def _admin(platform: LocalPlatform, folder: Path) -> str:
    file = folder / ADMIN_PASSWORD_FILE
    if platform.secrets.is_admin_password_new:
        return f"admin, password {platform.secrets.admin_password}  (shown this once; kept in {file})"
    if platform.secrets.is_asked_password_ignored:
        return f"admin, with the password of the first start in {file}; SLUICE_ADMIN_PASSWORD is another, and not used"
    return f"admin, password in {file}"
