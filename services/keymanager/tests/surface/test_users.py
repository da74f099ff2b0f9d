"""Users by SCIM 2.0 (RFC 7643, RFC 7644)."""

from __future__ import annotations

import asyncio

import pytest

from contracts.keymanager import Revocation

from .world import ADMIN, ISSUER, World

USERS = "/scim2/Users"
SCIM_JSON = "application/scim+json"
GOOD = {"userName": "creator", "password": "a-good-password", "roles": [{"value": "creator"}]}


async def test_created_user_is_returned_without_its_password(world: World) -> None:
    body = {**GOOD, "emails": [{"value": "c@example.com", "primary": True}], "name": {"givenName": "Cleo"}}

    answer = await world.http.post(USERS, json=body, auth=ADMIN)

    assert answer.status_code == 201
    assert answer.headers["content-type"] == SCIM_JSON
    user = answer.json()
    assert answer.headers["location"] == user["meta"]["location"] == f"{ISSUER}{USERS}/{user['id']}"
    assert user["roles"] == [{"value": "creator"}]
    assert user["emails"] == body["emails"]
    assert user["name"] == body["name"]
    assert user["active"] is True
    assert "password" not in answer.text
    assert (await world.http.get(f"{USERS}/{user['id']}", auth=ADMIN)).json() == user


async def test_scim_media_type_is_accepted(world: World) -> None:
    content = b'{"userName": "creator", "password": "a-good-password"}'

    answer = await world.http.post(USERS, content=content, headers={"Content-Type": SCIM_JSON}, auth=ADMIN)

    assert answer.status_code == 201


async def test_wso2s_spelling_of_roles_is_the_same_role(world: World) -> None:
    answer = await world.http.post(USERS, json={**GOOD, "roles": [{"value": "Internal/creator"}]}, auth=ADMIN)

    assert answer.json()["roles"] == [{"value": "creator"}]


async def test_read_only_attributes_and_foreign_extensions_are_ignored(world: World) -> None:
    body = {**GOOD, "id": "mine", "meta": {}, "groups": [{"value": "x"}], "urn:ietf:params:scim:schemas:x": {"y": 1}}

    answer = await world.http.post(USERS, json=body, auth=ADMIN)

    assert answer.status_code == 201
    assert answer.json()["id"] != "mine"


@pytest.mark.parametrize(
    ("change", "scim_type"),
    [
        ({"roles": [{"value": "king"}]}, "invalidValue"),
        ({"roles": "creator"}, "invalidValue"),
        ({"password": "short"}, "invalidValue"),
        ({"password": "x" * 1025}, "invalidValue"),
        ({"password": None}, "invalidValue"),
        ({"userName": ""}, "invalidValue"),
        ({"userName": "with/slash"}, "invalidValue"),
        ({"userName": "with:colon"}, "invalidValue"),
        ({"userName": "x" * 101}, "invalidValue"),
        ({"userName": 7}, "invalidValue"),
        ({"active": "perhaps"}, "invalidValue"),
        ({"colour": "green"}, "invalidSyntax"),
    ],
)
async def test_bad_user_is_400_in_scims_form(world: World, change: dict[str, object], scim_type: str) -> None:
    answer = await world.http.post(USERS, json={**GOOD, **change}, auth=ADMIN)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == SCIM_JSON
    error = answer.json()
    assert error["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert (error["status"], error["scimType"]) == ("400", scim_type)
    assert "short" not in answer.text
    assert (await world.http.get(USERS, auth=ADMIN)).json()["totalResults"] == 1


async def test_broken_json_is_400(world: World) -> None:
    headers = {"Content-Type": "application/json"}

    answer = await world.http.post(USERS, content=b'{"userName": ', headers=headers, auth=ADMIN)

    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidSyntax")


async def test_long_password_works(world: World) -> None:
    await world.create_user("creator", "creator", password="p" * 1000)

    assert (await world.http.get("/scim2/Me", auth=("creator", "p" * 1000))).status_code == 200


async def test_taken_name_is_409_in_any_case(world: World) -> None:
    await world.create_user("creator")

    answer = await world.http.post(USERS, json={**GOOD, "userName": "CREATOR"}, auth=ADMIN)

    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")


async def test_of_two_at_the_same_moment_one_wins(world: World) -> None:
    answers = await asyncio.gather(*(world.http.post(USERS, json=GOOD, auth=ADMIN) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_list_is_paged_and_counts_all(world: World) -> None:
    for name in ("anna", "berta", "carla"):
        await world.create_user(name)

    answer = (await world.http.get(f"{USERS}?startIndex=2&count=2", auth=ADMIN)).json()

    assert answer["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    assert (answer["totalResults"], answer["startIndex"], answer["itemsPerPage"]) == (4, 2, 2)
    assert [user["userName"] for user in answer["Resources"]] == ["anna", "berta"]


@pytest.mark.parametrize(("query", "count"), [("count=0", 0), ("count=-3", 0), ("startIndex=-9", 1)])
async def test_list_forgives_odd_numbers(world: World, query: str, count: int) -> None:
    answer = await world.http.get(f"{USERS}?{query}", auth=ADMIN)

    assert answer.status_code == 200
    assert len(answer.json()["Resources"]) == count


@pytest.mark.parametrize("written", ['userName eq "Anna"', 'username EQ "anna"'])
async def test_filter_finds_a_user_by_name(world: World, written: str) -> None:
    await world.create_user("anna")

    answer = await world.http.get(USERS, params={"filter": written}, auth=ADMIN)

    assert [user["userName"] for user in answer.json()["Resources"]] == ["anna"]


async def test_filter_that_finds_nobody_is_an_empty_list(world: World) -> None:
    answer = await world.http.get(USERS, params={"filter": 'userName eq "x\' OR 1=1"'}, auth=ADMIN)

    assert (answer.status_code, answer.json()["totalResults"]) == (200, 0)


@pytest.mark.parametrize("written", ["userName", 'userName co "a"', 'emails eq "a"', 'userName eq "\\q"'])
async def test_other_filter_is_400(world: World, written: str) -> None:
    answer = await world.http.get(USERS, params={"filter": written}, auth=ADMIN)

    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter")


async def test_put_replaces_and_keeps_password_and_roles_when_not_given(world: World) -> None:
    user_id = await world.create_user("creator", "creator")

    answer = await world.http.put(f"{USERS}/{user_id}", json={"userName": "creator", "displayName": "C"}, auth=ADMIN)

    assert answer.status_code == 200
    assert answer.json()["displayName"] == "C"
    assert answer.json()["roles"] == [{"value": "creator"}]
    assert (await world.http.get("/scim2/Me", auth=("creator", "a-good-password"))).status_code == 200


async def test_put_changes_the_password(world: World) -> None:
    user_id = await world.create_user("creator")
    body = {"userName": "creator", "password": "another-password"}

    await world.http.put(f"{USERS}/{user_id}", json=body, auth=ADMIN)

    assert (await world.http.get("/scim2/Me", auth=("creator", "another-password"))).status_code == 200
    assert (await world.http.get("/scim2/Me", auth=("creator", "a-good-password"))).status_code == 401


async def test_name_cannot_change(world: World) -> None:
    user_id = await world.create_user("creator")

    answer = await world.http.put(f"{USERS}/{user_id}", json={"userName": "other"}, auth=ADMIN)

    assert (answer.status_code, answer.json()["scimType"]) == (400, "mutability")


@pytest.mark.parametrize(
    ("operations", "roles"),
    [
        ([{"op": "replace", "path": "roles", "value": [{"value": "publisher"}]}], ["publisher"]),
        ([{"op": "Replace", "value": {"roles": [{"value": "publisher"}]}}], ["publisher"]),
        ([{"op": "add", "path": "roles", "value": [{"value": "publisher"}]}], ["creator", "publisher"]),
        ([{"op": "remove", "path": 'roles[value eq "creator"]'}], []),
        ([{"op": "remove", "path": "roles"}], []),
    ],
)
async def test_patch_changes_roles(world: World, operations: list[dict[str, object]], roles: list[str]) -> None:
    user_id = await world.create_user("creator", "creator")

    answer = await world.http.patch(f"{USERS}/{user_id}", json={"Operations": operations}, auth=ADMIN)

    assert answer.status_code == 200, answer.text
    assert [role["value"] for role in answer.json()["roles"]] == roles


async def test_patch_changes_emails_and_password(world: World) -> None:
    user_id = await world.create_user("creator")
    operations = [
        {"op": "replace", "path": "password", "value": "another-password"},
        {"op": "replace", "path": "emails", "value": [{"value": "new@example.com"}]},
    ]

    answer = await world.http.patch(f"{USERS}/{user_id}", json={"Operations": operations}, auth=ADMIN)

    assert answer.json()["emails"] == [{"value": "new@example.com"}]
    assert (await world.http.get("/scim2/Me", auth=("creator", "another-password"))).status_code == 200


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "replace", "path": "colour", "value": 1}, "invalidPath"),
        ({"op": "remove"}, "invalidPath"),
        ({"op": "turn", "path": "roles"}, "invalidValue"),
        ({"op": "replace", "path": "roles", "value": [{"value": "king"}]}, "invalidValue"),
        ({"op": "replace", "path": "roles", "value": "x"}, "invalidValue"),
        ({"op": "add", "path": "roles", "value": ["x"]}, "invalidValue"),
        ({"op": "replace", "value": 5}, "invalidValue"),
        ({"op": "remove", "path": "userName"}, "invalidValue"),
        ({"op": "replace", "path": "userName", "value": "other"}, "mutability"),
    ],
)
async def test_bad_patch_changes_nothing(world: World, operation: dict[str, object], scim_type: str) -> None:
    user_id = await world.create_user("creator", "creator")
    before = (await world.http.get(f"{USERS}/{user_id}", auth=ADMIN)).json()

    answer = await world.http.patch(f"{USERS}/{user_id}", json={"Operations": [operation]}, auth=ADMIN)

    assert (answer.status_code, answer.json()["scimType"]) == (400, scim_type)
    assert (await world.http.get(f"{USERS}/{user_id}", auth=ADMIN)).json() == before


async def test_deleted_user_is_gone_and_its_tokens_are_revoked(world: World) -> None:
    user_id = await world.create_user("creator", "creator")
    client = await world.register("creator")

    answer = await world.http.delete(f"{USERS}/{user_id}", auth=ADMIN)

    assert answer.status_code == 204
    assert (await world.http.get(f"{USERS}/{user_id}", auth=ADMIN)).status_code == 404
    assert (await world.http.delete(f"{USERS}/{user_id}", auth=ADMIN)).status_code == 404
    assert (await world.token(client)).status_code == 401
    await world.fact(Revocation.topic.name, "subject:creator")


async def test_user_who_loses_a_role_loses_its_rest_tokens(world: World) -> None:
    user_id = await world.create_user("creator", "creator", "publisher")
    client_id, _ = await world.register("creator")
    operations = [{"op": "remove", "path": 'roles[value eq "publisher"]'}]

    await world.http.patch(f"{USERS}/{user_id}", json={"Operations": operations}, auth=ADMIN)

    await world.fact(Revocation.topic.name, f"client:{client_id}")


async def test_last_admin_stays(world: World) -> None:
    (admin,) = (await world.http.get(USERS, auth=ADMIN)).json()["Resources"]
    path = f"{USERS}/{admin['id']}"
    demotion = {"Operations": [{"op": "remove", "path": "roles"}]}
    deactivation = {"Operations": [{"op": "replace", "path": "active", "value": False}]}

    assert (await world.http.delete(path, auth=ADMIN)).status_code == 409
    assert (await world.http.patch(path, json=demotion, auth=ADMIN)).status_code == 409
    assert (await world.http.patch(path, json=deactivation, auth=ADMIN)).status_code == 409
    await world.create_user("second", "admin")
    assert (await world.http.delete(path, auth=ADMIN)).status_code == 204


async def test_admin_may_use_a_bearer_token(world: World) -> None:
    token = await world.rest_token(await world.register("admin", password=ADMIN[1]))

    answer = await world.http.get(USERS, headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 200


async def test_bearer_of_others_is_403_but_may_read_itself(world: World) -> None:
    await world.create_user("creator", "creator")
    headers = {"Authorization": f"Bearer {await world.rest_token(await world.register('creator'))}"}

    assert (await world.http.get(USERS, headers=headers)).status_code == 403
    assert (await world.http.get("/scim2/Me", headers=headers)).json()["userName"] == "creator"


async def test_application_token_is_no_rest_token(world: World) -> None:
    await world.create_user("subscriber", "admin")
    token = await world.rest_token(await world.application_client())

    answer = await world.http.get(USERS, headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json()["status"]) == (401, "401")


async def test_nobody_and_wrong_password_are_401_with_a_challenge(world: World) -> None:
    nobody = await world.http.get(USERS)
    wrong = await world.http.get(USERS, auth=("admin", "wrong"))
    unknown = await world.http.get(USERS, auth=("nobody", "wrong"))

    assert nobody.status_code == wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.headers["www-authenticate"].startswith("Basic ")


async def test_basic_of_others_is_403(world: World) -> None:
    await world.create_user("creator", "creator", "publisher", "subscriber")

    assert (await world.http.get(USERS, auth=("creator", "a-good-password"))).status_code == 403


async def test_parallel_guesses_take_turns_and_are_slowed_down(world: World) -> None:
    await world.create_user("creator")

    guesses = (world.http.get("/scim2/Me", auth=("creator", f"wrong-{n}")) for n in range(100))
    codes = [answer.status_code for answer in await asyncio.gather(*guesses)]

    assert codes.count(401) == 5
    assert codes.count(429) == 95
    assert (await world.http.get(USERS, auth=ADMIN)).status_code == 200


async def test_many_right_passwords_at_once_all_work(world: World) -> None:
    answers = await asyncio.gather(*(world.http.get("/scim2/Me", auth=ADMIN) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {200}


async def test_provider_says_what_it_supports(world: World) -> None:
    answer = await world.http.get("/scim2/ServiceProviderConfig")

    assert answer.json()["patch"] == {"supported": True}


async def test_unknown_path_and_method_answer_in_scims_form(world: World) -> None:
    missing = await world.http.get("/scim2/Nothing")
    not_allowed = await world.http.put(USERS, json={}, auth=ADMIN)

    assert (missing.status_code, missing.json()["status"]) == (404, "404")
    assert (not_allowed.status_code, not_allowed.headers["content-type"]) == (405, SCIM_JSON)
