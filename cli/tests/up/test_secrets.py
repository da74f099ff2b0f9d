"""Secrets are made once, kept, and readable by their owner only."""

from __future__ import annotations

import base64
from pathlib import Path

from sluice.up.secrets import local_secrets, write_private


def test_a_generated_password_is_new_once_and_kept(tmp_path: Path) -> None:
    first = local_secrets(tmp_path, admin_password=None)
    second = local_secrets(tmp_path, admin_password=None)

    assert first.is_admin_password_new
    assert not second.is_admin_password_new
    assert second.admin_password == first.admin_password
    assert len(first.admin_password) >= 16


def test_a_given_password_is_kept_and_not_announced(tmp_path: Path) -> None:
    secrets = local_secrets(tmp_path, admin_password="opensesame")

    assert not secrets.is_admin_password_new
    assert (tmp_path / "admin-password").read_text() == "opensesame\n"


def test_the_password_of_the_first_start_wins_over_a_later_one(tmp_path: Path) -> None:
    local_secrets(tmp_path, admin_password="opensesame")

    later = local_secrets(tmp_path, admin_password="something else")

    assert later.admin_password == "opensesame"
    assert later.is_asked_password_ignored


def test_every_secret_file_has_mode_0600(tmp_path: Path) -> None:
    local_secrets(tmp_path, admin_password=None)

    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_secret_that_became_readable_is_closed_again(tmp_path: Path) -> None:
    local_secrets(tmp_path, admin_password=None)
    (tmp_path / "admin-password").chmod(0o644)

    local_secrets(tmp_path, admin_password=None)

    assert (tmp_path / "admin-password").stat().st_mode & 0o777 == 0o600


def test_encryption_key_is_32_random_bytes(tmp_path: Path) -> None:
    secrets = local_secrets(tmp_path, admin_password=None)

    assert len(base64.b64decode(secrets.encryption_key_file.read_text(), validate=False)) == 32
    assert secrets.encryption_key_file.read_text() != secrets.sealing_key_file.read_text()


def test_secrets_do_not_show_in_their_repr(tmp_path: Path) -> None:
    secrets = local_secrets(tmp_path, admin_password=None)

    assert secrets.admin_password not in repr(secrets)
    assert secrets.devportal_client_secret not in repr(secrets)


def test_a_left_over_of_an_interrupted_write_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".key.new").write_text("half")

    write_private(tmp_path / "key", "whole")

    assert [path.name for path in tmp_path.iterdir()] == ["key"]
