"""The little Markdown that generated pages are made of: a title, paragraphs and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

COMMAND = "python scripts/generate_docs.py"
"""What refreshes every page."""


def page(title: str, *, source: str, blocks: Iterable[str]) -> str:
    """A whole page; its first lines say that it is generated, and from what."""
    header = f"<!-- Generated from {source} by {COMMAND}. Change the code, not this page. -->"
    return "\n\n".join([header, f"# {title}", *blocks]) + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; what a cell holds may contain bars and line ends."""
    lines = [headings, ["---"] * len(headings), *([_cell(text) for text in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(text: str) -> str:
    """Verbatim, or nothing for nothing."""
    return f"`{text}`" if text else ""


def paragraph(docstring: str | None) -> str:
    """A docstring as one line."""
    return " ".join((docstring or "").split())


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
