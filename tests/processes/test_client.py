"""A program that asks a server is not held up by it when it is interrupted."""

import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler

from tests.support.answering import says_nothing, server
from tests.support.processes import ROOT, environment

PROGRAM = "from sentiment.client import Client; Client({url!r}).predict_batch(['good'] * 500)"


def test_ctrl_c_ends_it_at_once_though_no_answer_has_come() -> None:
    asked = threading.Event()

    def answer(caller: BaseHTTPRequestHandler) -> None:
        asked.set()
        says_nothing(caller)

    with server(answer) as url:
        command = [sys.executable, "-c", PROGRAM.format(url=url)]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment(), stderr=subprocess.DEVNULL
        ) as process:
            assert asked.wait(30)
            process.send_signal(signal.SIGINT)
            assert process.wait(10) != 0
