"""Spans, as a collector receives them over OTLP/HTTP."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from services.gateway.tests.process.gateway_process import Site, expect_echo, fresh_token, open_client, open_site

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@dataclass
class Collector:
    """Takes what OTLP exporters post."""

    endpoint: str = ""
    spans: list[Span] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                body = await reader.readexactly(int(length.partition(b":")[2]))
                self._take(head, body)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n")
        except asyncio.IncompleteReadError:
            pass  # The exporter is gone.
        finally:
            writer.close()

    def attributes(self, name: str) -> list[dict[str, Any]]:
        """Of the spans with this name."""
        found = [span for span in self.spans if span.name == name]
        return [
            {
                each.key: each.value.string_value or each.value.int_value or each.value.double_value
                for each in span.attributes
            }
            for span in found
        ]

    def _take(self, head: bytes, body: bytes) -> None:
        assert head.startswith(b"POST /v1/traces ")
        self.bodies.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans += scope.spans


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    collector = Collector()
    server = await asyncio.start_server(collector.serve, "127.0.0.1", 0)
    collector.endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield collector
    finally:
        server.close()


@pytest.fixture
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(tmp_path_factory.mktemp("traced")) as opened:
        yield opened


async def test_a_handshake_and_a_session_end_are_a_span_each_in_the_clients_trace(site: Site) -> None:
    bearer = fresh_token()
    async with collecting() as collector:
        with site.gateway() as gateway:
            gateway.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.endpoint
            gateway.start()
            await gateway.wait_ready()
            headers = {"Authorization": f"Bearer {bearer}", "traceparent": f"00-{TRACE}-{PARENT}-01"}
            async with connect(f"{gateway.ws}/chat/1.0/rooms/5?access=1", additional_headers=headers) as client:
                await expect_echo(client, "hello")
            with pytest.raises(InvalidStatus):
                await open_client(gateway, "nonsense")

            assert await gateway.stop() == 0

        accepted, refused = collector.attributes("handshake")
        (ended,) = collector.attributes("session end")

    assert accepted | {"sluice.api": "Chat", "sluice.plan": "Gold", "http.response.status_code": 101} == accepted
    assert refused | {"sluice.api": "Chat", "http.response.status_code": 401} == refused
    assert ended | {"sluice.close_code": 1000, "sluice.initiator": "client", "sluice.messages_in": 1} == ended
    assert ended["sluice.session"] == accepted["sluice.session"]
    handshake = next(span for span in collector.spans if span.name == "handshake")
    end = next(span for span in collector.spans if span.name == "session end")
    assert (handshake.trace_id.hex(), handshake.parent_span_id.hex()) == (TRACE, PARENT)
    assert (end.trace_id.hex(), end.parent_span_id) == (TRACE, handshake.span_id)
    assert bearer.encode() not in b"".join(collector.bodies)
    assert TRACE in gateway.log


def test_without_an_endpoint_the_sdk_of_opentelemetry_is_not_even_imported() -> None:
    command = "import sys, gateway.__main__; sys.exit('opentelemetry.sdk' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0
