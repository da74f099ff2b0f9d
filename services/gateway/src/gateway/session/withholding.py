"""Keeps the frames of one message back until it is whole and has been looked into."""

from typing import Final

from gateway.session.close_codes import CloseCode
from gateway.session.inspector import Finding, Inspector

_TOO_MANY_FRAMES: Final = Finding("Message too big", close_code=CloseCode.MESSAGE_TOO_BIG)


class Withholding:
    """Exists for each direction that has an inspector. ``is_open`` while a message is kept back."""

    __slots__ = ("_findings", "_frames", "_inspector", "_is_too_long", "is_open")

    def __init__(self, inspector: Inspector) -> None:
        self._inspector = inspector
        self._frames = bytearray()
        self._is_too_long = False
        self._findings: list[Finding] = []
        self.is_open = False

    def begin(self, first_byte: int) -> None:
        """A message begins that may be sent on as far as the meter is concerned."""
        self.is_open = self._inspector.wants(first_byte)

    def add(self, part: bytes) -> None:
        """The next bytes of the message, as on the wire."""
        if self._is_too_long:
            return
        self._frames += part
        if len(self._frames) > self._inspector.max_held_bytes:
            # Only possible with many tiny fragments: the walk stops a message with too many bytes before.
            self._is_too_long = True
            self._frames.clear()
            self._findings.append(_TOO_MANY_FRAMES)

    def finish(self) -> bytes:
        """The message is whole: return what of it is sent on."""
        frames, self._frames = bytes(self._frames), bytearray()
        self.is_open = False
        finding = None if self._is_too_long else self._inspector.inspect(frames)
        if finding is not None:
            self._findings.append(finding)
        return frames if finding is None or finding.is_forwarded else b""

    def take_findings(self) -> list[Finding]:
        """What was found since this was last asked."""
        findings, self._findings = self._findings, []
        return findings
