"""The grants of the token endpoint, one in each file, by the name that `grant_type` has."""

from __future__ import annotations

from collections.abc import Mapping

from keymanager.grants.client_credentials import ClientCredentials
from keymanager.grants.grant import Grant

GRANTS: Mapping[str, Grant] = {ClientCredentials.grant_type: ClientCredentials()}
