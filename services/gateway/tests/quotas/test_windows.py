"""Windows begin at round moments, the same for everybody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.quotas.windows import UnknownTimeUnit, Window, parse_window_length, window_length


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("count", "unit", "moment", "start", "end"),
    [
        (1, "sec", "2026-01-02T12:00:00.999", "2026-01-02T12:00:00", "2026-01-02T12:00:01"),
        (5, "min", "2026-01-02T12:04:59", "2026-01-02T12:00:00", "2026-01-02T12:05:00"),
        (1, "hours", "2026-01-02T12:59:59", "2026-01-02T12:00:00", "2026-01-02T13:00:00"),
        (1, "days", "2026-01-02T12:00:00", "2026-01-02T00:00:00", "2026-01-03T00:00:00"),
        (1, "months", "2024-02-29T23:59:59", "2024-02-01T00:00:00", "2024-03-01T00:00:00"),
        (1, "months", "2025-12-31T00:00:00", "2025-12-01T00:00:00", "2026-01-01T00:00:00"),
        (3, "months", "2026-05-20T00:00:00", "2026-04-01T00:00:00", "2026-07-01T00:00:00"),
    ],
)
def test_window_holds_its_moment(count: int, unit: str, moment: str, start: str, end: str) -> None:
    window = window_length(count, unit).window_at(at(moment))

    assert window == Window(int(at(start)), int(at(end)))
    assert window_length(count, unit).window_at(window.end).start == window.end


@pytest.mark.parametrize(("count", "unit"), [(0, "min"), (-1, "min"), (1, "fortnight"), (1, "")])
def test_unit_that_is_none_is_an_error(count: int, unit: str) -> None:
    with pytest.raises(UnknownTimeUnit):
        window_length(count, unit)


def test_length_is_read_from_its_text() -> None:
    length = window_length(5, "min")

    assert parse_window_length(str(length)) == length
    assert parse_window_length("5fortnight") is None
