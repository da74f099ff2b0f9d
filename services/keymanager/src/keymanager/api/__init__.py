"""The key manager's HTTP surface: OAuth 2, SCIM 2, client registration, and what our other services ask for."""

from __future__ import annotations

from keymanager.api import (
    api_test_keys,
    consumer_keys,
    discovery,
    jwks,
    registration,
    scim_me,
    scim_provider,
    scim_users,
    token,
    token_state,
)

ROUTERS = (
    scim_users.router,
    scim_me.router,
    scim_provider.router,
    registration.router,
    token.router,
    token_state.router,
    jwks.router,
    discovery.router,
    consumer_keys.router,
    api_test_keys.router,
)
