"""The ratios as a picture: one group of bars for each scenario, nginx is the line at 1. Plain SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from bench.report import OURS, YARDSTICK
from bench.rounds import Row

_COLOURS = ("#0b7285", "#adb5bd", "#ced4da", "#f59f00", "#e8590c", "#862e9c", "#495057")
_LEFT, _UNIT, _BAR, _GAP, _MOST = 330, 170, 13, 22, 4.0


def write_plot(rows: Sequence[Row], file: Path) -> None:
    """Rows in which nginx was not run are left out, as are those in which more is better."""
    shown = [row for row in rows if YARDSTICK in row.figures and row.metric.unit != "1/s"]
    names = list(dict.fromkeys([OURS, *(name for row in shown for name in row.figures)]))
    colours = {name: _COLOURS[index % len(_COLOURS)] for index, name in enumerate(names)}
    parts: list[str] = []
    top = 40.0
    for row in shown:
        parts.append(_text(_LEFT - 10, top + 11, f"{row.metric.title}", anchor="end", weight="bold"))
        for name in (name for name in names if name in row.figures):
            ratio = row.figures[name].median / row.figures[YARDSTICK].median
            parts.append(_bar(top, ratio, colours[name], f"{name}  {ratio:.2f}"))
            top += _BAR + 2
        top += _GAP
    one = _LEFT + _UNIT
    parts.append(f'<line x1="{one}" y1="30" x2="{one}" y2="{top - _GAP:.0f}" stroke="#212529" stroke-dasharray="3 3"/>')
    parts.append(_text(one, 22, "1.0 = nginx; shorter is better", anchor="middle"))
    file.write_text(_document(parts, height=top))


def _bar(top: float, ratio: float, colour: str, label: str) -> str:
    width = min(ratio, _MOST) * _UNIT
    rectangle = f'<rect x="{_LEFT}" y="{top:.0f}" width="{width:.0f}" height="{_BAR}" fill="{colour}"/>'
    return rectangle + _text(_LEFT + width + 6, top + 11, label + (" →" if ratio > _MOST else ""))


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>'


def _document(parts: Sequence[str], *, height: float) -> str:
    width = _LEFT + _MOST * _UNIT + 160
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
    style = 'font-family="sans-serif" font-size="12" style="background: #fff">'
    return head + style + "\n" + "\n".join(parts) + "\n</svg>\n"
