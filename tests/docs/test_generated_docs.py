"""The generated pages of `docs/` say what the code says, and a page that does not is found out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import contracts
import gateway.settings
import keymanager.settings
from gateway.handshake.refusals import CATALOGUE
from gateway.session.close_codes import CLOSE_CODES

_ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = _ROOT / "scripts" / "generate_docs.py"
_PAGES = ("events.md", "errors.md", "close-codes.md", "settings.md", "openapi/publisher.json")
pytestmark = pytest.mark.timeout(60)


def _generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(_PROGRAM), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every page as the code is now."""
    folder = tmp_path_factory.mktemp("docs")
    done = _generate("--folder", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def _rows(page: Path) -> list[list[str]]:
    lines = page.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("|")]


def test_committed_pages_are_fresh() -> None:
    checked = _generate("--check")

    assert checked.returncode == 0, checked.stderr


def test_every_stale_page_fails_the_check_with_the_command_to_refresh_it(fresh: Path) -> None:
    texts = {fresh / name: (fresh / name).read_text(encoding="utf-8") for name in _PAGES}
    for page, text in texts.items():
        page.write_text(text + "added by hand\n", encoding="utf-8")

    checked = _generate("--check", "--folder", str(fresh))

    for page, text in texts.items():
        page.write_text(text, encoding="utf-8")
    assert checked.returncode == 1
    said = {f"{page} is stale: run 'python scripts/generate_docs.py'." for page in texts}
    assert set(checked.stderr.splitlines()) == said


def test_the_document_of_a_service_that_is_no_more_is_stale(fresh: Path) -> None:
    left_over = fresh / "openapi" / "nobody.json"
    left_over.write_text("{}", encoding="utf-8")

    checked = _generate("--check", "--folder", str(fresh))
    _generate("--folder", str(fresh))

    assert checked.returncode == 1
    assert not left_over.exists()


def test_every_refusal_is_in_the_table(fresh: Path) -> None:
    rows = [row[:3] for row in _rows(fresh / "errors.md")]

    missing = [r.name for r in CATALOGUE if [str(r.status), str(r.code), f"`{r.name}`"] not in rows]
    assert not missing


def test_errors_have_the_status_that_their_service_answers(fresh: Path) -> None:
    rows = [row[:3] for row in _rows(fresh / "errors.md")]

    assert ["409", "900251", "`ContextTaken`"] in rows
    assert ["429", "429", "`TooManyAttempts`"] in rows
    assert ["503", "503", "`KeyManagerAway`"] in rows
    assert not [row for row in rows if row[0] == "500" and row[2] != "`internal-error`"], "an error that nobody mapped"


def test_every_fact_is_in_the_table(fresh: Path) -> None:
    rows = _rows(fresh / "events.md")

    missing = [f for f in contracts.ALL_FACTS if not any(f"`{f.topic.name}`" in row for row in rows)]
    assert not missing


def test_every_close_code_is_in_the_table(fresh: Path) -> None:
    codes = {row[0] for row in _rows(fresh / "close-codes.md")}

    assert {str(int(row.code)) for row in CLOSE_CODES} <= codes


def test_every_variable_is_in_the_table(fresh: Path) -> None:
    variables = {row[0].strip("`") for row in _rows(fresh / "settings.md")}

    assert set(gateway.settings.Settings.variables().values()) <= variables
    assert set(keymanager.settings.Settings.variables().values()) <= variables
    assert {"SLUICE_DATA_DIR", "EVENTBUS_URL"} <= variables


def test_openapi_documents_describe_the_tutorial(fresh: Path) -> None:
    document = json.loads((fresh / "openapi" / "publisher.json").read_text(encoding="utf-8"))

    assert "/api/am/publisher/v4/apis" in document["paths"]
