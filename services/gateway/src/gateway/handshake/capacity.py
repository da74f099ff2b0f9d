"""How many clients this process can hold: a limit below the one on open files, so that there are always descriptors
left to refuse with, for the bus and for the admin port.
"""

import resource

# The bus, the listeners, the admin port, and clients that are being refused.
_RESERVED = 64
# A client and its backend.
_FOR_EACH_CONNECTION = 2


def raise_open_files_limit() -> int:
    """Take as many open files as the system grants this process; return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):  # Some systems name a hard limit that they do not grant.
        return soft
    return hard


def connections_within(open_files: int, *, wished: int | None = None) -> int:
    """How many connections fit, at most ``wished``; at least one."""
    fitting = max(1, (open_files - _RESERVED) // _FOR_EACH_CONNECTION)
    return fitting if wished is None else min(wished, fitting)
