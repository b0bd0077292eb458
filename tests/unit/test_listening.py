"""What the kernel does with a listening socket that takes no new connection."""

import errno
import select
import socket

import pytest

from sentiment.listening import take_no_new_connection


@pytest.mark.parametrize(
    ("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
)
def test_who_has_connected_is_accepted_and_heard_and_who_comes_later_is_refused(
    family: socket.AddressFamily, host: str
) -> None:
    with (
        socket.create_server((host, 0), family=family) as listening,
        socket.create_connection(listening.getsockname()[:2], timeout=20) as early,
        socket.socket(family) as late,
    ):
        assert take_no_new_connection(listening)
        early.sendall(b"asked")
        late.setblocking(False)
        late.connect_ex(listening.getsockname()[:2])
        assert select.select([], [late], [], 0.1) == ([], [], [])
        accepted, _ = listening.accept()
        with accepted:
            accepted.settimeout(20)
            assert accepted.recv(10) == b"asked"
        listening.shutdown(socket.SHUT_RD)
        select.select([], [late], [], 20)
        error = late.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    assert errno.errorcode[error] == "ECONNREFUSED"


def test_a_system_that_cannot_says_so() -> None:
    with socket.socket() as closed:
        pass
    assert not take_no_new_connection(closed)
