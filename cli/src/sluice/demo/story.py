"""The tutorial, told by three users: create, publish, subscribe, and the lines to try it with."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import httpx

from sluice.demo import application, echo_api
from sluice.demo.application import DemoApplication
from sluice.demo.notes import Notes
from sluice.demo.rest import RestClient
from sluice.demo.trial import wait_for_echo
from sluice.demo.users import CREATOR, PUBLISHER, SUBSCRIBER, Users
from sluice.errors import CannotStart
from sluice.settings import Settings
from sluice.up.run_folder import RunFolder, RunState
from sluice.up.secrets import ADMIN_PASSWORD_FILE

_TIMEOUT_SECONDS = 30.0
# The tutorial calls 1.0.0 what it created as 1.0; both are the same version.
_PATH = f"{echo_api.CONTEXT}/1.0.0"


def tell(settings: Settings, *, say: Callable[[str], None]) -> None:
    """Raises `CannotStart` when nothing runs on the data folder, `DemoFailed` when a step is refused."""
    running = _running(settings)
    notes = Notes.read(settings.data_folder / "demo.json")
    # Everything is on this machine: a proxy of the environment could not reach it.
    with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) as http:
        users = _users(http, settings, running, notes)
        api_id = _publish(http, users, running)
        say(f"The API {echo_api.NAME} {echo_api.VERSION} is published.")
        token = _subscribe(http, users, running, notes, api_id=api_id)
        say(f"The application {application.NAME} is subscribed with {application.PLAN}, and has a new token.")
    if "ws" in running.urls:
        wait_for_echo(f"{running.urls['ws']}{_PATH}", token=token)
    say(f"Passwords of creator, publisher and subscriber, and the consumer secret: {notes.path}")
    say("\nTry it (npm install -g wscat):\n")
    for line in _wscat_lines(running, token):
        say(f"  {line}\n")


def _running(settings: Settings) -> RunState:
    state = RunFolder(settings.data_folder).read()
    if state is None or not state.is_ready:
        raise CannotStart(
            f"Nothing is ready on the data folder {settings.data_folder}: start it with 'make run' first."
        )
    return state


def _users(http: httpx.Client, settings: Settings, running: RunState, notes: Notes) -> Users:
    password = (settings.data_folder / ADMIN_PASSWORD_FILE).read_text(encoding="utf-8").rstrip("\n")
    users = Users(http, keymanager_url=running.urls["keymanager"], admin_password=password, notes=notes)
    for user in (CREATOR, PUBLISHER, SUBSCRIBER):
        users.ensure(user)
    return users


def _publish(http: httpx.Client, users: Users, running: RunState) -> str:
    url = running.urls["publisher"]
    creator = RestClient(http, url, bearer=users.token(CREATOR))
    api_id = echo_api.ensure_api(creator, endpoint=running.urls["echo"])
    echo_api.ensure_published(RestClient(http, url, bearer=users.token(PUBLISHER)), api_id)
    return api_id


def _subscribe(http: httpx.Client, users: Users, running: RunState, notes: Notes, *, api_id: str) -> str:
    subscriber = RestClient(http, running.urls["devportal"], bearer=users.token(SUBSCRIBER))
    demo = DemoApplication(subscriber, notes)
    demo.wait_for_api(api_id)
    application_id = demo.ensure()
    demo.ensure_subscription(application_id, api_id)
    return demo.token(application_id)


def _wscat_lines(running: RunState, token: str) -> list[str]:
    header = f'-H "Authorization: Bearer {token}"'
    lines: list[str] = []
    if "ws" in running.urls:
        lines.append(f"wscat -c {running.urls['ws']}{_PATH} {header}")
    if "wss" in running.urls:
        lines.append(f"wscat -c {running.urls['wss']}{_PATH} --ca {shlex.quote(running.ca_file)} {header}")
    return lines
