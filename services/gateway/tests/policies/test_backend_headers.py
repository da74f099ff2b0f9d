"""What the backend is told of who connects, where the API asks for it."""

from __future__ import annotations

from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from contracts import Fact
from contracts.publisher import Deployment, Operation
from gateway.handshake.admission import Admitted, HandshakeAttempt
from gateway.handshake.refusal import Refusal
from gateway.policies.backend_headers import BackendHeaders
from tokens.assertion import AssertionSigner

from .world import api, application, attempt, deployment, everything, open_world, token

ASSERTED: dict[str, Any] = {"backend_assertion": True}


async def admitted(**changes: object) -> Admitted | Refusal:
    async with open_world(*everything(deployment(**changes))) as world:
        return await world.decide(attempt(bearer=token()))


async def test_access_token_is_kept_from_the_backend() -> None:
    found = await admitted()

    assert isinstance(found, Admitted)
    assert found.extra_headers == ()


async def test_access_token_goes_to_the_backend_that_asks_for_it() -> None:
    sent = token()
    async with open_world(*everything(deployment(forward_credentials=True))) as world:
        by_header = await world.decide(attempt(bearer=sent))
        by_query = await world.decide(attempt(query=f"access_token={sent}"))

    assert isinstance(by_header, Admitted)
    assert isinstance(by_query, Admitted)
    assert by_header.extra_headers == by_query.extra_headers == (("Authorization", f"Bearer {sent}"),)


async def claims_of(*facts: Fact, asked: HandshakeAttempt | None = None) -> dict[str, object]:
    """What the assertion says, verified as a backend does."""
    signer = AssertionSigner(issuer="gateway")
    changed = facts if any(isinstance(fact, Deployment) for fact in facts) else (*facts, deployment(**ASSERTED))
    async with open_world(*everything(*changed), headers=BackendHeaders(signer)) as world:
        found = await world.decide(asked or attempt(bearer=token()))
    assert isinstance(found, Admitted)
    ((name, value),) = found.extra_headers
    assert name == "X-JWT-Assertion"
    return dict(jwt.decode(value, ECKey.import_key(dict(signer.public_jwk))).claims)


def wso2(name: str) -> str:
    return f"http://wso2.org/claims/{name}"


async def test_assertion_says_who_connects_with_what_right() -> None:
    found = await claims_of(application(attributes={"team": "red"}))

    registered = {name: found.pop(name) for name in ("iss", "sub", "iat", "exp", "jti")}
    assert (registered["iss"], registered["sub"]) == ("gateway", "sue")
    assert found == {
        wso2("subscriber"): "sue",
        wso2("applicationid"): "app1",
        wso2("applicationUUId"): "app1",
        wso2("applicationname"): "Client",
        wso2("applicationtier"): "Unlimited",
        wso2("applicationAttributes"): {"team": "red"},
        wso2("apiname"): "Chat",
        wso2("apicontext"): "/chat/1.0",
        wso2("version"): "1.0",
        wso2("tier"): "Gold",
        wso2("keytype"): "PRODUCTION",
        wso2("usertype"): "APPLICATION",
        wso2("enduser"): "sue",
    }


async def test_assertion_tells_an_end_user_from_the_applications_owner() -> None:
    found = await claims_of(asked=attempt(bearer=token(sub="eve")))

    assert (found[wso2("usertype")], found[wso2("enduser")], found["sub"]) == ("APPLICATION_USER", "eve", "eve")


async def test_assertion_names_the_version_where_the_context_has_it() -> None:
    found = await claims_of(api(context="/{version}/chat"), asked=attempt("/1.0/chat/rooms/5", bearer=token()))

    assert found[wso2("apicontext")] == "/1.0/chat"


async def test_assertion_of_an_open_channel_names_nobody() -> None:
    unasked = Operation(target="/rooms/{room}", verb="SUBSCRIBE", auth_type="None")

    claims = await claims_of(deployment(**ASSERTED, operations=(unasked,)), asked=attempt())

    assert (claims["sub"], claims[wso2("tier")]) == ("anonymous", "Unauthenticated")
    assert wso2("subscriber") not in claims


async def test_channel_leads_where_its_mapping_says() -> None:
    mapped = Operation(target="/rooms/{room}", verb="SUBSCRIBE", uri_mapping="/v2/{uri.var.room}?full=1")

    found = await admitted(operations=(mapped,))

    assert isinstance(found, Admitted)
    assert found.mapped_target == "/v2/5?full=1"


async def test_mapping_that_cannot_be_filled_is_the_backends_fault() -> None:
    mapped = Operation(target="/rooms/{room}", verb="SUBSCRIBE", uri_mapping="/v2/{uri.var.other}")

    found = await admitted(operations=(mapped,))

    assert isinstance(found, Refusal)
    assert found.name == "backend-unreachable"
