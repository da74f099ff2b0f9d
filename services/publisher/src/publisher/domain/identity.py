"""What an API is called: its name, context and version, and when they collide with another's.

All versions of an API share one name and one context; the two belong together until the last version is deleted.
Sources: WSO2's create rules (ExceptionCodes 900250 to 900253, 900704 to 900706).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from publisher.domain.versions import is_same_version
from publisher.errors import (
    BlankProperty,
    ContextTaken,
    IllegalCharacters,
    InvalidInput,
    MalformedContext,
    NameTakenInOtherCase,
    TooLong,
    VersionExists,
)
from telemetry.problem import FieldError

MAX_NAME = 150
MAX_CONTEXT = 232
MAX_VERSION = 30

VERSION_PLACE: Final = "{version}"

_FORBIDDEN_IN_NAME: Final = frozenset("~!@#;:%^*()+={}|\\<>\"',&$[]/")
_CONTEXT_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+")
# Gateways answer there themselves.
_RESERVED_CONTEXTS: Final = frozenset({"/health"})


@dataclass(frozen=True, slots=True)
class Identity:
    """A name with its context; a version of the API adds only its version."""

    name: str
    context: str

    @property
    def name_key(self) -> str:
        """Names that differ only by case are the same name."""
        return self.name.lower()

    @property
    def context_key(self) -> str:
        """`/a` and `/a/{version}` lead to the same paths, so they are the same context."""
        return self.context.removesuffix(f"/{VERSION_PLACE}")


def checked_identity(name: str, context: str) -> Identity:
    """The identity as it is kept: the context with a slash in front and none behind. Raises `InvalidInput`."""
    return Identity(_checked_name(name), _checked_context(context))


def checked_version(version: str) -> str:
    """Raises `InvalidInput`: a version is one segment of a path."""
    _check_text(version, field="version", longest=MAX_VERSION)
    if any(c.isspace() or not c.isascii() for c in version) or version in {".", ".."}:
        raise IllegalCharacters.at("/version", "a version is one segment of a path, without white space")
    return version


def check_new_version(
    wanted: Identity, version: str, *, by_name: Identity | None, by_context: Identity | None, versions: Iterable[str]
) -> None:
    """Whether the API may be made, given who has its name and context already, and the versions of that name.

    Raises `Conflict` or `InvalidInput`.
    """
    if by_name is not None and by_name.name != wanted.name:
        raise NameTakenInOtherCase(
            f"There is an API named '{by_name.name}' already; names that differ only by case are the same name."
        )
    if by_context is not None and by_context.name_key != wanted.name_key:
        raise ContextTaken(f"An API with context '{by_context.context}' already exists: '{by_context.name}'.")
    if by_name is not None and by_name.context != wanted.context:
        raise InvalidInput(
            f"All versions of '{wanted.name}' have the context '{by_name.context}'.",
            errors=[FieldError("/context", f"must be {by_name.context}")],
        )
    for existing in versions:
        if is_same_version(existing, version):
            raise VersionExists(f"'{wanted.name}' has the version '{existing}' already.")


def _checked_name(name: str) -> str:
    _check_text(name, field="name", longest=MAX_NAME)
    if name != name.strip():
        raise IllegalCharacters.at("/name", "white space at its beginning or end")
    return name


def _check_text(text: str, *, field: str, longest: int) -> None:
    if not text.strip():
        raise BlankProperty.at(f"/{field}", "must not be blank")
    if len(text) > longest:
        raise TooLong.at(f"/{field}", f"at most {longest} characters")
    if _FORBIDDEN_IN_NAME.intersection(text) or not text.isprintable():
        raise IllegalCharacters.at(
            f"/{field}", f"none of {''.join(sorted(_FORBIDDEN_IN_NAME))} and no control characters"
        )


def _checked_context(given: str) -> str:
    if not given.strip("/ "):
        raise BlankProperty.at("/context", "must not be blank")
    context = given if given.startswith("/") else f"/{given}"
    context = context.removesuffix("/")
    if len(context) > MAX_CONTEXT:
        raise TooLong.at("/context", f"at most {MAX_CONTEXT} characters")
    if not _is_well_formed(context.split("/")[1:]) or context in _RESERVED_CONTEXTS:
        raise MalformedContext.at(
            "/context", f"segments of letters, digits and . _ ~ -, at most one of them {VERSION_PLACE}"
        )
    return context


def _is_well_formed(segments: list[str]) -> bool:
    literals = [segment for segment in segments if segment != VERSION_PLACE]
    if not literals or len(segments) - len(literals) > 1:
        return False
    return all(_CONTEXT_SEGMENT.fullmatch(segment) and segment not in {".", ".."} for segment in literals)
