"""Asks the workers, each over HTTP on its Unix socket. What a caller sent goes on as it came, its token included: the
workers judge it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import httpx

from gateway.workers.worker_process import WorkerProcess
from gateway.workers.workers import Workers

_ANSWER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Question:
    """A request to the admin port."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] | None = None
    body: bytes = b""


class WorkerClient:
    """Opened and closed by whoever serves the admin port."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._open = AsyncExitStack()
        self._clients: dict[WorkerProcess, httpx.AsyncClient] = {}

    async def __aenter__(self) -> WorkerClient:
        for worker in self._workers:
            transport = httpx.AsyncHTTPTransport(uds=str(worker.socket))
            client = httpx.AsyncClient(transport=transport, base_url="http://worker", timeout=_ANSWER_SECONDS)
            self._clients[worker] = await self._open.enter_async_context(client)
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._open.aclose()

    async def ask(
        self, worker: WorkerProcess, question: Question, *, within: timedelta | None = None
    ) -> httpx.Response | None:
        """Its answer; None where it does not give one in time."""
        url = httpx.URL(path=question.path, query=question.query.encode())
        timeout = _ANSWER_SECONDS if within is None else within.total_seconds()
        try:
            return await self._clients[worker].request(
                question.method, url, headers=dict(question.headers or {}), content=question.body, timeout=timeout
            )
        except httpx.HTTPError:
            return None

    async def ask_all(self, question: Question, *, within: timedelta | None = None) -> Sequence[httpx.Response]:
        """The answers of those that give one."""
        answers = await asyncio.gather(*(self.ask(worker, question, within=within) for worker in self._workers))
        return [answer for answer in answers if answer is not None]

    async def ask_any(self, question: Question) -> httpx.Response | None:
        """The first answer that one of them gives."""
        for worker in self._workers:
            answer = await self.ask(worker, question)
            if answer is not None:
                return answer
        return None
