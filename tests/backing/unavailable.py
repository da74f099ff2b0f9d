"""What is raised when a backing part cannot be had here.

A test that meets one of these did not find a bug: the plugin skips it and reports the reason, or fails it where
everything is required.
"""


class PartUnavailable(Exception):
    """A backing part cannot be fetched, started or treated as asked on this machine; `reason` says why, for people."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(f"{part}: {reason}")
        self.part = part
        self.reason = reason


class StartFailed(PartUnavailable):
    """The part is here but its server did not come up; the reason ends with the last lines of its log."""


class NotOurs(PartUnavailable):
    """The server was named by the environment, so it is not ours to stop, kill or pause."""
