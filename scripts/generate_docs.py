"""Writes the pages of `docs/` that are generated from the code, or checks with `--check` that they are fresh.

Exit codes: 0 done or fresh, 1 with a sentence for each page that is stale. Nothing is read but the code: no network,
no environment, no database.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from doc_pages import all_pages
from doc_pages.markdown import COMMAND

_DOCS = Path(__file__).resolve().parent.parent / "docs"


def main(arguments: Sequence[str]) -> int:
    """`--folder` is another place than `docs/`, for tests."""
    parser = argparse.ArgumentParser(description="Writes the generated pages of docs/.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is stale")
    parser.add_argument("--folder", type=Path, default=_DOCS, help="where the pages are")
    options = parser.parse_args(arguments)
    pages = all_pages()
    stale, left_over = _stale(pages, options.folder), _left_over(pages, options.folder)
    if options.check:
        paths = [options.folder / name for name in stale] + left_over
        sys.stderr.writelines(f"{path} is stale: run '{COMMAND}'.\n" for path in paths)
        return 1 if paths else 0
    for name in stale:
        _write(options.folder / name, pages[name])
        print(f"wrote {options.folder / name}")  # noqa: T201  # a command's output
    for path in left_over:
        path.unlink()
        print(f"took away {path}")  # noqa: T201  # a command's output
    return 0


def _stale(pages: Mapping[str, str], folder: Path) -> list[str]:
    """Missing or different."""
    return [name for name, text in pages.items() if _read(folder / name) != text]


def _left_over(pages: Mapping[str, str], folder: Path) -> list[Path]:
    """Of a service that is no more. Only the folder that holds nothing but generated files is looked at."""
    present = sorted((folder / "openapi").glob("*.json"))
    return [path for path in present if str(path.relative_to(folder)) not in pages]


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
