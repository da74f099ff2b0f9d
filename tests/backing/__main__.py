"""`python -m backing`: fetches the backing parts, or runs one in the foreground for a person.

fetch [PART…]                     brings kafka, postgres and wscat (or only the named) into the cache
kafka --data DIR --port P         a broker until Ctrl-C; prints EVENTBUS_URL
postgres --data DIR --port P      a server until Ctrl-C; prints a DATABASE_URL for each service
path                              prints the folder to put on PATH for `wscat`
"""

import argparse
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from backing.cache import bin_folder, progress
from backing.kafka import KafkaBroker, fetch_kafka
from backing.node import fetch_wscat
from backing.postgres import SYNCED, PostgresServer, fetch_postgres
from backing.unavailable import PartUnavailable

_FETCH: dict[str, Callable[[], object]] = {"kafka": fetch_kafka, "postgres": fetch_postgres, "wscat": fetch_wscat}
_DATABASES = ("publisher", "devportal", "keymanager")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="backing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("fetch").add_argument("parts", nargs="*", metavar="PART")
    commands.add_parser("path")
    for server, port in (("kafka", 9092), ("postgres", 5432)):
        command = commands.add_parser(server)
        command.add_argument("--data", type=Path, required=True)
        command.add_argument("--port", type=int, default=port)
    asked = parser.parse_args()
    try:
        return _COMMANDS[asked.command](asked)
    except PartUnavailable as missing:
        print(f"backing: {missing}", file=sys.stderr)
        return 1


def _fetch(asked: argparse.Namespace) -> int:
    unknown = sorted(set(asked.parts) - set(_FETCH))
    if unknown:
        print(f"backing: no such part: {', '.join(unknown)}; there are {', '.join(_FETCH)}", file=sys.stderr)
        return 2
    missing = 0
    for part in asked.parts or _FETCH:
        try:
            _FETCH[part]()
            progress(part, "ready")
        except PartUnavailable as reason:
            progress(part, f"not available: {reason}")
            missing += 1
    return 1 if missing else 0


def _path(asked: argparse.Namespace) -> int:
    print(bin_folder())
    return 0


def _run_kafka(asked: argparse.Namespace) -> int:
    broker = KafkaBroker()
    with ExitStack() as ends:
        ends.callback(broker.stop)
        broker.start(asked.data, port=asked.port)
        print(f"EVENTBUS_URL={broker.url}", flush=True)
        return _until_told_or_dead(lambda: broker.is_running)


def _run_postgres(asked: argparse.Namespace) -> int:
    server = PostgresServer()
    with ExitStack() as ends:
        ends.callback(server.stop)
        server.start(asked.data, port=asked.port, settings=SYNCED)
        for name in _DATABASES:
            print(f"{name.upper()}_DATABASE_URL={server.open_database(name)}", flush=True)
        return _until_told_or_dead(lambda: server.is_running)


def _until_told_or_dead(is_running: Callable[[], bool]) -> int:
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    while not told.wait(0.5):
        if not is_running():
            print("backing: the server ended by itself; its log is in the data folder", file=sys.stderr)
            return 1
    return 0


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "fetch": _fetch,
    "path": _path,
    "kafka": _run_kafka,
    "postgres": _run_postgres,
}

if __name__ == "__main__":
    sys.exit(main())
