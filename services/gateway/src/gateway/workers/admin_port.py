"""The admin port of a parent: what one gateway would answer, put together from the workers' answers.

Only what is different for several workers is here; everything else is answered by one of them, as all know the same.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import httpx
from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CollectorRegistry, generate_latest

from gateway import __version__
from gateway.handshake.drain import DrainState
from gateway.workers.merged_metrics import MergedMetrics
from gateway.workers.parent_metrics import ParentMetrics
from gateway.workers.session_pages import SessionRow, WorkerRefused, list_sessions
from gateway.workers.worker_client import Question, WorkerClient
from gateway.workers.worker_process import WorkerProcess
from gateway.workers.workers import Workers
from hosting.body_limit import BodyLimit
from hosting.listing import Listing, PageQuery
from telemetry.error_responses import install_error_responses, problem_response
from telemetry.health import Check, install_health_routes
from telemetry.metrics import create_registry, measure_requests
from telemetry.problem import Problem

# Less than who probes us waits, so that a worker that hangs is told as what it is.
_READY_WITHIN = timedelta(seconds=0.8)
_HANDED_ON = ("authorization", "content-type", "accept", "origin")
_HANDED_BACK = ("content-type", "www-authenticate", "content-security-policy")
_NO_WORKER = Problem(503, 900900, "Service Unavailable", "No worker of the gateway answers.")


class AdminPort:
    """The operations. `drain_within` is how long draining may take."""

    def __init__(self, workers: Workers, client: WorkerClient, *, drain_within: timedelta) -> None:
        self._workers = workers
        self._client = client
        self._drain_within = drain_within
        self._own = create_registry(service="gateway", release=__version__)
        self._merged = MergedMetrics()
        self.registry = CollectorRegistry()
        self.registry.register(self._merged)
        self.registry.register(ParentMetrics(workers))

    def checks(self) -> dict[str, Check]:
        """Ready is who has all workers ready."""
        return {f"worker {worker.number}": partial(self._check, worker) for worker in self._workers}

    async def scrape(self) -> None:
        """Before each scrape of the parent."""
        texts = {os.getpid(): generate_latest(self._own).decode()}
        for worker in self._workers:
            pid = worker.pid
            answer = await self._client.ask(worker, Question("GET", "/metrics"))
            if pid is not None and pid == worker.pid and answer is not None and answer.status_code == 200:
                texts[pid] = answer.text
        alive = frozenset(worker.pid for worker in self._workers if worker.pid is not None)
        self._merged.scraped(texts, alive=alive | {os.getpid()})

    async def sessions(self, request: Request, page: PageQuery) -> Listing[SessionRow]:
        """`GET /sessions`."""
        return await list_sessions(self._client, self._workers, await _question(request), page)

    async def close_sessions(self, request: Request) -> Response:
        """`DELETE /sessions`: all close theirs."""
        answers = await self._client.ask_all(await _question(request))
        refused = [answer for answer in answers if answer.status_code != 200]
        if refused or not answers:
            return _passed_on(refused)
        return Response(
            f'{{"count":{sum(answer.json()["count"] for answer in answers)}}}', media_type="application/json"
        )

    async def close_session(self, request: Request, session_id: str) -> Response:
        """`DELETE /sessions/{id}`: whoever has it closes it."""
        answers = await self._client.ask_all(await _question(request))
        return _passed_on(sorted(answers, key=lambda answer: answer.status_code))

    async def drain(self, request: Request) -> Response:
        """`/-/drain`: as far as the worker is that is least far."""
        answers = await self._client.ask_all(await _question(request), within=self._drain_within)
        refused = [answer for answer in answers if answer.status_code != 200]
        order = list(DrainState)
        return _passed_on(refused or sorted(answers, key=lambda answer: order.index(answer.json()["state"])))

    async def anything(self, request: Request, path: str) -> Response:
        """Everything else is the same on all."""
        answer = await self._client.ask_any(await _question(request))
        return _passed_on([] if answer is None else [answer])

    async def _check(self, worker: WorkerProcess) -> str | None:
        if self._workers.is_stopping:
            return "the gateway is about to stop"
        answer = await self._client.ask(worker, Question("GET", "/readyz"), within=_READY_WITHIN)
        if answer is None:
            return "the worker does not answer"
        if answer.status_code == 200:
            return None
        reasons = (reason for reason in answer.json()["checks"].values() if reason != "ok")
        return "; ".join(reasons)


def create_parent_app(port: AdminPort) -> FastAPI:
    """The application of the parent."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    install_error_responses(app, status_of=lambda error: Problem(500, error.code, error.message, error.description))
    install_health_routes(
        app,
        service="gateway",
        release=__version__,
        checks=port.checks(),
        registry=port.registry,
        before_metrics=port.scrape,
    )
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/sessions", port.sessions, methods=["GET"])
    router.add_api_route("/sessions", port.close_sessions, methods=["DELETE"])
    router.add_api_route("/sessions/{session_id}", port.close_session, methods=["DELETE"])
    router.add_api_route("/-/drain", port.drain, methods=["GET", "POST"])
    router.add_api_route("/{path:path}", port.anything, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    app.include_router(router)
    app.add_exception_handler(WorkerRefused, _on_refused)
    measure_requests(app, port.registry)
    app.add_middleware(BodyLimit)
    return app


async def _question(request: Request) -> Question:
    headers = {name: request.headers[name] for name in _HANDED_ON if name in request.headers}
    if request.client is not None:
        headers["x-forwarded-for"] = request.client.host
    return Question(request.method, request.url.path, request.url.query, headers, await request.body())


def _passed_on(answers: Sequence[httpx.Response]) -> Response:
    """The first of them, as it is."""
    if not answers:
        return problem_response(_NO_WORKER)
    answer = answers[0]
    kept = {name: answer.headers[name] for name in _HANDED_BACK if name in answer.headers}
    return Response(answer.content, answer.status_code, headers=kept)


async def _on_refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, WorkerRefused)
    return _passed_on([error.answer])
