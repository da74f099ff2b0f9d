"""The launcher's settings are checked before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from sluice.errors import CannotStart
from sluice.settings import Ports, Settings


def test_without_variables_the_ports_are_the_documented_ones() -> None:
    ports = Settings.from_environment({}).ports

    assert (ports.publisher, ports.devportal, ports.keymanager, ports.gateway_admin) == (8081, 8082, 8083, 8084)
    assert (ports.gateway_ws, ports.gateway_wss, ports.echo) == (9099, 8099, 9000)


def test_data_folder_is_absolute() -> None:
    assert Settings.from_environment({"SLUICE_DATA_DIR": "elsewhere"}).data_folder == Path.cwd() / "elsewhere"


def test_empty_variables_count_as_not_set() -> None:
    settings = Settings.from_environment({"SLUICE_DATA_DIR": "", "SLUICE_ADMIN_PASSWORD": "", "GATEWAY_WS_PORT": " "})

    assert settings == Settings.from_environment({})


@pytest.mark.parametrize("text", ["70000", "-1", "http", "0", "٨٠"])
def test_what_is_no_port_is_refused_with_its_variable(text: str) -> None:
    with pytest.raises(CannotStart, match="PUBLISHER_HTTP_PORT"):
        Settings.from_environment({"PUBLISHER_HTTP_PORT": text})


def test_a_gateway_listener_can_be_off() -> None:
    ports = Ports.from_environment({"GATEWAY_WSS_PORT": "0"})

    assert "GATEWAY_WSS_PORT" not in [port.variable for port in ports.named()]


@pytest.mark.parametrize("folder", ["/tmp/what?", "/tmp/a#b", "/tmp/100%"])
def test_a_folder_that_no_database_url_can_hold_is_refused(folder: str) -> None:
    with pytest.raises(CannotStart, match="SLUICE_DATA_DIR"):
        Settings.from_environment({"SLUICE_DATA_DIR": folder})


def test_admin_password_is_not_shown_with_the_settings() -> None:
    assert "opensesame" not in repr(Settings.from_environment({"SLUICE_ADMIN_PASSWORD": "opensesame"}))


@pytest.mark.parametrize("password", ["short", " opensesame", "open\nsesame", "x" * 1025])
def test_a_password_that_the_key_manager_would_refuse_is_refused_here(password: str) -> None:
    with pytest.raises(CannotStart, match="SLUICE_ADMIN_PASSWORD") as refusal:
        Settings.from_environment({"SLUICE_ADMIN_PASSWORD": password})

    assert password.strip() not in str(refusal.value)
