"""A regular expression of a JSON Schema, matched by RE2: in time linear in the text, whatever its author wrote.

Python's own engine backtracks: `(a+)+$` takes it years for some forty letters, and all sessions of the event loop would
wait. What RE2 cannot do in linear time (looking around, referring back) is not supported.
"""

from __future__ import annotations

import re
from typing import Final

import re2  # type: ignore[import-untyped]  # no py.typed

# Of compiled form and of states that are remembered, for each pattern.
_MAX_BYTES: Final = 1 << 20

_UNICODE_ESCAPE: Final = re.compile(r"(\\\\)|\\u([0-9a-fA-F]{4})")


class UnsupportedPattern(ValueError):
    """RE2 cannot match this."""


class LinearPattern:
    """`size` times the length of a text bounds the work of one match. Raises UnsupportedPattern."""

    def __init__(self, text: str) -> None:
        options = re2.Options()
        options.max_mem = _MAX_BYTES
        options.never_capture = True
        options.log_errors = False
        try:
            self._pattern = re2.compile(_in_dialect_of_re2(text), options)
        except (re2.error, UnicodeEncodeError) as error:
            raise UnsupportedPattern(f"the pattern {text!r} is not supported") from error
        self.size: int = self._pattern.programsize

    def is_in(self, text: bytes) -> bool:
        """Whether it matches anywhere in the text: UTF-8, with halves of surrogate pairs where JSON had them."""
        return self._pattern.search(text) is not None


def _in_dialect_of_re2(text: str) -> str:
    """JSON Schema writes `\\u00e9` for what is `\\x{00e9}` to RE2 (ECMA-262)."""
    return _UNICODE_ESCAPE.sub(lambda found: found[1] or rf"\x{{{found[2]}}}", text)
