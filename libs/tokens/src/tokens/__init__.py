"""Verify an access token and say whose it is."""

from tokens.principal import DATA_PLANE_AUDIENCE, REST_AUDIENCE, Principal
from tokens.trust import TrustStore
from tokens.verifier import LEEWAY_SECONDS, ExpiredToken, InvalidToken, RevokedToken, TokenVerifier

__all__ = [
    "DATA_PLANE_AUDIENCE",
    "LEEWAY_SECONDS",
    "REST_AUDIENCE",
    "ExpiredToken",
    "InvalidToken",
    "Principal",
    "RevokedToken",
    "TokenVerifier",
    "TrustStore",
]
