"""Parts of lists, typed: FastAPI validates an answer anew unless it is of exactly the declared model, and
`hosting.listing` makes one of the unparametrised model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from hosting.listing import Listing, Page, listing

Item = TypeVar("Item")


def page_of(
    model: type[Listing[Item]], items: Sequence[Item], *, total: int, page: Page, path: str, **filters: str | None
) -> Listing[Item]:
    """`listing`, as an instance of `model`."""
    part = listing(items, total=total, page=page, path=path, **filters)
    return model(count=part.count, list=part.items, pagination=part.pagination)
