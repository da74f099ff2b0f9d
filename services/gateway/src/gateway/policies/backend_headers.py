"""What a backend is told of who connects, where its API asks for it."""

from __future__ import annotations

from gateway.handshake.credentials import find_credential
from gateway.handshake.refusal import Refusal
from gateway.policies.candidate import Candidate


def forwarded_credential(candidate: Candidate) -> tuple[tuple[str, str], ...]:
    """The access token, as the header it could have come in; nothing unless the API asks for it."""
    if not candidate.route.deployment.forward_credentials or candidate.principal is None:
        return ()
    credential = find_credential(candidate.attempt.head)
    return () if isinstance(credential, Refusal) else (("Authorization", f"Bearer {credential.token}"),)
