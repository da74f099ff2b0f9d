"""Which user a server runs as, and whether that user can reach a folder.

PostgreSQL refuses to run as root. Started by root, it runs as an account that owns nothing; started by anybody else,
as that user.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from backing.unavailable import PartUnavailable


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int


def unprivileged_account(part: str) -> Account | None:
    """The account to run `part` as, None for the present user. Raises PartUnavailable when root finds none."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise PartUnavailable(part, "it refuses to run as root, and there is neither a user 'postgres' nor 'nobody'")


def can_enter(folder: Path, account: Account) -> bool:
    """Whether the account may pass through every folder down to and including this one, by the permission bits."""
    resolved = folder.resolve()
    return all(_may_search(one.stat(), account) for one in (resolved, *resolved.parents))


def _may_search(folder: os.stat_result, account: Account) -> bool:
    if folder.st_uid == account.uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == account.gid:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)
