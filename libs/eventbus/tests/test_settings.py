"""The settings of the bus: refused early, never leaking a secret."""

from pathlib import Path

import pytest

from eventbus.kafka_connection import KafkaConnection
from eventbus.opening import open_bus
from eventbus.settings import BusSettings


@pytest.fixture(autouse=True)
def only_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTBUS_URL", "kafka://one:9092,two:9092")


def test_a_kafka_url_names_its_servers() -> None:
    settings = BusSettings()

    assert settings.kafka_servers == ("one:9092", "two:9092")
    assert settings.sqlite_path is None


@pytest.mark.parametrize(
    ("url", "path"), [("sqlite:////var/lib/bus.db", "/var/lib/bus.db"), ("sqlite:///run/bus.db", "run/bus.db")]
)
def test_a_sqlite_url_names_its_file(monkeypatch: pytest.MonkeyPatch, url: str, path: str) -> None:
    monkeypatch.setenv("EVENTBUS_URL", url)

    assert BusSettings().sqlite_path == Path(path)


@pytest.mark.parametrize(
    "url", ["", "kafka://", "kafka://host", "kafka://user:secret@host:9092", "sqlite://", "amqp://x:1", "sqlite://h/x"]
)
def test_another_url_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("EVENTBUS_URL", url)

    with pytest.raises(ValueError, match=r"(?i)url"):
        BusSettings()


def test_an_unknown_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTBUS_TOPIC_PREFX", "x")

    with pytest.raises(ValueError, match="EVENTBUS_TOPIC_PREFX"):
        BusSettings()


def test_what_kubernetes_injects_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EVENTBUS_PORT", "EVENTBUS_PORT_9092_TCP_ADDR", "EVENTBUS_SERVICE_HOST", "EVENTBUS_SERVICE_PORT"):
        monkeypatch.setenv(name, "tcp://10.0.0.1:9092")

    assert BusSettings().topic_prefix == ""


def test_sasl_needs_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTBUS_SECURITY_PROTOCOL", "SASL_SSL")

    with pytest.raises(ValueError, match="EVENTBUS_SASL_USERNAME"):
        BusSettings()


def test_credentials_without_sasl_are_refused_without_showing_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTBUS_SASL_PASSWORD", "hunter2")

    with pytest.raises(ValueError, match="does not use SASL") as refused:
        BusSettings()
    assert "hunter2" not in str(refused.value)


def test_security_settings_reach_the_client_and_the_secret_stays_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTBUS_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("EVENTBUS_SASL_USERNAME", "sluice")
    monkeypatch.setenv("EVENTBUS_SASL_PASSWORD", "hunter2")
    settings = BusSettings()

    connection = KafkaConnection.from_settings(settings)

    options = connection.client_options()
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("sluice", "hunter2")
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert options["ssl_context"] is not None
    assert "hunter2" not in repr(settings) + repr(connection)


@pytest.mark.parametrize("factor", ["0", "-2"])
def test_an_impossible_replication_factor_is_refused(monkeypatch: pytest.MonkeyPatch, factor: str) -> None:
    monkeypatch.setenv("EVENTBUS_REPLICATION_FACTOR", factor)

    with pytest.raises(ValueError, match="replication"):
        BusSettings()


def test_every_setting_has_a_description_of_one_line() -> None:
    for name, field in BusSettings.model_fields.items():
        assert field.description, name
        assert "\n" not in field.description


async def test_the_url_decides_which_log_is_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EVENTBUS_URL", f"sqlite:///{tmp_path}/deep/bus.db")
    bus = await open_bus(BusSettings())
    await bus.close()

    assert (tmp_path / "deep" / "bus.db").exists()
