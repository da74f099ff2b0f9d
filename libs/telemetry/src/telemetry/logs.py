"""Structured logs: JSON lines in containers, readable lines in a terminal. Credentials never get through.

One pipeline for our loggers, the standard library's and uvicorn's.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LogFormat = Literal["json", "console"]

_SECRET_NAMES = re.compile(r"(?i)^(authorization|(\w+_)?(token|password|secret)|apikey|(set_)?cookie)$")
# Parameters, credentials in headers, and the password in a URL.
_SECRET_VALUES = re.compile(
    r"(?i)((?:access_token|apikey|client_secret|password|token)=)[^&\s\"']+"
    r"|((?:bearer|authorization\W{1,5}basic)\s+|sluice\.bearer\.)[\w\-.~+/=]+"
    r"|(://[^/:@\s]*:)[^/@\s]+(?=@)"
)
_HIDDEN = "[hidden]"


def configure_logging(*, service: str, log_format: LogFormat, level: str = "INFO") -> None:
    """Called once by `__main__`, before anything logs."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            hide_secrets,
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # One line for each request is the business of metrics and of the access log, not of the library.
    for name in ("uvicorn.access", "uvicorn.error", "alembic", "httpx", "aiosqlite", "aiokafka"):
        logging.getLogger(name).setLevel("WARNING")
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    structlog.contextvars.bind_contextvars(service=service)


def hide_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replaces what looks like a credential, by field name and inside text (query strings, headers)."""
    for name, value in event.items():
        if _SECRET_NAMES.match(name):
            event[name] = _HIDDEN
        elif isinstance(value, str):
            event[name] = _SECRET_VALUES.sub(lambda m: (m[1] or m[2] or m[3]) + _HIDDEN, value)
    return event
