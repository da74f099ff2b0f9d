"""Credentials on their way: what is sealed opens only with its key and for its place."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.errors import CannotOpen, UnusableSealingKey
from backends.sealing import Seal, credential_context, read_seal

KEY, OTHER = b"a" * 32, b"b" * 32
PLACE = credential_context(api_id="api-1", key_type="PRODUCTION")
ELSEWHERE = credential_context(api_id="api-1", key_type="SANDBOX")
SECRET = "Bearer geheim-ü"


@settings(deadline=None)
@given(st.text(max_size=200))
def test_what_is_sealed_opens_again(text: str) -> None:
    sealed = Seal([KEY]).close_text(text, context=PLACE)

    assert sealed.isascii()
    assert Seal([KEY]).open_text(sealed, context=PLACE) == text


def test_same_text_is_never_sealed_the_same_twice() -> None:
    seal = Seal([KEY])

    assert seal.close_text(SECRET, context=PLACE) != seal.close_text(SECRET, context=PLACE)


def test_older_key_still_opens_during_rotation_and_the_newer_seals() -> None:
    sealed_before = Seal([KEY]).close_text(SECRET, context=PLACE)
    rotating = Seal([OTHER, KEY])

    assert rotating.open_text(sealed_before, context=PLACE) == SECRET
    assert Seal([OTHER]).open_text(rotating.close_text(SECRET, context=PLACE), context=PLACE) == SECRET


@pytest.mark.parametrize(("key", "context"), [(OTHER, PLACE), (KEY, ELSEWHERE), (KEY, "")])
def test_other_key_or_other_place_does_not_open(key: bytes, context: str) -> None:
    sealed = Seal([KEY]).close_text(SECRET, context=PLACE)

    with pytest.raises(CannotOpen) as refused:
        Seal([key]).open_text(sealed, context=context)

    assert "geheim" not in str(refused.value)
    assert sealed not in str(refused.value)


@settings(deadline=None)
@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_changed_byte_does_not_open(place: int, difference: int) -> None:
    sealed = bytearray(Seal([KEY]).close(SECRET.encode(), context=PLACE))
    sealed[place % len(sealed)] ^= difference

    with pytest.raises(CannotOpen):
        Seal([KEY]).open(bytes(sealed), context=PLACE)


@pytest.mark.parametrize(
    "sealed", ["", "AQ==", "AQ", "not base64", "AAAA", SECRET, "+/+/", base64.b64encode(b"\1" * 13).decode()]
)
def test_what_was_never_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(CannotOpen):
        Seal([KEY]).open_text(sealed, context=PLACE)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_key_file_in_either_base64_is_read(tmp_path: Path, encode: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "key"
    path.write_bytes(encode(b"\xff" * 32) + b"\n" + encode(KEY) + b"\n")

    seal = read_seal(path)

    assert seal.open_text(Seal([b"\xff" * 32]).close_text(SECRET, context=PLACE), context=PLACE) == SECRET
    assert seal.open_text(Seal([KEY]).close_text(SECRET, context=PLACE), context=PLACE) == SECRET


@pytest.mark.parametrize("content", [b"", b"short", base64.b64encode(b"x" * 31), b"\xff\xfe", b"a\nb\nc\n"])
def test_unusable_key_file_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)

    with pytest.raises(UnusableSealingKey) as refused:
        read_seal(path)

    assert "short" not in str(refused.value)


def test_missing_key_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableSealingKey, match="No such file"):
        read_seal(tmp_path / "nothing")
