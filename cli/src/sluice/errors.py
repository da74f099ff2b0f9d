"""What can stop a `sluice` command.

CannotContinue          what is wrong, in one plain sentence for the person at the terminal
├── CannotStart         found before anything was started; exit code 2
├── ChildDied           a service ended by itself; exit code 1
├── NotReadyInTime      a service did not get ready; exit code 1
└── DemoFailed          a step of the demo was refused; exit code 1
"""

from __future__ import annotations

from typing import ClassVar


class CannotContinue(Exception):
    """The text is one plain sentence; no stack trace is shown with it."""

    exit_code: ClassVar[int] = 1


class CannotStart(CannotContinue):
    exit_code = 2


class ChildDied(CannotContinue):
    pass


class NotReadyInTime(CannotContinue):
    pass


class DemoFailed(CannotContinue):
    pass
