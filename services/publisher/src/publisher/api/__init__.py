"""The publisher's REST API, as WSO2 has it under `/api/am/publisher/v4`, and its part of `/api/am/admin/v4`."""

from __future__ import annotations

from publisher.api import (
    admin_plans,
    api_test_keys,
    apis,
    definitions,
    deny_policies,
    deployments,
    lifecycle,
    plans,
    revisions,
    sessions,
    subscriptions,
)

# The life cycle first: `/apis/change-lifecycle` is no API's id.
ROUTERS = (
    lifecycle.router,
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
