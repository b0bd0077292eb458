"""Keys that change while a server runs: what is taken, when, and what a broken file changes."""

import asyncio
import os
from pathlib import Path

import pytest

from sentiment.errors import SentimentError
from sentiment.serving.access import key_watch
from sentiment.serving.access.key_watch import WatchedKeys
from tests.support.keys import Keys


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    made = Keys(tmp_path)
    made.add("first")
    return made


def names(watched: WatchedKeys) -> set[str]:
    """Look twice, and return whose keys are valid then."""
    for _ in range(2):
        watched.refresh()
    return {key.name for key in watched.ring}


def test_a_file_that_is_being_written_is_not_read_before_it_rests(keys: Keys) -> None:
    watched = WatchedKeys(keys.path)
    content = keys.path.read_bytes()
    keys.path.write_bytes(b"")  # as `cp` does, before it writes
    watched.refresh()
    assert len(watched.ring) == 1
    keys.path.write_bytes(content)
    assert names(watched) == {"first"}
    keys.path.write_bytes(b"")
    assert names(watched) == set()


def test_what_replaces_the_file_or_its_link_is_read(keys: Keys, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(keys.path)
    watched = WatchedKeys(link)
    (tmp_path / "other").mkdir()
    other = Keys(tmp_path / "other")
    other.add("second")
    (tmp_path / "new").symlink_to(other.path)
    (tmp_path / "new").replace(link)  # as Kubernetes swaps the folder of a secret
    assert names(watched) == {"second"}
    other.add("third")
    assert names(watched) == {"second", "third"}


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


BROKEN = {
    "gone": Path.unlink,
    "nonsense": lambda path: path.write_text("nonsense\n"),
    "a good line and half of one": lambda path: path.write_text(path.read_text() + "second sha"),
    "UTF-16": lambda path: path.write_text(path.read_text(), "utf-16"),
    "Latin-1": lambda path: path.write_bytes("# Schlüssel\n".encode("latin-1")),
    "NUL": lambda path: path.write_bytes(bytes(1000)),
    "each twice": lambda path: path.write_text(path.read_text() * 2),
    "too long": lambda path: path.write_bytes(b"#" * (9 << 20)),
    "a pipe": pipe,
    "a folder": folder,
    "a link to itself": loop,
    "a device": device,
}


@pytest.mark.parametrize("damage", BROKEN)
def test_a_broken_file_is_told_of_once_and_keeps_the_keys(
    keys: Keys, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    watched = WatchedKeys(keys.path)
    BROKEN[damage](keys.path)
    for _ in range(3):
        assert names(watched) == {"first"}
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("the API keys stay as they were: ")
    assert str(keys.path) in line
    assert "\n" not in line


@pytest.mark.parametrize("damage", BROKEN)
def test_no_server_starts_with_a_broken_file(keys: Keys, damage: str) -> None:
    BROKEN[damage](keys.path)
    with pytest.raises(SentimentError) as refusal:
        WatchedKeys(keys.path)
    assert "\n" not in str(refusal.value)


async def test_whoever_looks_goes_on_after_a_fault(
    keys: Keys, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(key_watch, "_LOOK_S", 0.01)
    watched = WatchedKeys(keys.path)
    looked = asyncio.Event()

    def refresh() -> None:
        if "not looked at" in caplog.text:
            loop.call_soon_threadsafe(looked.set)
        raise RuntimeError("can't start new thread")

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(watched, "refresh", refresh)
    watched.start()
    async with asyncio.timeout(20):
        await looked.wait()
    watched.stop()
