"""Lists have WSO2's form, and following `next` from the beginning meets every item once."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from hosting.listing import Listing, Page, listing


def part_of(total: int, page: Page, **filters: str | None) -> Listing[int]:
    items = list(range(total))[page.offset : page.offset + page.limit]
    return listing(items, total=total, page=page, path="/things", **filters)


def test_list_has_wso2s_form() -> None:
    body = part_of(10, Page(limit=3, offset=3)).model_dump(by_alias=True)

    assert body == {
        "count": 3,
        "list": [3, 4, 5],
        "pagination": {
            "offset": 3,
            "limit": 3,
            "total": 10,
            "next": "/things?limit=3&offset=6",
            "previous": "/things?limit=3&offset=0",
        },
    }


def test_only_page_has_no_neighbours() -> None:
    pagination = part_of(3, Page(limit=3, offset=0)).pagination

    assert (pagination.next, pagination.previous) == ("", "")


def test_page_beyond_the_end_is_empty_and_leads_back() -> None:
    beyond = part_of(3, Page(limit=2, offset=10))

    assert (beyond.count, beyond.pagination.next) == (0, "")
    assert beyond.pagination.previous == "/things?limit=2&offset=8"


def test_filters_are_repeated_and_escaped_in_the_links() -> None:
    pagination = part_of(9, Page(limit=2, offset=4), query="a&b=ü", state=None).pagination

    for link in (pagination.next, pagination.previous):
        assert parse_qs(urlsplit(link).query).get("query") == ["a&b=ü"]
        assert "state" not in link


@given(total=st.integers(0, 60), limit=st.integers(1, 20))
def test_following_next_meets_everything_once(total: int, limit: int) -> None:
    seen: list[int] = []
    page: Page | None = Page(limit, 0)

    while page is not None:
        part = part_of(total, page)
        seen += part.items
        asked = {name: int(values[0]) for name, values in parse_qs(urlsplit(part.pagination.next).query).items()}
        page = Page(**asked) if asked else None

    assert seen == list(range(total))
