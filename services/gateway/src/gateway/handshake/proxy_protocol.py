"""The PROXY protocol, versions 1 and 2, by which a load balancer says whose connection it passes on.

Sans-I/O. Promises to ask for no byte behind the header, so that TLS can begin on the same socket right after it, and
to hold no more than ``MAX_HEADER_BYTES``.
"""

import ipaddress
import re

MAX_HEADER_BYTES = 4096

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_V1_PREFIX = b"PROXY "
# The shortest line is "PROXY UNKNOWN\r\n"; the longest is said by the specification, section 2.1.
_V1_SHORTEST = 15
_V1_LONGEST = 107
_V2_FIXED = 16
_V1_LINE = re.compile(
    rb"PROXY (?:UNKNOWN(?: [^\r\n]*)?|TCP([46]) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) \d{1,5} \d{1,5})\r\n"
)
# Family and transport of TCP over IPv4 and IPv6, and how long an address is there.
_V2_ADDRESS_BYTES = {0x11: 4, 0x21: 16}


class MalformedProxyHeader(Exception):
    """The connection does not begin with a PROXY header, or with one that is wrong."""


class ProxyHeader:
    """Feed it exactly what it wants until it wants nothing; then ``source`` is the client's address, or None where the
    balancer speaks for itself or does not know.
    """

    __slots__ = ("_buffer", "source", "wanted")

    def __init__(self) -> None:
        self._buffer = b""
        self.wanted = _V1_SHORTEST
        self.source: str | None = None

    def feed(self, chunk: bytes) -> None:
        """Take at most ``wanted`` bytes. Raises MalformedProxyHeader."""
        self._buffer += chunk
        known = self._buffer[: len(_SIGNATURE)]
        if _SIGNATURE.startswith(known):
            self._read_v2()
        elif known.startswith(_V1_PREFIX[: len(known)]):
            self._read_v1()
        else:
            raise MalformedProxyHeader("There is no PROXY header.")

    def _read_v1(self) -> None:
        line = self._buffer
        if not line.endswith(b"\r\n"):
            if b"\n" in line or len(line) >= _V1_LONGEST:
                raise MalformedProxyHeader("The PROXY line does not end.")
            self.wanted = max(1, _V1_SHORTEST - len(line))
            return
        match = _V1_LINE.fullmatch(line)
        if match is None:
            raise MalformedProxyHeader("The PROXY line is not valid.")
        self.wanted = 0
        if match[1]:
            self.source = _address(match[2].decode("ascii"), version=int(match[1]))

    def _read_v2(self) -> None:
        header = self._buffer
        size = _V2_FIXED if len(header) < _V2_FIXED else _V2_FIXED + int.from_bytes(header[14:16])
        if size > MAX_HEADER_BYTES:
            raise MalformedProxyHeader("The PROXY header is too long.")
        self.wanted = size - len(header)
        if self.wanted > 0:
            return
        version, command = header[12] >> 4, header[12] & 0x0F
        if version != 2 or command > 1:
            raise MalformedProxyHeader("The PROXY header has another version or an unknown command.")
        length = _V2_ADDRESS_BYTES.get(header[13])
        if command == 0 or length is None:
            return
        if size - _V2_FIXED < 2 * length + 4:
            raise MalformedProxyHeader("The PROXY header ends within its addresses.")
        self.source = str(ipaddress.ip_address(header[_V2_FIXED : _V2_FIXED + length]))


def _address(written: str, *, version: int) -> str:
    try:
        address = ipaddress.ip_address(written)
    except ValueError as error:
        raise MalformedProxyHeader("The PROXY line has no valid address.") from error
    if address.version != version:
        raise MalformedProxyHeader("The PROXY line has an address of the other family.")
    return str(address)
