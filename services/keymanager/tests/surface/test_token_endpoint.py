"""The token endpoint against RFC 6749, RFC 9068 and RFC 9700 (checklist A1 to A5)."""

from __future__ import annotations

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from contracts.publisher import Scope

from .world import ADMIN, ISSUER, World, api, application, world_on

FORM = {"grant_type": "client_credentials"}


@pytest.fixture
async def client(world: World) -> tuple[str, str]:
    await world.create_user("creator", "creator")
    return await world.register("creator")


async def read_token(world: World, token: str) -> jwt.Token:
    """As an independent implementation reads it, with the published keys."""
    keys = KeySet.import_key_set((await world.http.get("/oauth2/jwks")).json())
    return jwt.decode(token, keys, algorithms=["ES256", "RS256"])


async def test_get_is_405_in_oauths_form(world: World) -> None:
    answer = await world.http.get("/oauth2/token")

    assert answer.status_code == 405
    assert answer.json()["error"] == "invalid_request"
    assert answer.headers["allow"] == "POST"


async def test_answer_is_never_cached(world: World, client: tuple[str, str]) -> None:
    answer = await world.token(client)

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "refresh_token" not in answer.json()


async def test_client_may_prove_itself_in_the_body(world: World, client: tuple[str, str]) -> None:
    answer = await world.http.post("/oauth2/token", data={**FORM, "client_id": client[0], "client_secret": client[1]})

    assert answer.status_code == 200


@pytest.mark.parametrize("query", ["?client_id=a&client_secret=b", "?grant_type=client_credentials"])
async def test_parameters_in_the_url_are_400(world: World, client: tuple[str, str], query: str) -> None:
    answer = await world.http.post(f"/oauth2/token{query}", data=FORM, auth=client)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_two_ways_of_proof_are_400(world: World, client: tuple[str, str]) -> None:
    answer = await world.http.post("/oauth2/token", data={**FORM, "client_secret": client[1]}, auth=client)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_other_client_id_in_the_body_than_in_basic_is_400(world: World, client: tuple[str, str]) -> None:
    answer = await world.http.post("/oauth2/token", data={**FORM, "client_id": "another"}, auth=client)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"grant_type=client_credentials&grant_type=client_credentials", "application/x-www-form-urlencoded"),
        (b"grant_type=client_credentials&scope=a&scope=", "application/x-www-form-urlencoded"),
        (b"grant_type=client_credentials&scope=%ff", "application/x-www-form-urlencoded"),
        (b"&".join(b"p%d=1" % n for n in range(60)), "application/x-www-form-urlencoded"),
        (b'{"grant_type": "client_credentials"}', "application/json"),
        (b"", "application/x-www-form-urlencoded"),
        (b"grant_type=", "application/x-www-form-urlencoded"),
    ],
)
async def test_malformed_form_is_400(world: World, client: tuple[str, str], body: bytes, media_type: str) -> None:
    answer = await world.http.post("/oauth2/token", content=body, headers={"Content-Type": media_type}, auth=client)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.headers["cache-control"] == "no-store"


async def test_unknown_client_and_wrong_secret_get_the_same_answer(world: World, client: tuple[str, str]) -> None:
    unknown = await world.token(("nobody", client[1]))
    wrong = await world.token((client[0], "wrong"))

    assert unknown.status_code == wrong.status_code == 401
    assert unknown.json() == wrong.json()
    assert unknown.json()["error"] == "invalid_client"
    assert wrong.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize("header", ["Bearer abc", "Basic !!!", "Basic bm9jb2xvbg==", "Basic", "Digest x"])
async def test_unusable_authorization_is_invalid_client(world: World, header: str) -> None:
    answer = await world.http.post("/oauth2/token", data=FORM, headers={"Authorization": header})

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_no_proof_at_all_is_invalid_client(world: World) -> None:
    assert (await world.http.post("/oauth2/token", data=FORM)).status_code == 401
    assert (await world.http.post("/oauth2/token", data={**FORM, "client_id": "x"})).status_code == 401


async def test_second_authorization_header_is_400(world: World, client: tuple[str, str]) -> None:
    headers = [("Authorization", "Basic YTpi"), ("Authorization", "Basic YTpi")]

    answer = await world.http.post("/oauth2/token", data=FORM, headers=headers)

    assert answer.status_code == 400


@pytest.mark.parametrize("grant_type", ["password", "implicit", "refresh_token", "CLIENT_CREDENTIALS", "x" * 5000])
async def test_unknown_grant_is_unsupported(world: World, client: tuple[str, str], grant_type: str) -> None:
    answer = await world.http.post("/oauth2/token", data={"grant_type": grant_type}, auth=client)

    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


async def test_grant_that_is_not_registered_is_unauthorized_client(world: World) -> None:
    await world.create_user("subscriber", "subscriber")
    key = await world.application_client(grantTypes=["password"])

    answer = await world.token(key)

    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.parametrize("scope", ['with"quote', "back\\slash", "nön", "tab\tbetween"])
async def test_scope_outside_its_grammar_is_invalid_scope(world: World, client: tuple[str, str], scope: str) -> None:
    answer = await world.token(client, scope)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("role", "remaining"),
    [
        ("creator", "apim:api_view apim:api_create"),
        ("publisher", "apim:api_view apim:api_publish"),
        ("subscriber", "apim:subscribe"),
        ("admin", "apim:api_view apim:api_create apim:api_publish apim:subscribe apim:admin apim:later"),
    ],
)
async def test_rest_client_gets_the_scopes_of_its_owners_roles(world: World, role: str, remaining: str) -> None:
    await world.create_user("somebody", role)
    client = await world.register("somebody")
    asked = "apim:api_view apim:api_create apim:api_publish apim:subscribe apim:admin apim:later orders"

    answer = await world.token(client, asked)

    assert answer.json()["scope"] == remaining


async def test_rest_token_is_rfc_9068(world: World, client: tuple[str, str]) -> None:
    token = await read_token(world, await world.rest_token(client, "apim:api_view"))

    assert token.header["typ"] == "at+jwt"
    claims = token.claims
    assert claims["iss"] == ISSUER
    assert claims["aud"] == "sluice-rest"
    assert claims["sub"] == "creator"
    assert claims["client_id"] == client[0]
    assert claims["roles"] == ["creator"]
    assert claims["scope"] == "apim:api_view"
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["jti"]
    assert "keytype" not in claims


async def test_rs256_by_setting(database_url: str) -> None:
    async with world_on(database_url, algorithm="RS256") as world:
        client = await world.register("admin", password=ADMIN[1])

        token = await read_token(world, await world.rest_token(client))

        assert token.header["alg"] == "RS256"
        (key,) = (await world.http.get("/oauth2/jwks")).json()["keys"]
        assert key["kty"] == "RSA"


async def test_application_never_gets_rest_scopes(world: World) -> None:
    await world.create_user("subscriber", "subscriber", "admin")
    key = await world.application_client()

    token = await read_token(world, await world.rest_token(key, "apim:subscribe apim:admin"))

    assert token.claims["aud"] == "sluice"
    assert token.claims["sub"] == "subscriber"
    assert token.claims["keytype"] == "PRODUCTION"
    assert token.claims["scope"] == ""
    assert "roles" not in token.claims


async def test_application_gets_api_scopes_bound_to_its_owners_roles(world: World) -> None:
    await world.create_user("subscriber", "subscriber")
    key = await world.application_client()
    scopes = (
        Scope(name="orders", roles=("Internal/subscriber",)),
        Scope(name="payments", roles=("publisher",)),
        Scope(name="free"),
        Scope(name="apim:admin"),
    )
    await world.tell(api("api-1", *scopes))

    await world.eventually_granted(key, "orders payments free unknown apim:admin", remaining="orders free")


async def test_scopes_of_a_deleted_api_are_no_longer_given(world: World) -> None:
    await world.create_user("subscriber", "subscriber")
    key = await world.application_client()
    fact = api("api-1", Scope(name="free"))
    await world.tell(fact)
    await world.eventually_granted(key, "free", remaining="free")

    await world.tell(fact.model_copy(update={"deleted": True}))

    await world.eventually_granted(key, "free", remaining="")


async def test_oauth_application_gets_a_reference_token_known_as_a_fact(world: World) -> None:
    await world.create_user("subscriber", "subscriber")
    key = await world.application_client(tokenType="OAUTH", keyType="SANDBOX", validityTime=600)

    token = await world.rest_token(key)

    assert token.startswith("slr_")
    fact = await world.reference_token_fact(token)
    assert fact.client_id == key[0]
    assert fact.subject == "subscriber"
    assert fact.key_type == "SANDBOX"
    assert fact.issuer == ISSUER
    assert (fact.expires_at - fact.issued_at).total_seconds() == 600


async def test_token_type_follows_the_applications_fact(world: World) -> None:
    await world.create_user("subscriber", "subscriber")
    key = await world.application_client(tokenType="JWT")
    await world.tell(application(token_type="OAUTH"))

    async def is_reference() -> bool:
        return (await world.rest_token(key)).startswith("slr_")

    await world.soon(is_reference, "the application's new token type counts")


async def test_lifetime_is_the_clients_and_bounded(database_url: str) -> None:
    async with world_on(database_url, max_lifetime=1800) as world:
        client = await world.register("admin", password=ADMIN[1])

        answer = await world.token(client)

        assert answer.json()["expires_in"] == 1800


async def test_owner_who_is_deactivated_gets_no_tokens(world: World, client: tuple[str, str]) -> None:
    (user,) = (await world.http.get('/scim2/Users?filter=userName eq "creator"', auth=ADMIN)).json()["Resources"]
    body = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    await world.http.patch(f"/scim2/Users/{user['id']}", json=body, auth=ADMIN)

    answer = await world.token(client)

    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


async def test_service_client_gets_no_token(world: World) -> None:
    answer = await world.token(("sluice-publisher", "publisher-secret-for-tests"))

    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


async def test_guessing_is_slowed_down_and_the_right_secret_works_after_the_wait(
    world: World, client: tuple[str, str]
) -> None:
    codes = [(await world.token((client[0], f"wrong-{n}"))).status_code for n in range(10)]
    blocked = await world.token(client)

    assert codes == [401] * 5 + [429] * 5
    assert blocked.status_code == 429
    assert 1 <= int(blocked.headers["retry-after"]) <= 60
    world.attempt_clock.seconds += 60
    assert (await world.token(client)).status_code == 200
    assert (await world.token((client[0], "wrong"))).status_code == 401


async def test_jwks_holds_public_members_only_and_may_be_cached(world: World) -> None:
    answer = await world.http.get("/oauth2/jwks")

    (key,) = answer.json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert "max-age" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/oauth2/token/.well-known/openid-configuration",
    ],
)
async def test_discovery_lists_what_answers(world: World, path: str) -> None:
    metadata = (await world.http.get(path)).json()

    assert metadata["issuer"] == ISSUER
    assert metadata["grant_types_supported"] == ["client_credentials"]
    for name in ("token_endpoint", "revocation_endpoint", "introspection_endpoint"):
        assert (await world.http.post(metadata[name])).status_code in {400, 401}
    assert (await world.http.get(metadata["jwks_uri"])).status_code == 200


async def test_no_secret_and_no_private_key_is_stored_in_the_open(world: World, client: tuple[str, str]) -> None:
    await world.create_user("subscriber", "subscriber")
    key = await world.application_client(tokenType="OAUTH")
    token = await world.rest_token(key)

    stored = world.database_bytes()

    for secret in (client[1], key[1], token, "a-good-password", ADMIN[1], "BEGIN PRIVATE KEY"):
        assert secret.encode() not in stored
