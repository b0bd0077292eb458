"""A process that asks a server which never answers, and is interrupted."""

import signal
import socket
import subprocess
import sys

ASKING = """\
import signal, sys
from sentiment import cli
from sentiment.client import Client

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run behind a `&`
sys.exit(cli.run(lambda: print(Client(sys.argv[1]).predict_batch(["good"] * 1000))))
"""


def test_ctrl_c_does_not_wait_for_a_server_that_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        command = [sys.executable, "-c", ASKING, url]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as asking:
            connection, _ = server.accept()
            with connection:
                connection.recv(1024)
                asking.send_signal(signal.SIGINT)
                _, said = asking.communicate(timeout=60)
    assert (asking.returncode, said) == (130, "\nInterrupted.\n")
