"""The form of a snapshot: a head, one line for each fact or deletion, and a last line with the count and the checksum
of all before it. Text, so that an operator can look into it. Credentials of backends stay sealed, tokens are hashes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256

from contracts import Fact, Tombstone, UnreadableFact, decode
from contracts.envelope import VERSION_HEADER

FORMAT = "sluice-gateway-snapshot/1"


class BrokenSnapshot(Exception):
    """A file is not a whole snapshot; the text says why."""


def head_line(as_of: float) -> bytes:
    """`as_of`: at which POSIX time the facts were known to be all there were."""
    return _line({"format": FORMAT, "as_of": as_of})


def fact_line(fact: Fact | Tombstone) -> bytes:
    """One fact, or what is left of a deleted one."""
    if isinstance(fact, Tombstone):
        return _line([fact.topic, fact.key, fact.version, None])
    return _line([fact.topic.name, fact.key, fact.version, fact.model_dump_json()])


def last_line(*, lines: int, digest: str) -> bytes:
    """Of a snapshot with so many lines before it."""
    return _line({"lines": lines, "sha256": digest})


def read_head(content: bytes) -> float:
    """When the snapshot is of. Raises `BrokenSnapshot` unless it is whole, to the last byte."""
    body, last = _split_last(content)
    try:
        said, head = json.loads(last), json.loads(body.partition(b"\n")[0])
        is_whole = said["sha256"] == sha256(body).hexdigest() and said["lines"] == body.count(b"\n")
        if not is_whole:
            raise BrokenSnapshot("its checksum is wrong")
        if head["format"] != FORMAT:
            raise BrokenSnapshot(f"its format is {head['format']}, not {FORMAT}")
        return float(head["as_of"])
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenSnapshot("it is torn") from error


def read_facts(content: bytes, *, on_unreadable: Callable[[UnreadableFact], None]) -> Iterator[Fact | Tombstone]:
    """Of a whole snapshot. One that this release does not understand is left out, and told."""
    body, _ = _split_last(content)
    for line in body.splitlines()[1:]:
        topic, key, version, value = json.loads(line)
        try:
            yield decode(topic, key, None if value is None else value.encode(), {VERSION_HEADER: str(version)})
        except UnreadableFact as error:
            on_unreadable(error)


def _split_last(content: bytes) -> tuple[bytes, bytes]:
    end = content.rfind(b"\n", 0, len(content) - 1) + 1
    return content[:end], content[end:]


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
