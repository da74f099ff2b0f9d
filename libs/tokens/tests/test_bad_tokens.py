"""The table J1 to J12 of the threat list: each of these is refused, whatever the library below would say."""

from __future__ import annotations

import hmac
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokens import ExpiredToken, InvalidToken
from tokens.compact import MAX_TOKEN_CHARACTERS

from .mint import EC, ISSUER, NOW, OTHER_ISSUER, RSA, STRANGER, Signer, claims, encode, sign_parts, token, verifier

_DAY = 86_400
_PAYLOAD = json.dumps(claims())


def refuse(text: str, *, now: int = NOW) -> str:
    """Why it is refused."""
    with pytest.raises(InvalidToken) as caught:
        verifier(now=now).verify(text)
    return str(caught.value)


def unsigned(header: dict[str, Any], signature: str = "") -> str:
    return f"{encode(json.dumps(header).encode())}.{encode(_PAYLOAD.encode())}.{signature}"


def mac_with(secret: bytes, kid: str) -> str:
    """J2: HS256 whose secret is something everybody knows."""
    header = encode(json.dumps({"alg": "HS256", "typ": "at+jwt", "kid": kid}).encode())
    signing_input = f"{header}.{encode(_PAYLOAD.encode())}"
    return f"{signing_input}.{encode(hmac.digest(secret, signing_input.encode(), 'sha256'))}"


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "NONE", "", None, 0, ["ES256"], "HS256", "es256"])
@pytest.mark.parametrize("signature", ["", "AA"])
def test_j1_unsigned_token_is_refused(algorithm: object, signature: str) -> None:
    refuse(unsigned(EC.header | {"alg": algorithm}, signature))


def test_j1_missing_algorithm_is_refused() -> None:
    header = {name: value for name, value in EC.header.items() if name != "alg"}

    assert "algorithm" in refuse(token(header=header))


@pytest.mark.parametrize("signer", [EC, RSA], ids=["ES256", "RS256"])
@pytest.mark.parametrize("form", ["pem", "der", "jwk", "member"])
def test_j2_public_key_is_no_shared_secret(signer: Signer, form: str) -> None:
    public = signer.fact().public_jwk
    secrets = {
        "pem": signer.key.as_pem(private=False),
        "der": signer.key.as_der(private=False),
        "jwk": json.dumps(public).encode(),
        "member": public.get("n", public.get("x", "")).encode(),
    }

    assert "algorithm" in refuse(mac_with(secrets[form], signer.kid))


@pytest.mark.parametrize(("signer", "other"), [(EC, RSA), (RSA, EC)], ids=["ES256 as RS256", "RS256 as ES256"])
def test_j3_algorithm_is_that_of_the_key_and_of_nobody_else(signer: Signer, other: Signer) -> None:
    assert "algorithm" in refuse(token(signer, header=signer.header | {"kid": other.kid}))
    assert "algorithm" in refuse(token(signer, header=signer.header | {"alg": other.algorithm}))


@pytest.mark.parametrize(
    "kid",
    ["unknown", "", "../../dev/null", "' OR 1=1", "x" * 5000, [EC.kid], {"kid": EC.kid}, None, 1, True, EC.kid + " "],
    ids=repr,
)
def test_j4_unknown_key_is_refused(kid: object) -> None:
    assert "unknown key" in refuse(token(header=EC.header | {"kid": kid}))


def test_j4_missing_key_id_is_refused_though_there_is_a_key_that_fits() -> None:
    assert "unknown key" in refuse(token(header={"alg": "ES256", "typ": "at+jwt"}))


def test_j4_foreign_key_under_a_known_id_is_refused() -> None:
    assert "signature" in refuse(token(STRANGER, header=EC.header))


@pytest.mark.parametrize("crit", [["exp"], ["unknown"], [], None, "b64"])
def test_j6_critical_extension_is_refused(crit: object) -> None:
    assert "critical" in refuse(token(header=EC.header | {"crit": crit}))


@pytest.mark.parametrize("typ", ["JWT", "logout+jwt", "id+jwt", "", None, ["at+jwt"], "at+jwt ", "application/jwt"])
def test_j7_other_kinds_of_jwt_are_refused(typ: object) -> None:
    assert "at+jwt" in refuse(token(header=EC.header | {"typ": typ}))


def test_j7_missing_type_is_refused() -> None:
    assert "at+jwt" in refuse(token(header={"alg": "ES256", "kid": EC.kid}))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        # J8
        ({"iss": ...}, "issuer"),
        ({"iss": OTHER_ISSUER}, "issuer"),
        ({"iss": ISSUER + "/"}, "issuer"),
        ({"iss": ISSUER.upper()}, "issuer"),
        ({"iss": [ISSUER]}, "issuer"),
        ({"iss": None}, "issuer"),
        # J9
        ({"aud": ...}, "audience"),
        ({"aud": "sluice-rest"}, "audience"),
        ({"aud": "sluice "}, "audience"),
        ({"aud": []}, "audience"),
        ({"aud": ["sluice", 1]}, "aud"),
        ({"aud": {"sluice": 1}}, "aud"),
        ({"aud": None}, "aud"),
        # J10
        ({"exp": ...}, "exp is not a time"),
        ({"exp": None}, "exp is not a time"),
        ({"exp": str(NOW + 60)}, "exp is not a time"),
        ({"exp": 1e18}, "exp is not a time"),
        ({"exp": 10**18}, "exp is not a time"),
        ({"exp": True}, "exp is not a time"),
        ({"exp": [NOW + 60]}, "exp is not a time"),
        ({"exp": -1}, "exp is not a time"),
        ({"exp": float("nan")}, "JSON"),
        ({"exp": float("inf")}, "JSON"),
        ({"exp": NOW + _DAY + 1}, "longer"),
        ({"exp": 253_402_300_799}, "longer"),
        # J11
        ({"iat": ...}, "iat is not a time"),
        ({"iat": str(NOW)}, "iat is not a time"),
        ({"iat": False}, "iat is not a time"),
        ({"iat": 0, "exp": NOW + 60}, "iat is not a time"),
        ({"nbf": str(NOW)}, "nbf is not a time"),
        ({"nbf": None}, "nbf is not a time"),
        # RFC 9068, 2.2: these are required.
        ({"sub": ...}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 1}, "sub"),
        ({"jti": ...}, "jti"),
        ({"client_id": ...}, "client_id"),
        ({"client_id": ["client-1"]}, "client_id"),
        ({"scope": ["chat:read"]}, "scope"),
        ({"roles": "admin"}, "roles"),
        ({"keytype": 1}, "keytype"),
    ],
)
def test_j8_to_j11_claims_that_do_not_count(changes: dict[str, Any], reason: str) -> None:
    assert reason in refuse(token(**changes))


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_j11_leeway_for_the_future_is_30_seconds(claim: str) -> None:
    on_the_edge: dict[str, Any] = {claim: NOW + 30}
    beyond: dict[str, Any] = {claim: NOW + 31}

    assert verifier().verify(token(**on_the_edge)).subject == "sue"
    assert refuse(token(**beyond))


def test_j10_leeway_for_the_past_is_30_seconds() -> None:
    text = token(exp=NOW + 60)

    assert verifier(now=NOW + 89).verify(text).subject == "sue"
    with pytest.raises(ExpiredToken):
        verifier(now=NOW + 90).verify(text)


def test_j10_expired_token_that_was_never_good_is_not_called_expired() -> None:
    with pytest.raises(InvalidToken) as caught:
        verifier(now=NOW + 2 * _DAY).verify(token(STRANGER, header=EC.header))

    assert not isinstance(caught.value, ExpiredToken)


def _flip_last_character(segment: str) -> str:
    """The same bytes in another spelling: only bits that base64url ignores are changed."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return segment[:-1] + alphabet[alphabet.index(segment[-1]) ^ 1]


def test_j12_signature_has_one_spelling() -> None:
    text = token()
    respelt = _flip_last_character(text)

    assert verifier().verify(text).subject == "sue"
    assert "canonical" in refuse(respelt)


@pytest.mark.parametrize("part", [0, 1])
def test_j12_header_and_claims_have_one_spelling(part: int) -> None:
    segments = token(header=EC.header | {"x": "y"}, filler="").split(".")
    for filler in ("", " ", "  "):
        texts = [json.dumps(EC.header) + filler, _PAYLOAD + filler]
        segments = sign_parts(EC, *texts).split(".")
        if len(segments[part]) % 4:
            break

    segments[part] = _flip_last_character(segments[part])

    assert "canonical" in refuse(".".join(segments))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text + ".",
        lambda text: "." + text,
        lambda text: text + ".AA",
        lambda text: text + "=",
        lambda text: text + "==",
        lambda text: text.replace(".", "=.", 1),
        lambda text: text + " ",
        lambda text: " " + text,
        lambda text: text + "\n",
        lambda text: text[:-1],
        lambda text: text[:-4],
        lambda text: text.rpartition(".")[0],
        lambda text: text.rpartition(".")[0] + ".",
        lambda text: text.replace(".", "..", 1),
        lambda text: text.replace("-", "+").replace("_", "/") + "+",
        lambda text: text + "ü",
        lambda text: "é" + text,
        lambda _: "",
        lambda _: ".",
        lambda _: "..",
        lambda _: "....",
        lambda text: ".".join([text, "AA", "AA"]),
        lambda text: text.ljust(MAX_TOKEN_CHARACTERS + 1, "A"),
    ],
)
def test_j12_spoilt_token_is_refused(spoil: Any) -> None:
    refuse(spoil(token()))


def test_j12_too_long_token_is_refused_for_its_length_and_the_longest_is_not() -> None:
    fits = token(filler="x" * 5000)
    too_long = token(filler="x" * 8000)

    assert len(fits) <= MAX_TOKEN_CHARACTERS < len(too_long)
    assert verifier().verify(fits).subject == "sue"
    assert refuse(too_long) == "it is too long"


@pytest.mark.parametrize(
    ("header", "payload"),
    [
        ('{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"ec-1"}', _PAYLOAD),
        (json.dumps(EC.header), _PAYLOAD[:-1] + ', "sub": "admin"}'),
        (json.dumps(EC.header), _PAYLOAD[:-1] + ', "x": {"a": 1, "a": 2}}'),
        (json.dumps(EC.header), _PAYLOAD[:-1] + ', "s\\u0075b": "admin"}'),
    ],
)
def test_j12_json_member_twice_is_refused(header: str, payload: str) -> None:
    assert "JSON" in refuse(sign_parts(EC, header, payload))


@pytest.mark.parametrize("payload", ["", "[]", "null", '"x"', "1", "[" * 3000, "{", f"{_PAYLOAD} x", "1" * 5000])
def test_j12_what_is_no_json_object_is_refused(payload: str) -> None:
    refuse(sign_parts(EC, json.dumps(EC.header), payload))
    refuse(sign_parts(EC, payload, _PAYLOAD))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_j12_json_of_another_encoding_is_refused(encoding: str) -> None:
    assert "JSON" in refuse(sign_parts(EC, json.dumps(EC.header), _PAYLOAD, encoding=encoding))


_GOOD = {signer.kid: token(signer) for signer in (EC, RSA)}


@given(kid=st.sampled_from(sorted(_GOOD)), place=st.integers(0, 10_000), byte=st.integers(0, 255))
@settings(max_examples=200, deadline=None)
def test_j18_no_byte_may_be_changed(kid: str, place: int, byte: int) -> None:
    good = _GOOD[kid]
    place %= len(good)
    changed = good[:place] + chr(byte) + good[place + 1 :]

    if changed == good:
        assert verifier().verify(changed).subject == "sue"
    else:
        refuse(changed)


@given(text=st.text(max_size=200))
@settings(max_examples=200)
def test_any_text_is_refused_without_another_error(text: str) -> None:
    refuse(text)
