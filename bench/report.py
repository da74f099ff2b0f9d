"""The results as a table of medians and ratios, and as JSON for those who compare runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from bench.rounds import Figure, Row

OURS = "gateway"
YARDSTICK = "nginx"
_FIRST_WIDTH = 52
_WIDTH = 17


def print_table(rows: Sequence[Row]) -> None:
    """Medians, their ratio to nginx, and the range of the rounds; a star for each round that was disturbed."""
    names = list(dict.fromkeys(name for row in rows for name in row.figures))
    print(f"\n{'':{_FIRST_WIDTH}}" + "".join(f" {name:>{_WIDTH}}" for name in names))
    for row in rows:
        print(f"{_label(row):{_FIRST_WIDTH}}" + _cells(row, names, lambda figure: f"{figure.median:.2f}"))
        if YARDSTICK in row.figures:
            print(f"{'  × nginx':{_FIRST_WIDTH}}" + _cells(row, names, partial(_ratio, row.figures[YARDSTICK])))
        print(f"{'  from … to':{_FIRST_WIDTH}}" + _cells(row, names, _range))


def print_verdicts(rows: Sequence[Row]) -> None:
    """What the gateway is held against, and whether it passes."""
    print(f"\n{OURS:{_FIRST_WIDTH}}{'measured':>10}{'bar':>16}{'goal':>16}")
    for row in rows:
        ours, bar = row.figures.get(OURS), row.metric.bar
        if ours is not None and bar is not None:
            medians = {name: figure.median for name, figure in row.figures.items()}
            limits = (bar.first(medians), bar.goal(medians))
            verdicts = "".join(f"{_verdict(ours.median, limit):>16}" for limit in limits)
            print(f"{_label(row):{_FIRST_WIDTH}}{ours.median:>10.2f}{verdicts}")


def write_json(rows: Sequence[Row], others: Mapping[str, object], file: Path) -> None:
    """Everything that was measured."""
    relay = {
        row.metric.title: {"unit": row.metric.unit} | {name: asdict(figure) for name, figure in row.figures.items()}
        for row in rows
    }
    file.write_text(json.dumps({**others, "relay": relay}, indent=2, ensure_ascii=False) + "\n")


def _label(row: Row) -> str:
    return f"{row.metric.title}, {row.metric.unit}"


def _cells(row: Row, names: Sequence[str], text: Callable[[Figure], str]) -> str:
    texts = (text(row.figures[name]) if name in row.figures else "-" for name in names)
    return "".join(f" {each:>{_WIDTH}}" for each in texts)


def _ratio(yardstick: Figure, figure: Figure) -> str:
    return f"{figure.median / yardstick.median:.2f}"


def _range(figure: Figure) -> str:
    return f"{figure.least:.2f}…{figure.most:.2f}{'*' * figure.disturbed}"


def _verdict(value: float, limit: float | None) -> str:
    if limit is None:
        return "-"
    return f"{limit:.2f} {'passed' if value <= limit else 'missed'}"
