"""What is wrong with the settings of listeners and proxies is told before anything starts."""

import pytest

from gateway.settings import Settings
from hosting.settings import UnusableSettings

NO_WSS = {"GATEWAY_WSS_PORT": "0"}


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"GATEWAY_TRUSTED_PROXIES": "10.0.0.0/8, proxy.test"}, "GATEWAY_TRUSTED_PROXIES"),
        ({"GATEWAY_PROXY_PROTOCOL": "true"}, "GATEWAY_TRUSTED_PROXIES"),
        ({"GATEWAY_MAX_CONNECTIONS": "0"}, "GATEWAY_MAX_CONNECTIONS"),
        ({"GATEWAY_WSS_PORT": "8099"}, "GATEWAY_WSS_CERTIFICATE_FILE"),
    ],
)
def test_unusable_setting_is_named(variables: dict[str, str], told: str) -> None:
    with pytest.raises(UnusableSettings, match=told):
        Settings.from_environment(NO_WSS | variables)


def test_proxies_and_plain_ws_alone_are_enough() -> None:
    variables = {"GATEWAY_TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::/32", "GATEWAY_PROXY_PROTOCOL": "true"}

    assert Settings.from_environment(NO_WSS | variables).proxy_protocol
