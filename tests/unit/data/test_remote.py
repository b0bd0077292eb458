"""Addresses as paths, and files in the web; object stores are tried in tests/processes/scoring."""

import pickle
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment.data.files import fingerprint, open_binary
from sentiment.data.prediction_texts import read_lines
from sentiment.data.remote import RemotePath, path_of
from sentiment.errors import DataError, Unreachable, UsageError


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """The address at which the files of `tmp_path` are."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


# --- names ----------------------------------------------------------------------------


def test_what_holds_no_scheme_is_a_path_on_disk() -> None:
    assert not isinstance(path_of("reviews/a.csv"), RemotePath)


@pytest.mark.parametrize("text", ["s3://b/k/a.csv", "hdfs://host:9000/a.csv", "abfss://c@a.x/k"])
def test_an_address_is_written_as_it_was_given(text: str) -> None:
    assert str(path_of(text)) == text
    assert str(pickle.loads(pickle.dumps(path_of(text)))) == text  # noqa: S301


def test_an_address_is_taken_apart_and_built_as_a_path_is() -> None:
    path = path_of("s3://b/in/a.csv")
    assert (path.name, path.suffix, str(path.parent)) == ("a.csv", ".csv", "s3://b/in")
    assert str(path.with_name("x") / "y") == "s3://b/in/x/y"
    assert str(path.relative_to(path_of("s3://b/in"))) == "a.csv"


@pytest.mark.parametrize("query", ["", "?sig=a.b", "?a=1&b=c.txt#top"])
def test_the_ending_in_the_web_is_that_of_the_path(query: str) -> None:
    assert path_of(f"https://host/x/a.csv{query}").suffix == ".csv"


def test_a_scheme_that_is_not_known_is_told_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"no known kind\. Known are s3://, gs://.*hdfs://\.$"):
        path_of("ftp://host/a.csv")


# --- the web --------------------------------------------------------------------------


def test_a_file_in_the_web_is_read_as_one_on_disk_is(web: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n1,good\n2,bad\n")
    pq.write_table(pa.table({"text": ["good", "bad"]}), tmp_path / "a.parquet")
    for name in ("a.csv", "a.csv?sig=1", "a.parquet"):
        lines = list(read_lines(path_of(f"{web}/{name}"), "text"))
        assert [line.text for line in lines] == ["good", "bad"]


def test_a_file_whose_server_tells_nothing_of_it_is_known_by_its_content(
    web: str, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("text\ngood\n")
    there = fingerprint(path_of(f"{web}/a.csv"))
    assert there.startswith(("SHA-256 ", "lastmodified ")), there
    (tmp_path / "a.csv").write_text("text\nbad, and longer\n")
    assert fingerprint(path_of(f"{web}/a.csv")) != there


def test_a_file_that_is_not_in_the_web_is_told(web: str) -> None:
    with pytest.raises(DataError, match=rf"^No such file: {web}/a\.csv\. Pass a file"):
        list(read_lines(path_of(f"{web}/a.csv"), "text"))


@pytest.mark.parametrize("read", [open_binary, lambda path: list(read_lines(path, "text"))])
def test_a_server_that_is_not_there_is_told_in_a_line(read: Any) -> None:
    with pytest.raises(
        Unreachable, match=r"^http://127\.0\.0\.1:9/a\.csv cannot be read: "
    ) as told:
        read(path_of("http://127.0.0.1:9/a.csv"))
    assert "\n" not in str(told.value)
