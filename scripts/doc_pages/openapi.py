"""`docs/openapi/<service>.json`: what each service says of its REST API.

The applications are put together as the services do it, on a bus in memory and a database that is never opened.
"""

from __future__ import annotations

import asyncio
import json

from fastapi import FastAPI

import devportal.app
import devportal.bootstrap
import gateway.app
import gateway.bootstrap
import gateway.settings
import keymanager.app
import keymanager.bootstrap
import publisher.app
import publisher.bootstrap
from backends.address_rules import AddressRules
from backends.sealing import Seal
from contracts.publisher import Vhost
from devportal.keymanager_client.memory import MemoryKeyManager as DevportalKeyManager
from eventbus.memory import MemoryBus
from keymanager.parts import TokenPolicy
from keymanager.usecases.first_start import FirstStart
from publisher.backend_access.access import BackendAccess
from publisher.keymanager_client.memory import MemoryKeyManager as PublisherKeyManager
from publisher.usecases.backends import Backends

_NEVER_OPENED = "sqlite:////nonexistent/sluice.db"
_ANY_KEY = bytes(32)


def openapi_documents() -> dict[str, str]:
    """The text of each document, by its path below `docs/`."""
    applications = asyncio.run(_applications())
    return {f"openapi/{name}.json": _text(app) for name, app in applications.items()}


def _text(app: FastAPI) -> str:
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


async def _applications() -> dict[str, FastAPI]:
    bus, vhost = MemoryBus(), Vhost(host="localhost")
    async with (
        publisher.bootstrap.bootstrap(
            database_url=_NEVER_OPENED,
            bus=bus,
            default_vhost=vhost,
            keymanager=PublisherKeyManager(),
            backends=Backends(BackendAccess(AddressRules())),
        ) as publishing,
        devportal.bootstrap.bootstrap(
            database_url=_NEVER_OPENED, bus=bus, keymanager=DevportalKeyManager()
        ) as developing,
        keymanager.bootstrap.bootstrap(_configuration(), bus=bus) as keeping,
    ):
        return {
            "publisher": publisher.app.create_app(publishing),
            "devportal": devportal.app.create_app(developing),
            "keymanager": keymanager.app.create_app(keeping),
            "gateway": gateway.app.create_app(
                gateway.bootstrap.bootstrap(gateway.settings.Settings(ws_port=0, wss_port=0), bus=bus)
            ),
        }


def _configuration() -> keymanager.bootstrap.Configuration:
    return keymanager.bootstrap.Configuration(
        database_url=_NEVER_OPENED,
        policy=TokenPolicy("http://localhost:8083", "ES256", 86_400),
        seal=Seal([_ANY_KEY]),
        first_start=FirstStart(),
    )
