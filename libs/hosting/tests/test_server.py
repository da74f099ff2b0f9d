"""A service ends when it is told to, with everything awaited, and when a part of it is dead."""

from __future__ import annotations

import http.client
import signal
import socket

import pytest

from hosting.server import PortTaken, listen

from .conftest import StartShop


def expect_service(port: int) -> None:
    """It answers, and so it hears signals."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/livez")
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_service_in_order(start_shop: StartShop, stop: signal.Signals) -> None:
    shop, port = start_shop("works")
    expect_service(port)

    shop.send_signal(stop)
    output, errors = shop.communicate(timeout=10)

    assert output.splitlines() == ["the signal was heard", "the work was ended", "the service has ended"]
    assert (shop.returncode, errors) == (0, "")


def test_failing_background_task_ends_the_service(start_shop: StartShop) -> None:
    shop, _ = start_shop("fails")

    output, errors = shop.communicate(timeout=10)

    assert shop.returncode == 1
    assert "the relay is dead" in errors
    assert output.splitlines() == ["the work was ended"]


def test_a_task_that_overhears_its_cancellation_is_named_and_ended_nevertheless(start_shop: StartShop) -> None:
    shop, port = start_shop("overhears")
    expect_service(port)

    shop.send_signal(signal.SIGTERM)
    output, _ = shop.communicate(timeout=10)

    assert shop.returncode == 0
    assert "task=_overhear_a_cancellation" in output
    assert output.splitlines()[-2:] == ["the work was ended", "the service has ended"]


def test_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PortTaken, match=rf"127\.0\.0\.1 port {port}"):
            listen(["127.0.0.1"], port)


def test_one_taken_host_lets_go_of_the_others() -> None:
    with socket.create_server(("127.0.0.2", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PortTaken):
            listen(["127.0.0.1", "127.0.0.2"], port)

        listen(["127.0.0.1"], port)[0].close()


def test_unusable_host_is_named() -> None:
    with pytest.raises(PortTaken, match="no-such-host"):
        listen(["no-such-host.invalid"], 0)
