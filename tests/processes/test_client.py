"""A process that asks a server which never answers, and is interrupted."""

import signal
import socket
import subprocess
import sys

from tests.support.interruption import each_hearer

ASKING = """\
import signal, sys, threading
from sentiment import cli
from sentiment.client import Client

{hears}
sys.exit(cli.run(lambda: print(Client(sys.argv[1]).predict_batch(["good"] * 1000))))
"""


@each_hearer
def test_ctrl_c_does_not_wait_for_a_server_that_is_silent(hears: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        command = [sys.executable, "-c", ASKING.format(hears=hears), url]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as asking:
            connection, _ = server.accept()
            with connection:
                connection.recv(1024)
                asking.send_signal(signal.SIGINT)
                _, said = asking.communicate(timeout=20)
    assert (asking.returncode, said) == (130, "\nInterrupted.\n")
