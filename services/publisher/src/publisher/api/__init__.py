"""The publisher's REST API, as WSO2 has it under `/api/am/publisher/v4`, and its part of `/api/am/admin/v4`."""

from __future__ import annotations

from publisher.api import (
    admin_plans,
    api_test_keys,
    apis,
    definitions,
    deny_policies,
    deployments,
    endpoints,
    lifecycle,
    plans,
    revisions,
    sessions,
    subscriptions,
)

# These two first: `/apis/change-lifecycle` and `/apis/validate-endpoint` are no APIs' ids.
ROUTERS = (
    lifecycle.router,
    endpoints.router,
    apis.router,
    api_test_keys.router,
    definitions.router,
    revisions.router,
    deployments.router,
    plans.router,
    admin_plans.router,
    deny_policies.router,
    subscriptions.router,
    sessions.router,
)
