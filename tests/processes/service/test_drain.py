"""How a real `bentoml serve` ends under load, behind a proxy, and with its terminal."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.callers import calling
from tests.support.models import store_classifier
from tests.support.processes import ROOT
from tests.support.raw_http import connected, next_answer, request
from tests.support.servers import answers, free_port, serving, wait_until

QUICK = "tests.processes.service.quick:Sentiment"

NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 512; }}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream sentiment {{
        {servers}
        {keepalive}
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://sentiment; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_next_upstream error timeout http_503 non_idempotent;
        }}
    }}
}}
"""


@pytest.fixture(scope="module", autouse=True)
def model() -> str:
    """BentoML wants the model in the store even if another is loaded."""
    return store_classifier()


@contextlib.contextmanager
def nginx(folder: Path, upstreams: list[str], keepalive: str) -> Iterator[str]:
    """Run nginx, set as docs/serving.md says, in front of servers; yield its URL."""
    port = free_port()
    servers = " ".join(
        f"server {httpx.URL(each).netloc.decode()} max_fails=0;" for each in upstreams
    )
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, servers=servers, keepalive=keepalive))
    found = os.pathsep.join([os.environ["PATH"], "/usr/sbin"])
    process = subprocess.Popen(
        ["nginx", "-p", folder, "-c", config], env=os.environ | {"PATH": found}
    )
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/livez"), 20)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize("keep_alive", [True, False])
def test_sigterm_under_load_loses_no_request(tmp_path: Path, keep_alive: bool) -> None:
    with (
        serving(ROOT, QUICK, tmp_path) as running,
        calling(running.url, 32, keep_alive) as callers,
    ):
        wait_until(lambda: callers.statuses[200] > 100, 60)
        assert running.stop() == 0
    assert callers.statuses.keys() == {200}
    assert not callers.lost


@pytest.mark.nginx
@pytest.mark.parametrize("keepalive", ["", "keepalive 16;"])
def test_a_rolling_restart_behind_nginx_loses_no_request(tmp_path: Path, keepalive: str) -> None:
    with contextlib.ExitStack() as started:
        folders = [tmp_path / name for name in ("one", "two", "three", "nginx")]
        for folder in folders:
            folder.mkdir()
        first, second = (
            started.enter_context(serving(ROOT, QUICK, folder)) for folder in folders[:2]
        )
        url = started.enter_context(nginx(folders[3], [first.url, second.url], keepalive))
        with calling(url, 16) as callers:
            wait_until(lambda: callers.statuses[200] > 100, 60)
            assert first.stop() == 0
            again = started.enter_context(
                serving(ROOT, QUICK, folders[2], port=httpx.URL(first.url).port)
            )
            before = callers.statuses[200]
            wait_until(lambda: callers.statuses[200] > before + 100, 60)
            assert second.stop() == 0
            before = callers.statuses[200]
            wait_until(lambda: callers.statuses[200] > before + 100, 60)
        assert again.process.poll() is None
    assert callers.statuses.keys() == {200}
    assert not callers.lost


def test_while_draining_probes_say_so_and_answers_are_the_last_on_their_connections(
    tmp_path: Path,
) -> None:
    with serving(ROOT, QUICK, tmp_path) as running, connected(running.url) as connection:
        connection.sendall(request("/livez"))
        assert "connection" not in next_answer(connection).headers
        with connected(running.url) as other:
            running.process.send_signal(signal.SIGTERM)
            wait_until(lambda: httpx.get(f"{running.url}/healthz").status_code == 503, 20)
            connection.sendall(request("/predict", b'{"text": "good film"}'))
            answer = next_answer(connection)
            assert (answer.status, answer.headers["connection"]) == (200, "close")
            assert connection.recv(1) == b""
            other.sendall(request("/readyz"))
            assert next_answer(other).status == 503
        assert running.process.wait(60) == 0


def test_a_server_ends_with_its_terminal(tmp_path: Path) -> None:
    with serving(ROOT, QUICK, tmp_path) as running:
        started = psutil.Process(running.process.pid)
        processes = [started, *started.children(recursive=True)]
        for process in processes:  # as the kernel does
            process.send_signal(signal.SIGHUP)
        assert running.process.wait(60) == 0
        psutil.wait_procs(processes, 20)
        assert not any(process.is_running() for process in processes[1:])
        with pytest.raises(ConnectionRefusedError), connected(running.url):
            pass


def test_protocol_errors_and_resets_leave_few_lines_in_the_log(tmp_path: Path) -> None:
    with serving(ROOT, QUICK, tmp_path) as running:
        with connected(running.url) as connection:
            connection.sendall(b"nonsense\r\n\r\n")
            assert next_answer(connection).code() == "bad_request"
        wait_until(lambda: "400 bad_request" in running.log.read_text(), 20)
        time.sleep(0.2)
        once = running.log.read_text().count("bad_request")
        for _ in range(200):
            with connected(running.url) as connection:
                connection.sendall(b"nonsense\r\n\r\n")
                next_answer(connection)
        for _ in range(50):
            with connected(running.url) as connection:
                connection.sendall(request("/static_content/swagger-ui-bundle.js"))
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        for path in ("/livez/", "/schema.json/", "/static_content"):
            answer = httpx.get(f"{running.url}{path}", headers={"Host": "evil.example"})
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
        assert running.stop() == 0
    log = running.log.read_text()
    assert once == 1
    assert log.count("bad_request") < 100
    assert "Traceback" not in log
