"""Lists as WSO2's REST API gives them: `count`, `list`, `pagination` with relative `next` and `previous` URLs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")

MAX_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """What part of a list is wanted."""

    limit: int
    offset: int


async def _page(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at the most.")] = 25,
    offset: Annotated[int, Query(ge=0, description="How many items to leave out at the beginning.")] = 0,
) -> Page:
    return Page(limit, offset)


PageQuery = Annotated[Page, Depends(_page)]


class Pagination(BaseModel):
    """Where in the whole list this part stands. `next` and `previous` are relative URLs, empty where there is none."""

    offset: int
    limit: int
    total: int
    next: str = ""
    previous: str = ""


class Listing(BaseModel, Generic[Item]):
    """A part of a list."""

    model_config = ConfigDict(populate_by_name=True)

    count: int
    items: Sequence[Item] = Field(alias="list")
    pagination: Pagination


def listing(items: Sequence[Item], *, total: int, page: Page, path: str, **filters: str | None) -> Listing[Item]:
    """`path` and `filters` are those of the request: they are repeated in `next` and `previous`."""

    def url(offset: int) -> str:
        kept = {name: value for name, value in filters.items() if value}
        return f"{path}?{urlencode({'limit': page.limit, 'offset': offset, **kept})}"

    following = page.offset + page.limit
    pagination = Pagination(
        offset=page.offset,
        limit=page.limit,
        total=total,
        next=url(following) if following < total else "",
        previous=url(max(0, page.offset - page.limit)) if page.offset > 0 else "",
    )
    return Listing(count=len(items), items=items, pagination=pagination)
