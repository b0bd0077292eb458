"""Each reliance on BentoML's and uvicorn's private parts, against the real libraries.

Those that need a running server are in `tests/processes/test_bentoml_adapter.py`.
"""

import asyncio
import errno
import logging
import select
import signal
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bentoml
import pytest

from sentiment import bentoml_adapter
from sentiment.bentoml_adapter import UvicornServer
from sentiment.errors import UsageError
from tests.support.certificates import Certificate


def fill(folder: Path, name: str) -> bentoml.Model:
    with bentoml_adapter.create_entry(folder, name, {"task": "test"}, {"size": 3}) as entry:
        (Path(entry.path) / "weights").write_text("w")
    return entry


def test_models_folder_is_where_bentoml_keeps_its_models() -> None:
    with bentoml.models.create("adapter-folder") as entry:
        pass
    stored = Path(bentoml.models.get(entry.tag).path)
    assert stored == bentoml_adapter.models_folder() / entry.tag.path()


def test_folders_that_cannot_be_made_are_missed_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bentoml._internal.configuration import containers

    monkeypatch.setattr(containers, "validate_or_create_dir", None)
    bentoml_adapter.make_folders_only_where_possible()
    make, mkdir = containers.validate_or_create_dir, Path.mkdir

    def read_only(path: Path, *_: object, **__: object) -> None:
        if not path.is_dir():
            raise OSError(30, "Read-only file system", str(path))

    folders = [str(tmp_path / name) for name in ("bentos", "models", "envs")]
    monkeypatch.setattr(Path, "mkdir", read_only)
    with pytest.raises(OSError, match="Read-only"):
        make(str(tmp_path), *folders)
    mkdir(tmp_path / "models")
    make(str(tmp_path), *folders)
    monkeypatch.undo()
    make(str(tmp_path), *folders)
    assert all(Path(folder).is_dir() for folder in folders)


def test_create_entry_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    entry = fill(tmp_path, "adapter-entry")
    assert (tmp_path / entry.tag.path() / "weights").read_text() == "w"
    with pytest.raises(bentoml.exceptions.NotFound):
        bentoml.models.get("adapter-entry")


def test_publish_entry_makes_it_the_latest_that_bentoml_finds(tmp_path: Path) -> None:
    first, second = (fill(tmp_path, "adapter-published") for _ in range(2))
    for entry in (first, second):
        bentoml_adapter.publish_entry(tmp_path, entry.tag)
    found = bentoml.models.get("adapter-published:latest")
    assert found.tag == second.tag
    assert (found.info.labels, found.info.metadata) == ({"task": "test"}, {"size": 3})


def test_only_models_of_hides_the_store_and_gives_it_back(tmp_path: Path) -> None:
    with bentoml.models.create("adapter-hidden") as hidden:
        pass
    shown = fill(tmp_path, "adapter-shown")
    with bentoml_adapter.only_models_of(tmp_path):
        assert [entry.tag for entry in bentoml.models.list()] == [shown.tag]
    assert bentoml.models.get(hidden.tag).tag == hidden.tag


def test_model_of_bento_is_none_for_a_service_from_its_source() -> None:
    @bentoml.service
    class Plain:
        pass

    assert bentoml_adapter.model_of_bento(Plain) is None


@pytest.mark.parametrize(
    ("host", "shown"),
    [("::1", "[::1]"), ("fe80::1%eth0", "[fe80::1%eth0]"), ("127.0.0.1", "127.0.0.1"), ("a", "a")],
)
def test_the_address_in_the_log_can_be_used(
    host: str, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    bentoml_adapter.bracket_addresses_in_logs()
    from _bentoml_impl.server.serving import logger

    with caplog.at_level(logging.INFO, logger.name):
        logger.info("listening on %s://%s:%d", "http", host, 3000)
    assert caplog.messages == [f"listening on http://{shown}:3000"]


def test_stop_signals_are_those_that_stop_a_container_and_a_terminal() -> None:
    assert {signal.SIGINT, signal.SIGTERM} <= set(bentoml_adapter.stop_signals())


def test_uvicorn_is_not_found_where_it_does_not_run() -> None:
    assert UvicornServer.running() is None


def test_uvicorn_has_the_settings_that_are_changed() -> None:
    import uvicorn

    config = uvicorn.Config(app=lambda: None)
    config.load()
    server = UvicornServer(SimpleNamespace(config=config))
    server.wrap_application(lambda app: ("wrapped", app))
    server.keep_idle_connections(75)
    assert config.loaded_app[0] == "wrapped"
    assert config.timeout_keep_alive == 75
    assert config.timeout_graceful_shutdown is None  # what `stop` sets


def test_circus_has_the_handler_that_is_replaced_for_a_closed_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from circus.sighandler import SysHandler

    for name in ("handle_hup", "handle_term", "handle_winch"):
        monkeypatch.setattr(SysHandler, name, getattr(SysHandler, name))
    bentoml_adapter.end_on_hangup()
    assert SysHandler.handle_hup is SysHandler.handle_term


def test_uvicorn_makes_connections_as_it_is_told() -> None:
    import uvicorn

    config = uvicorn.Config(app=lambda: None)
    UvicornServer(SimpleNamespace(config=config)).make_connections(SimpleNamespace)
    assert config.loaded
    assert config.http_protocol_class is SimpleNamespace


async def test_stop_accepting_takes_who_has_connected_and_refuses_all_others() -> None:
    """Although another process has the listening socket too, as the parent of a worker does."""
    import uvicorn

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as parents:
        serving = asyncio.create_task(server.serve(sockets=[parents.dup()]))
        while not server.started:
            await asyncio.sleep(0.01)
        with socket.create_connection(parents.getsockname(), timeout=20) as early:
            await UvicornServer(server).stop_accepting()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(parents.getsockname(), timeout=20)
            early.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            answer = await asyncio.to_thread(early.recv, 100)
        server.should_exit = True
        await serving
    assert answer.startswith(b"HTTP/1.1 204 ")


async def test_stop_accepting_resets_nobody_who_connects_in_its_last_moment() -> None:
    """Between the last look for callers and the end of the socket there is always a moment."""
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as late:
        accepting = await asyncio.start_server(lambda *_: None, sock=listening.dup())

        def close() -> None:
            late.setblocking(False)
            late.connect_ex(listening.getsockname())
            accepting.close()

        last_moment = SimpleNamespace(sockets=accepting.sockets, close=close)
        await UvicornServer(SimpleNamespace(servers=[last_moment])).stop_accepting()
        await asyncio.to_thread(select.select, [], [late], [], 20)
        error = late.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    assert errno.errorcode[error] == "ECONNREFUSED"  # and not reset, which loses what it asked


def shakes_hands(server: ssl.SSLContext, caller: ssl.SSLContext) -> bool:
    """Return whether a caller takes the certificate that a server shows it."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        server.wrap_bio(there, back, server_side=True),
        caller.wrap_bio(back, there, server_hostname="127.0.0.1"),
    ]
    for _ in range(4):
        for side in reversed(sides):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return True


def test_renew_certificate_shows_the_new_one_and_keeps_it_from_files_that_do_not_fit(
    tmp_path: Path,
) -> None:
    import uvicorn

    first, second = Certificate(), Certificate()
    first.write(tmp_path)
    files = (tmp_path / "tls.crt", tmp_path / "tls.key")
    config = uvicorn.Config(lambda: None, ssl_certfile=files[0], ssl_keyfile=files[1])
    config.load()
    assert config.ssl is not None
    server = UvicornServer(SimpleNamespace(config=config))
    assert server.certificate_files() == files
    shown = [shakes_hands(config.ssl, each.trusted()) for each in (first, second)]
    second.write(tmp_path)
    server.renew_certificate()
    files[1].write_bytes(first.key)
    with pytest.raises(OSError, match=r".+"):
        server.renew_certificate()
    shown += [shakes_hands(config.ssl, each.trusted()) for each in (first, second)]
    assert shown == [True, False, False, True]


def test_certificate_files_are_none_without_tls() -> None:
    import uvicorn

    server = UvicornServer(SimpleNamespace(config=uvicorn.Config(lambda: None)))
    assert server.certificate_files() == ()


def test_certificate_context_reads_what_uvicorn_would(tmp_path: Path) -> None:
    made = Certificate()
    made.write(tmp_path)
    pair = {"ssl_certfile": tmp_path / "tls.crt", "ssl_keyfile": tmp_path / "tls.key"}
    assert shakes_hands(bentoml_adapter.certificate_context(pair), made.trusted())
    with pytest.raises(ValueError, match="9"):
        bentoml_adapter.certificate_context(pair | {"ssl_cert_reqs": 9})


def test_check_certificate_options_asks_before_bentoml_names_them_to_a_worker(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import bentoml.serving

    monkeypatch.setattr(bentoml.serving, "construct_ssl_args", bentoml.serving.construct_ssl_args)
    monkeypatch.chdir(tmp_path)
    asked: list[Mapping[str, Any]] = []
    bentoml_adapter.check_certificate_options(asked.append)
    options = {"ssl_certfile": "tls.crt", "ssl_keyfile": None, "ssl_ca_certs": None}
    arguments = bentoml.serving.construct_ssl_args(**options)  # type: ignore[arg-type]
    assert asked == [{"ssl_certfile": "tls.crt"}]
    assert arguments == ["--ssl-certfile", str(tmp_path / "tls.crt")]

    def refuse(_: Mapping[str, Any]) -> None:
        raise UsageError("no such certificate: a\x1b[2Jb")

    bentoml_adapter.check_certificate_options(refuse)
    with pytest.raises(SystemExit, match=r"^error: no such certificate: a\\x1b\[2Jb$"):
        bentoml.serving.construct_ssl_args(**options)  # type: ignore[arg-type]


def test_a_service_has_its_schema_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from _bentoml_sdk.service import factory

    @bentoml.service
    class Tiny:
        @bentoml.api
        def predict(self, text: str) -> str:
            return text

    monkeypatch.setattr(factory.Service, "schema", factory.Service.schema)  # restored behind it
    assert Tiny.schema() is not Tiny.schema()
    bentoml_adapter.build_schema_once()
    assert Tiny.schema() is Tiny.schema()
    assert "/predict" in str(Tiny.schema())
