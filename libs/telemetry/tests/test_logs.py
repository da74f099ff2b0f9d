"""Credentials never get into a log, by whichever way they came."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from telemetry.logs import LogFormat, configure_logging, hide_secrets

SECRET = "s3cr3t-Value.of_it"


@pytest.fixture
def plain_logging() -> Iterator[None]:
    """Gives the test run its own logging back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    for name in ("uvicorn.access", "httpx", "aiosqlite"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def hidden(**event: object) -> dict[str, object]:
    return dict(hide_secrets(None, "info", dict(event)))


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "Authorization",
        "access_token",
        "token",
        "password",
        "client_secret",
        "secret",
        "apikey",
        "cookie",
        "refresh_token",
        "id_token",
        "set_cookie",
        "consumer_secret",
    ],
)
def test_field_with_a_secrets_name_is_hidden(name: str) -> None:
    assert hidden(**{name: SECRET, "event": "x"}) == {name: "[hidden]", "event": "x"}


@pytest.mark.parametrize(
    "text",
    [
        f"GET /chat?access_token={SECRET}&x=1",
        f"GET /chat?x=1&access_token={SECRET} HTTP/1.1",
        f"ACCESS_TOKEN={SECRET}",
        f"refresh_token={SECRET}",
        f"apikey={SECRET}&x=1",
        f"grant_type=password&username=sue&password={SECRET}",
        f"client_id=c1&client_secret={SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"authorization: bearer  {SECRET}",
        f"{{'authorization': 'Bearer {SECRET}'}}",
        f"Authorization: Basic {SECRET.replace('.', '').replace('-', '')}",
        f"Sec-WebSocket-Protocol: sluice.bearer, sluice.bearer.{SECRET}",
        f"cannot connect to postgresql+asyncpg://sluice:{SECRET}@db.example.com:5432/publisher",
    ],
)
def test_secret_inside_a_text_is_hidden(text: str) -> None:
    shown = str(hidden(event=text)["event"])

    assert "s3cr3t" not in shown
    assert "[hidden]" in shown


@pytest.mark.parametrize(
    "text",
    [
        "a token was refused",
        "the password is too short",
        "path /tokens/5",
        "wss://echo.example.com:8099/chat",
        "2026-01-02T03:04:05Z sue@example.com",
        "Basic authentication does not work here.",
    ],
)
def test_harmless_text_stays(text: str) -> None:
    assert hidden(event=text, count=3) == {"event": text, "count": 3}


@pytest.mark.parametrize("name", ["token_id", "tokens", "secretary", "key_type", "passwords_checked"])
def test_field_that_is_no_secret_stays(name: str) -> None:
    assert hidden(**{name: "x"}) == {name: "x"}


def test_what_follows_a_secret_stays() -> None:
    assert hidden(event=f"/x?token={SECRET}&limit=5")["event"] == "/x?token=[hidden]&limit=5"


@pytest.mark.usefixtures("plain_logging")
def test_json_log_is_a_line_for_each_event_and_holds_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(service="shop", log_format="json")

    structlog.get_logger("ours").info("sold", password=SECRET, thing="hat")
    logging.getLogger("theirs").warning("GET /x?access_token=%s", SECRET)
    _log_an_exception()

    lines = capsys.readouterr().err.splitlines()
    ours, theirs, failed = (json.loads(line) for line in lines)
    assert (ours["event"], ours["thing"], ours["service"], ours["level"]) == ("sold", "hat", "shop", "info")
    assert (theirs["logger"], theirs["level"]) == ("theirs", "warning")
    assert "RuntimeError" in failed["exception"]
    assert SECRET not in "".join(lines)


@pytest.mark.usefixtures("plain_logging")
def test_console_log_is_readable_and_holds_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(service="shop", log_format="console")

    structlog.get_logger("ours").info("sold", password=SECRET, thing="hat")
    _log_an_exception()

    shown = capsys.readouterr().err
    assert "sold" in shown
    assert "thing=hat" in shown
    assert SECRET not in shown


@pytest.mark.usefixtures("plain_logging")
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_level_is_kept(log_format: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(service="shop", log_format=log_format, level="WARNING")

    structlog.get_logger("ours").info("too fine")
    logging.getLogger("theirs").info("too fine")

    assert capsys.readouterr().err == ""


def _log_an_exception() -> None:
    try:
        raise RuntimeError(f"no answer from /x?access_token={SECRET}")
    except RuntimeError:
        structlog.get_logger("ours").exception("failed")
