"""A child gets the settings and secrets it needs, and none of the others."""

from __future__ import annotations

import pytest

from sluice.up.environment import SERVICES, LocalPlatform, child_environments, echo_environment


def test_each_service_gets_variables_with_its_own_prefix_only(platform: LocalPlatform) -> None:
    given = {f"{service.upper()}_LOG_LEVEL": "DEBUG" for service in SERVICES}

    environments = child_environments(platform, environ=given)

    for service, environment in environments.items():
        assert [name for name in environment if name.endswith("_LOG_LEVEL")] == [f"{service.upper()}_LOG_LEVEL"]


def test_bus_settings_go_to_all_four(platform: LocalPlatform) -> None:
    given = {"EVENTBUS_URL": "kafka://k:9092", "EVENTBUS_TOPIC_PREFIX": "x."}

    for environment in child_environments(platform, environ=given).values():
        assert environment["EVENTBUS_URL"] == "kafka://k:9092"
        assert environment["EVENTBUS_TOPIC_PREFIX"] == "x."


def test_by_default_bus_and_databases_are_files_in_the_data_folder(platform: LocalPlatform) -> None:
    folder = platform.settings.data_folder

    environments = child_environments(platform, environ={})

    assert {each["EVENTBUS_URL"] for each in environments.values()} == {f"sqlite:///{folder}/bus.db"}
    assert environments["publisher"]["PUBLISHER_DATABASE_URL"] == f"sqlite:///{folder}/publisher.db"


def test_a_persons_setting_wins_over_the_default(platform: LocalPlatform) -> None:
    given = {"KEYMANAGER_PUBLIC_URL": "https://keys.example.org", "DEVPORTAL_KEYMANAGER_URL": "http://10.0.0.1:8083"}

    environments = child_environments(platform, environ=given)

    assert environments["keymanager"]["KEYMANAGER_PUBLIC_URL"] == "https://keys.example.org"
    assert environments["devportal"]["DEVPORTAL_KEYMANAGER_URL"] == "http://10.0.0.1:8083"


@pytest.mark.parametrize(
    ("secret", "owners"),
    [
        ("SLUICE_ADMIN_PASSWORD", {"keymanager"}),
        ("KEYMANAGER_ENCRYPTION_KEY_FILE", {"keymanager"}),
        ("DEVPORTAL_CLIENT_SECRET", {"keymanager", "devportal"}),
        ("GATEWAY_WSS_KEY_FILE", {"gateway"}),
        ("SLUICE_SEALING_KEY_FILE", {"publisher", "gateway"}),
        ("PUBLISHER_DATABASE_URL", {"publisher"}),
    ],
)
def test_a_secret_goes_to_those_who_need_it(platform: LocalPlatform, secret: str, owners: set[str]) -> None:
    environments = child_environments(platform, environ={})

    assert {service for service, environment in environments.items() if secret in environment} == owners


def test_what_is_not_ours_stays_outside(platform: LocalPlatform) -> None:
    given = {"AWS_SECRET_ACCESS_KEY": "s", "HTTP_PROXY": "http://p", "PYTHONPATH": "/x", "SLUICE_TEST_KAFKA": "k"}

    for environment in [*child_environments(platform, environ=given).values(), echo_environment(given)]:
        assert not given.keys() & environment.keys()


def test_listeners_follow_the_ports_that_were_checked(platform: LocalPlatform) -> None:
    environments = child_environments(platform, environ={})

    assert environments["gateway"]["GATEWAY_WSS_PORT"] == "8099"
    assert environments["keymanager"]["KEYMANAGER_PUBLIC_URL"] == "http://localhost:8083"


def test_every_service_is_bound_to_this_machine(platform: LocalPlatform) -> None:
    environments = child_environments(platform, environ={})

    hosts = {environments[name][f"{name.upper()}_HTTP_HOSTS"] for name in SERVICES if name != "gateway"}
    assert hosts | {environments["gateway"]["GATEWAY_HOSTS"]} == {"127.0.0.1,::1"}


def test_an_empty_variable_is_as_good_as_none(platform: LocalPlatform) -> None:
    environments = child_environments(platform, environ={"PUBLISHER_DATABASE_URL": "", "GATEWAY_ENVIRONMENT": ""})

    assert environments["publisher"]["PUBLISHER_DATABASE_URL"].startswith("sqlite:///")
    assert "GATEWAY_ENVIRONMENT" not in environments["gateway"]
