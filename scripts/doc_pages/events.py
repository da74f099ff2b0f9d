"""`docs/events.md`: every fact on the bus, from the models in `libs/contracts`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby

from pydantic import BaseModel

from contracts import ALL_FACTS, Fact, Topic
from doc_pages.markdown import code, page, paragraph, table
from doc_pages.types import default_words, parts_of, type_words

_INTRODUCTION = (
    "Services tell each other **facts**: the whole current state of one thing, as JSON, on a topic of its own. "
    "The topic is the fact's type. Facts of one key arrive in order; `version` only grows, so a reader drops what is "
    "older than what it has. A removed thing is told once with `deleted: true` and then forgotten by a tombstone. "
    "Readers ignore fields that they do not know, so facts grow by optional fields only."
)


def events_page() -> str:
    """One section for each fact, grouped by the service that tells it."""
    return page("Events", source="libs/contracts", blocks=_blocks())


def _blocks() -> Iterator[str]:
    yield _INTRODUCTION
    yield table(["Fact", "Topic", "Told by", "Key", "Partitions", "Kept"], (_overview_row(fact) for fact in ALL_FACTS))
    yield "Every fact has these fields:"
    yield _fields(Fact, own_only=False)
    for producer, facts in groupby(ALL_FACTS, key=_producer):
        yield f"## Told by the {producer}"
        for fact in facts:
            yield from _section(fact)


def _overview_row(fact: type[Fact]) -> list[str]:
    link = f"[{fact.__name__}](#{fact.__name__.lower()})"
    topic = fact.topic
    return [link, code(topic.name), _producer(fact), code(_key(fact)), str(topic.partitions), _kept(topic)]


def _section(fact: type[Fact]) -> Iterator[str]:
    yield f"### {fact.__name__}"
    yield f"`{fact.topic.name}`, key `{_key(fact)}`. {paragraph(fact.__doc__)}"
    yield _fields(fact, own_only=True)
    for part in _parts(fact):
        yield f"#### {part.__name__}"
        if part.__doc__:
            yield paragraph(part.__doc__)
        yield _fields(part, own_only=False)


def _fields(model: type[BaseModel], *, own_only: bool) -> str:
    inherited = set(Fact.model_fields) if own_only else set()
    rows = (
        [code(name), type_words(field.annotation), default_words(field)]
        for name, field in model.model_fields.items()
        if name not in inherited
    )
    return table(["Field", "Type", "Default"], rows)


def _parts(model: type[BaseModel]) -> list[type[BaseModel]]:
    found: dict[type[BaseModel], None] = {}
    for field in model.model_fields.values():
        for part in parts_of(field.annotation):
            found |= dict.fromkeys([part, *_parts(part)])
    return list(found)


def _producer(fact: type[Fact]) -> str:
    return fact.topic.name.partition(".")[0]


def _key(fact: type[Fact]) -> str:
    """As its property says it: `self.id` is `id`, an f-string is its template."""
    prop = inspect.getattr_static(fact, "key")
    returned = re.search(r"return (.+)$", inspect.getsource(prop.fget), re.MULTILINE)
    assert returned is not None, f"the key of {fact.__name__} is no plain return"
    return returned[1].removeprefix("f").strip('"').replace("self.", "")


def _kept(topic: Topic) -> str:
    if topic.retention is None:
        return "the last of each key, for ever" if topic.compacted else "everything, for ever"
    what = "the last of each key" if topic.compacted else "everything"
    return f"{what}, for {_days(topic.retention)}"


def _days(duration: timedelta) -> str:
    return f"{duration.days} day{'s' if duration.days != 1 else ''}" if duration.days else f"{duration.seconds} s"
