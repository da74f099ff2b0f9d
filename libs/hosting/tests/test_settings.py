"""Settings are whole and right, or the service does not start and says which variable is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import pytest
from pydantic import Field, SecretStr, ValidationError

from hosting.settings import ServiceSettings, UnusableSettings


class Settings(ServiceSettings):
    prefix: ClassVar[str] = "SHOP_"

    http_port: int = Field(default=80, ge=0, le=65535)
    patience: timedelta = timedelta(seconds=1)
    password: SecretStr
    data_dir: str = Field(default="data", json_schema_extra={"variable": "SLUICE_DATA_DIR"})


GOOD = {"SHOP_PASSWORD": "hush"}


def why_unusable(environ: dict[str, str]) -> str:
    with pytest.raises(UnusableSettings) as caught:
        Settings.from_environment(environ)
    return str(caught.value)


def test_variables_are_read() -> None:
    environ = GOOD | {"SHOP_HTTP_PORT": "8080", "SHOP_PATIENCE": "2.5", "SLUICE_DATA_DIR": "/data", "PATH": "/bin"}

    settings = Settings.from_environment(environ)

    assert (settings.http_port, settings.patience) == (8080, timedelta(seconds=2.5))
    assert (settings.password.get_secret_value(), settings.data_dir) == ("hush", "/data")


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("10", 10), (" 10 ", 10), ("0.25", 0.25), ("PT10S", 10), ("00:01:00", 60)]
)
def test_duration_is_a_number_of_seconds(text: str, seconds: float) -> None:
    assert Settings.from_environment(GOOD | {"SHOP_PATIENCE": text}).patience == timedelta(seconds=seconds)


@pytest.mark.parametrize("blank", ["", "  "])
def test_blank_variable_is_not_set(blank: str) -> None:
    assert Settings.from_environment(GOOD | {"SHOP_HTTP_PORT": blank}).http_port == 80


def test_the_environment_of_the_process_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_HTTP_PORT", "1")
    monkeypatch.setenv("HTTP_PORT", "2")
    monkeypatch.setenv("DATA_DIR", "/elsewhere")

    settings = Settings.from_environment(GOOD)

    assert (settings.http_port, settings.data_dir) == (80, "data")


@pytest.mark.parametrize("name", ["SHOP_HTTP_PROT", "SHOP_", "SHOP_DATA_DIR", "SHOP_PORTS", "SHOP_PORT_X"])
def test_unknown_variable_with_the_prefix_is_refused_by_name(name: str) -> None:
    assert why_unusable(GOOD | {name: "1"}) == f"{name}: there is no such setting"


def test_variables_that_kubernetes_injects_are_no_settings() -> None:
    injected = {
        "SHOP_PORT": "tcp://10.0.0.1:80",
        "SHOP_PORT_80_TCP": "tcp://10.0.0.1:80",
        "SHOP_PORT_80_TCP_ADDR": "10.0.0.1",
        "SHOP_PORT_80_TCP_PORT": "80",
        "SHOP_PORT_80_TCP_PROTO": "tcp",
        "SHOP_SERVICE_HOST": "10.0.0.1",
        "SHOP_SERVICE_PORT": "80",
        "SHOP_SERVICE_PORT_HTTP": "80",
    }

    assert Settings.from_environment(GOOD | injected).http_port == 80


def test_variable_of_another_service_is_not_ours() -> None:
    assert Settings.from_environment(GOOD | {"SHOPKEEPER_HTTP_PORT": "1"}).http_port == 80


@pytest.mark.parametrize(
    ("environ", "variable"),
    [
        ({}, "SHOP_PASSWORD"),
        (GOOD | {"SHOP_HTTP_PORT": "eighty"}, "SHOP_HTTP_PORT"),
        (GOOD | {"SHOP_HTTP_PORT": "65536"}, "SHOP_HTTP_PORT"),
        (GOOD | {"SHOP_PATIENCE": "long"}, "SHOP_PATIENCE"),
    ],
)
def test_error_names_the_variable(environ: dict[str, str], variable: str) -> None:
    assert why_unusable(environ).startswith(f"{variable}: ")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    lines = why_unusable({"SHOP_HTTP_PORT": "eighty"}).splitlines()

    assert [line.partition(":")[0] for line in lines] == ["SHOP_HTTP_PORT", "SHOP_PASSWORD"]


def test_error_shows_no_secret() -> None:
    assert "hush" not in why_unusable(GOOD | {"SHOP_HTTP_PORT": "hush"})
    assert "hush" not in repr(Settings.from_environment(GOOD))


def test_settings_cannot_be_changed() -> None:
    settings = Settings.from_environment(GOOD)

    with pytest.raises(ValidationError, match="frozen"):
        settings.http_port = 1  # type: ignore[misc]  # the very thing that is forbidden
