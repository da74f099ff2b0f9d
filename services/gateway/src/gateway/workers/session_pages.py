"""One list of the sessions of all workers, oldest first, in the form that each worker gives its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx

from gateway.workers.worker_client import Question, WorkerClient
from gateway.workers.worker_process import WorkerProcess
from gateway.workers.workers import Workers
from hosting.listing import MAX_LIMIT, Listing, Page, listing

# As a worker answers it, whatever fields a session has.
SessionRow = dict[str, Any]


class WorkerRefused(Exception):
    """A worker answered with something else than a list, which the caller shall see."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"a worker answered {answer.status_code}")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: Sequence[SessionRow]
    total: int


async def list_sessions(client: WorkerClient, workers: Workers, question: Question, page: Page) -> Listing[SessionRow]:
    """Raises `WorkerRefused`. A worker that does not answer has no sessions."""
    needed = page.offset + page.limit
    filters = {name: value for name, value in parse_qsl(question.query) if name not in {"limit", "offset"}}
    parts = await asyncio.gather(*(_first_rows(client, worker, question, filters, needed) for worker in workers))
    rows = sorted((row for part in parts for row in part.rows), key=lambda row: str(row["openedAt"]))
    total = sum(part.total for part in parts)
    return listing(rows[page.offset : needed], total=total, page=page, path=question.path, **filters)


async def _first_rows(
    client: WorkerClient, worker: WorkerProcess, question: Question, filters: dict[str, str], needed: int
) -> _Rows:
    rows: list[SessionRow] = []
    while True:
        query = urlencode({**filters, "limit": min(MAX_LIMIT, max(1, needed - len(rows))), "offset": len(rows)})
        answer = await client.ask(worker, replace(question, query=query))
        if answer is None:
            return _Rows(rows, len(rows))
        if answer.status_code != 200:
            raise WorkerRefused(answer)
        body = answer.json()
        rows += body["list"]
        if len(rows) >= needed or not body["pagination"]["next"]:
            return _Rows(rows, body["pagination"]["total"])
