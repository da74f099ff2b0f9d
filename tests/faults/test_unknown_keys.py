"""F15: a flood of tokens with unknown key ids costs a refusal each, and nobody is asked about them."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections import Counter

from e2e.clients.gateway import Refused, bearer, echo

from faults.conftest import Scene
from faults.footprint import Footprint
from faults.load import Load, under_load


def _token_of_an_unknown_key() -> str:
    header = {"alg": "ES256", "typ": "at+jwt", "kid": secrets.token_hex(8)}
    parts = [header, {"iss": "http://localhost:8083", "sub": "x"}]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, base64.urlsafe_b64encode(secrets.token_bytes(64)).rstrip(b"=").decode()])


async def test_good_handshakes_go_on_through_a_flood_of_unknown_keys(scene: Scene, footprint: Footprint) -> None:
    load = Load(scene.tutorial.url, scene.headers, sessions=10)
    answers: Counter[int] = Counter()

    async def try_once() -> None:
        answer = await echo(scene.tutorial.url, headers=bearer(_token_of_an_unknown_key()))
        assert isinstance(answer, Refused)
        answers[answer.status] += 1

    async with under_load(load):
        for _ in range(25):
            await asyncio.gather(*(try_once() for _ in range(20)))

    assert answers == {401: 500}
    assert not load.problems, load.problems
