"""The groups of the deployments that are in use, made when they are first needed.

Here the credential that a backend is shown is opened: once for each deployment, and never before somebody wants to go
there. One that cannot be opened makes the group unusable, says so once in the operator's log, and leaves nothing of
itself there.
"""

from typing import Final

import structlog

from backends.errors import CannotOpen
from backends.sealing import Seal, credential_context
from contracts.keymanager import KeyType
from contracts.publisher import Deployment, EndpointSecurity
from gateway.http1.header_field import HOP_BY_HOP, TOKEN
from gateway.upstream.backend_group import BackendGroup, build_group
from gateway.upstream.errors import UnusableCredential, UpstreamError

_log = structlog.get_logger(__name__)

_MAX_GROUPS: Final = 20_000
_SANDBOX: Final = KeyType.SANDBOX
_OWN_HEADERS = HOP_BY_HOP | {"host", "content-length"}


class BackendGroups:
    """`seal` opens credentials; without one, none can be opened."""

    def __init__(self, seal: Seal | None = None) -> None:
        self._seal = seal
        # By API and whether it is for sandbox keys.
        self._groups: dict[tuple[str, bool], tuple[Deployment, BackendGroup]] = {}

    def find(self, deployment: Deployment, key_type: KeyType) -> BackendGroup:
        """The same group for the same deployment, which must have an endpoint for keys of this type."""
        key = (deployment.api_id, key_type is _SANDBOX)
        known = self._groups.get(key)
        if known is not None and known[0] is deployment:
            return known[1]
        group = self._build(deployment, key_type)
        self._remember(key, deployment, group)
        return group

    def _build(self, deployment: Deployment, key_type: KeyType) -> BackendGroup:
        is_sandbox = key_type is _SANDBOX
        deployed = deployment.sandbox_endpoint if is_sandbox else deployment.production_endpoint
        assert deployed is not None  # The checks refuse keys that have no endpoint.
        headers: tuple[tuple[str, str], ...] = ()
        fault: UpstreamError | None = None
        if deployed.security is not None:
            try:
                headers = (self._open(deployed.security, api_id=deployment.api_id, key_type=key_type),)
            except CannotOpen as error:
                fault = UnusableCredential(str(error))
                _log.error(
                    "the credential of a backend cannot be opened; its handshakes are refused",
                    api_id=deployment.api_id,
                    key_type=key_type.value,
                    reason=str(error),
                )
        return build_group(deployed, api_id=deployment.api_id, headers=headers, fault=fault)

    def _open(self, security: EndpointSecurity, *, api_id: str, key_type: KeyType) -> tuple[str, str]:
        if self._seal is None:
            raise CannotOpen("SLUICE_SEALING_KEY_FILE is not set")
        name = security.header
        value = self._seal.open_text(
            security.sealed_value, context=credential_context(api_id=api_id, key_type=key_type.value)
        )
        is_ours = name.lower() in _OWN_HEADERS or name.lower().startswith("sec-websocket-")
        if is_ours or not TOKEN.fullmatch(name) or not (value.isascii() and value.isprintable()):
            raise CannotOpen("it is not a header that a backend can be sent")
        return name, value

    def _remember(self, key: tuple[str, bool], deployment: Deployment, group: BackendGroup) -> None:
        self._groups.pop(key, None)
        if len(self._groups) >= _MAX_GROUPS:
            del self._groups[next(iter(self._groups))]  # The one that was made longest ago.
        self._groups[key] = (deployment, group)
