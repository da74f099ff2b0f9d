"""Signing keys at rest: what is sealed opens only with its key and its name."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from hosting.settings import UnusableSettings
from keymanager.signing.sealing import CannotOpen, Seal, read_seal

KEY, OTHER = b"a" * 32, b"b" * 32


def test_what_is_sealed_opens_again() -> None:
    sealed = Seal([KEY]).close(b"private", name="kid")

    assert b"private" not in sealed
    assert Seal([KEY]).open(sealed, name="kid") == b"private"


def test_older_key_still_opens_during_rotation() -> None:
    sealed = Seal([KEY]).close(b"private", name="kid")

    assert Seal([OTHER, KEY]).open(sealed, name="kid") == b"private"


@pytest.mark.parametrize(("key", "name", "flipped"), [(OTHER, "kid", 0), (KEY, "another", 0), (KEY, "kid", 20)])
def test_other_key_other_name_or_changed_bytes_do_not_open(key: bytes, name: str, flipped: int) -> None:
    sealed = bytearray(Seal([KEY]).close(b"private", name="kid"))
    sealed[flipped] ^= 1 if flipped else 0

    with pytest.raises(CannotOpen):
        Seal([key]).open(bytes(sealed), name=name)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_key_file_in_either_base64_is_read(tmp_path: Path, encode: object) -> None:
    path = tmp_path / "key"
    path.write_bytes(encode(b"\xff" * 32) + b"\n")  # type: ignore[operator]  # one of two functions

    sealed = Seal([b"\xff" * 32]).close(b"private", name="kid")

    assert read_seal(path).open(sealed, name="kid") == b"private"


@pytest.mark.parametrize("content", [b"", b"short", base64.b64encode(b"x" * 31), b"\xff\xfe", b"a\nb\nc\n"])
def test_unusable_key_file_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)

    with pytest.raises(UnusableSettings, match="KEYMANAGER_ENCRYPTION_KEY_FILE") as refused:
        read_seal(path)

    assert "short" not in str(refused.value)


def test_missing_key_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableSettings, match="No such file"):
        read_seal(tmp_path / "nothing")
