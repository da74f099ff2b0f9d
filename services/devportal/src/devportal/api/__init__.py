"""The devportal's REST API, as WSO2 has it under `/api/am/devportal/v3`."""

from __future__ import annotations

from devportal.api import application_keys, applications, catalogue, plans, sessions, subscriptions

ROUTERS = (
    catalogue.router,
    plans.router,
    applications.router,
    application_keys.router,
    subscriptions.router,
    sessions.router,
)
