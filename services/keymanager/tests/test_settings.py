"""Settings are checked before anything starts."""

from __future__ import annotations

import pytest

from hosting.settings import UnusableSettings
from keymanager.settings import Settings

GOOD = {"KEYMANAGER_DATABASE_URL": "sqlite:///x.db", "KEYMANAGER_ENCRYPTION_KEY_FILE": "key"}


def test_defaults_are_those_of_the_local_run() -> None:
    settings = Settings.from_environment(GOOD)

    assert settings.public_url == "http://localhost:8083"
    assert settings.http_port == 8083
    assert settings.signing_algorithm == "ES256"
    assert settings.max_token_lifetime == 86_400


def test_shared_variables_are_read() -> None:
    shared = {"SLUICE_ADMIN_PASSWORD": "long-enough", "DEVPORTAL_CLIENT_SECRET": "x" * 16}

    settings = Settings.from_environment({**GOOD, **shared})

    assert settings.admin_password is not None
    assert settings.admin_password.get_secret_value() == "long-enough"
    assert settings.devportal_client_secret is not None
    assert settings.publisher_client_secret is None


def test_what_kubernetes_injects_is_ignored() -> None:
    Settings.from_environment({**GOOD, "KEYMANAGER_PORT": "tcp://10.0.0.1:8083", "KEYMANAGER_SERVICE_HOST": "x"})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("KEYMANAGER_DATABASE_URL", ""),
        ("KEYMANAGER_ENCRYPTION_KEY_FILE", ""),
        ("KEYMANAGER_PUBLIC_URL", "http://localhost:8083/"),
        ("KEYMANAGER_PUBLIC_URL", "localhost"),
        ("KEYMANAGER_PUBLIC_URL", "https://user:pass@host"),
        ("KEYMANAGER_SIGNING_ALGORITHM", "HS256"),
        ("KEYMANAGER_MAX_TOKEN_LIFETIME", "86401"),
        ("KEYMANAGER_COLOUR", "green"),
        ("SLUICE_ADMIN_PASSWORD", "short"),
        ("DEVPORTAL_CLIENT_SECRET", "with+plus%20and more"),
    ],
)
def test_unusable_setting_is_named_without_its_value(variable: str, value: str) -> None:
    with pytest.raises(UnusableSettings, match=variable) as refused:
        Settings.from_environment({**GOOD, variable: value})

    if "PASSWORD" in variable or "SECRET" in variable:
        assert value not in str(refused.value)
