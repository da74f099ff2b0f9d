"""What a backend is told of who connects, where its API asks for it: the access token itself, or an assertion.

The assertion's claims are WSO2's, so that backends need not change. Who needs no credential is `anonymous`.
"""

from __future__ import annotations

from contracts.devportal import Application
from contracts.publisher import Api
from gateway.handshake.credentials import find_credential
from gateway.handshake.refusal import Refusal
from gateway.policies.candidate import Candidate
from gateway.policies.endpoint import key_type_of
from gateway.routing.path import VERSION_PLACEHOLDER
from tokens.assertion import AssertionSigner

Headers = tuple[tuple[str, str], ...]

ASSERTION_HEADER = "X-JWT-Assertion"

_DIALECT = "http://wso2.org/claims/"
_ANONYMOUS = "anonymous"


class BackendHeaders:
    """Called once for each handshake that passed the checks."""

    def __init__(self, signer: AssertionSigner) -> None:
        self._signer = signer

    def __call__(self, candidate: Candidate) -> Headers:
        """In the order of the module's first sentence; usually none."""
        deployment = candidate.route.deployment
        token = _access_token(candidate) if deployment.forward_credentials else ()
        return (*token, self._assertion(candidate)) if deployment.backend_assertion else token

    def _assertion(self, candidate: Candidate) -> tuple[str, str]:
        principal = candidate.principal
        subject = principal.subject if principal else _ANONYMOUS
        claims = {f"{_DIALECT}{name}": value for name, value in assertion_claims(candidate, subject).items()}
        return ASSERTION_HEADER, self._signer.sign(subject, claims)


def assertion_claims(candidate: Candidate, subject: str) -> dict[str, object]:
    """By their names in WSO2's dialect."""
    api = candidate.route.api
    application = candidate.subscriber.application if candidate.subscriber else None
    return {
        **_application_claims(application),
        "apiname": api.name,
        "apicontext": _context(api),
        "version": api.api_version,
        "tier": candidate.plan,
        "keytype": key_type_of(candidate).value,
        "usertype": _user_type(candidate, application),
        "enduser": subject,
    }


def _context(api: Api) -> str:
    """With the version, as WSO2 writes it."""
    if VERSION_PLACEHOLDER in api.context:
        return api.context.replace(VERSION_PLACEHOLDER, api.api_version)
    return f"{api.context}/{api.api_version}"


def _application_claims(application: Application | None) -> dict[str, object]:
    if application is None:
        return {}
    claims: dict[str, object] = {
        "subscriber": application.owner,
        "applicationid": application.id,
        "applicationUUId": application.id,
        "applicationname": application.name,
        "applicationtier": application.plan,
    }
    return claims | ({"applicationAttributes": application.attributes} if application.attributes else {})


def _user_type(candidate: Candidate, application: Application | None) -> str:
    """A token that an application took for itself has its owner as subject."""
    principal = candidate.principal
    if principal is None or application is None or principal.subject in {application.owner, principal.client_id}:
        return "APPLICATION"
    return "APPLICATION_USER"


def _access_token(candidate: Candidate) -> Headers:
    if candidate.principal is None:
        return ()
    credential = find_credential(candidate.attempt.head)
    return () if isinstance(credential, Refusal) else (("Authorization", f"Bearer {credential.token}"),)
