"""How many clients are let in."""

import pytest

from gateway.handshake.capacity import connections_within


@pytest.mark.parametrize(
    ("open_files", "wished", "connections"),
    [(128, None, 32), (1024, None, 480), (1024, 100, 100), (1024, 1000, 480), (64, None, 1), (20, None, 1)],
)
def test_connections_leave_descriptors_for_everything_else(
    open_files: int, wished: int | None, connections: int
) -> None:
    assert connections_within(open_files, wished=wished) == connections
