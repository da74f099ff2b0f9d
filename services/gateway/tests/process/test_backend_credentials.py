"""What a backend is shown reaches it, and nobody else: not the log, not the metrics, not the client."""

from __future__ import annotations

import os

import httpx2
import pytest
from websockets.exceptions import InvalidStatus

from backends.sealing import Seal, credential_context
from contracts.publisher import Endpoint, EndpointSecurity
from services.gateway.tests.dataplane.backends import ACCEPTANCE, answering, raw_backend
from services.gateway.tests.policies.world import deployment
from services.gateway.tests.process.gateway_process import Site, fresh_token, open_client

SECRET = "Basic YmFja2VuZDpnZWhlaW0="


def endpoint(url: str, seal: Seal, key_type: str) -> Endpoint:
    sealed = seal.close_text(SECRET, context=credential_context(api_id="a1", key_type=key_type))
    return Endpoint(url=url, security=EndpointSecurity(header="Authorization", sealed_value=sealed))


async def test_sealed_credential_reaches_only_the_backend(site: Site) -> None:
    foreign = Seal([os.urandom(32)])
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        await site.tell(
            deployment(
                version=2,
                production_endpoint=endpoint(backend.url, site.seal, "PRODUCTION"),
                sandbox_endpoint=endpoint(backend.url, foreign, "SANDBOX"),
            )
        )
        with site.gateway(LOG_LEVEL="DEBUG") as gateway:
            gateway.start()
            await gateway.wait_ready()

            # This backend's answer is for one fixed key, so it is refused; what counts is what the backend saw.
            with pytest.raises(InvalidStatus):
                await open_client(gateway, fresh_token())
            with pytest.raises(InvalidStatus) as refused:
                await open_client(gateway, fresh_token(keytype="SANDBOX"))
            async with httpx2.AsyncClient(base_url=gateway.admin) as http:
                metrics = (await http.get("/metrics")).text
            assert await gateway.stop() == 0

    assert [head.count(f"\r\nAuthorization: {SECRET}\r\n") for head in backend.heads] == [1]
    assert refused.value.response.status_code == 502
    assert 'reason="unusable-backend-credential"} 1.0' in metrics
    assert "the credential of a backend cannot be opened" in gateway.log
    shown = gateway.log + metrics + repr(refused.value.response.body)
    assert not any(part in shown for part in (SECRET, SECRET.removeprefix("Basic ")))
