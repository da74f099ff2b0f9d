"""Each refusal is one sentence, and comes before anything is started."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from sluice.errors import CannotStart
from sluice.settings import NamedPort
from sluice.up.checks import check_data_folder, check_ports, check_python


def test_an_old_python_is_refused_with_both_versions() -> None:
    with pytest.raises(CannotStart, match=r"needs Python 3\.11 or newer, and this is Python 3\.10"):
        check_python((3, 10))


@pytest.mark.parametrize("version", [(3, 11), (3, 14), (4, 0)])
def test_a_new_enough_python_is_fine(version: tuple[int, int]) -> None:
    check_python(version)


def test_data_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    check_data_folder(tmp_path / "deep" / "data")

    assert (tmp_path / "deep" / "data").stat().st_mode & 0o777 == 0o700


def test_a_file_in_place_of_the_data_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    with pytest.raises(CannotStart, match="SLUICE_DATA_DIR"):
        check_data_folder(tmp_path / "data")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_data_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(CannotStart, match="cannot be written"):
        check_data_folder(tmp_path)


def test_a_taken_port_is_refused_with_its_owner_and_variable(free_port: Callable[[], int]) -> None:
    number = free_port()

    with socket.create_server(("127.0.0.1", number)), pytest.raises(CannotStart) as refusal:
        check_ports([NamedPort(number, "PUBLISHER_HTTP_PORT", "the publisher")])

    assert str(refusal.value) == (
        f"Port {number} for the publisher is taken: stop what listens there, or set PUBLISHER_HTTP_PORT."
    )


def test_a_port_asked_for_twice_is_refused(free_port: Callable[[], int]) -> None:
    number = free_port()
    twice = [NamedPort(number, "PUBLISHER_HTTP_PORT", "x"), NamedPort(number, "GATEWAY_WS_PORT", "y")]

    with pytest.raises(CannotStart, match="PUBLISHER_HTTP_PORT and GATEWAY_WS_PORT"):
        check_ports(twice)


def test_free_ports_are_fine_and_stay_free(free_port: Callable[[], int]) -> None:
    number = free_port()

    check_ports([NamedPort(number, "GATEWAY_WS_PORT", "the gateway's ws")])

    with socket.create_server(("127.0.0.1", number)):
        pass


def test_an_address_that_the_machine_does_not_have_is_no_reason_to_refuse(free_port: Callable[[], int]) -> None:
    check_ports([NamedPort(free_port(), "GATEWAY_WS_PORT", "x")], hosts=["203.0.113.1"])
