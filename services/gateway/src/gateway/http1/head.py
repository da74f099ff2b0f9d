"""What the fields of one head say, by name: read once, asked by every check."""

from gateway.http1.header_field import HeaderField, split_list


class Head:
    """``headers`` in their order. Names are asked for in lower case. It has no telling repr: it holds credentials."""

    __slots__ = ("_first", "_repeated", "headers")

    def __init__(self, headers: tuple[HeaderField, ...]) -> None:
        self.headers = headers
        self._first: dict[str, str] = {}
        self._repeated: dict[str, list[str]] = {}
        first = self._first
        for field in headers:
            known = len(first)
            first.setdefault(field.name, field.value)
            if len(first) == known:
                self._repeated.setdefault(field.name, [first[field.name]]).append(field.value)

    def first(self, name: str) -> str | None:
        """The value of the first field called ``name``, or None."""
        return self._first.get(name)

    @property
    def repeats_any(self) -> bool:
        """Whether there is more than one field of any name."""
        return len(self._repeated) > 0

    def is_repeated(self, name: str) -> bool:
        """Whether there is more than one field called ``name``."""
        return name in self._repeated

    def values(self, name: str) -> list[str]:
        """The values of every field called ``name``, in order."""
        first = self._first.get(name)
        if first is None:
            return []
        return self._repeated.get(name) or [first]

    def list_members(self, name: str) -> list[str]:
        """The members of a comma-separated list field, over all its lines (RFC 9110, 5.6.1)."""
        first = self._first.get(name)
        if first is None:
            return []
        members = split_list(first)
        if name in self._repeated:
            for value in self._repeated[name][1:]:
                members += split_list(value)
        return members

    def holds_member(self, name: str, member: str) -> bool:
        """Whether the list field ``name`` has ``member`` (lower case), without regard to case."""
        first = self._first.get(name)
        if first is None:
            return False
        return first.lower() == member or member in [each.lower() for each in self.list_members(name)]
