"""The file of feedback: whole lines, within a bound, on a disk that may be full."""

import contextlib
import json
import os
import resource
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sentiment.data import labelled_files
from sentiment.errors import FeedbackNotWritten, UsageError
from sentiment.feedback import FeedbackFile
from sentiment.schema import FeedbackRecord
from sentiment.settings import DataSettings

MUCH = 10_000_000
ODD = 'Zwei\nZeilen\r\u2028 "gut" \x00\x85 \U0001f600 {"label": "x"}'


def record(text: str = "good film", **fields: Any) -> FeedbackRecord:
    given = {"time": "2025-01-01T00:00:00.000+00:00", "model": "m:1", "label": "positive"}
    return FeedbackRecord(**{**given, "text": text, **fields})


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a file that has nothing but whole lines."""
    content = path.read_bytes()
    assert content.endswith(b"\n") or not content
    return [json.loads(line) for line in content.splitlines()]


@contextlib.contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Let no file of this process grow past a size: past it a disk seems to be full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_line_holds_what_is_known_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    file = FeedbackFile(path, MUCH)
    file.append(record())
    file.append(record(ODD, request_id="r1", key="shop", said="negative", confidence=0.75))
    first, second = lines(path)
    assert first == {
        "time": "2025-01-01T00:00:00.000+00:00",
        "model": "m:1",
        "text": "good film",
        "label": "positive",
    }
    assert second["text"] == ODD
    assert (second["key"], second["said"], second["confidence"]) == ("shop", "negative", 0.75)
    assert len(path.read_text().splitlines()) == 2


def test_training_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    file = FeedbackFile(path, MUCH)
    file.append(record("a dull plot", label="negative"))
    file.append(record("a fine plot", key="shop", said="negative", confidence=0.75))
    settings = DataSettings.parse({"data": str(path), "label_column": "label"})
    rows = labelled_files.read_table(path, settings)
    assert [(row.text, row.label) for row in rows] == [
        ("a dull plot", "negative"),
        ("a fine plot", "positive"),
    ]


def test_lines_of_many_threads_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    texts = [f"{number} " + "x" * 30_000 for number in range(200)]
    files = [FeedbackFile(path, MUCH) for _ in range(4)]  # as four processes would have
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: files[n % 4].append(record(texts[n])), range(200)))
    assert sorted(line["text"] for line in lines(path)) == sorted(texts)


def test_it_never_grows_past_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    FeedbackFile(path, MUCH).append(record())
    size = path.stat().st_size
    file = FeedbackFile(path, 2 * size)
    file.append(record())
    with pytest.raises(FeedbackNotWritten, match=r"is full.*raise SENTIMENT_MAX_FEEDBACK_BYTES"):
        file.append(record())
    assert (len(lines(path)), path.stat().st_size) == (2, 2 * size)


def test_many_threads_do_not_pass_the_bound_together(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    file = FeedbackFile(path, 5_000)

    def append(_: int) -> None:
        with contextlib.suppress(FeedbackNotWritten):
            file.append(record("x" * 300))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(append, range(100)))
    assert 4_500 < path.stat().st_size <= 5_000
    assert lines(path)


@pytest.mark.parametrize("room", [0, 1, 100])
def test_nothing_of_a_line_stays_for_which_the_disk_has_no_room(tmp_path: Path, room: int) -> None:
    path = tmp_path / "feedback.jsonl"
    file = FeedbackFile(path, MUCH)
    file.append(record())
    before = path.read_bytes()
    with (
        files_no_larger_than(len(before) + room),
        pytest.raises(FeedbackNotWritten, match=r"could not be written: .*Nothing of it was kept"),
    ):
        file.append(record("x" * 1_000))
    assert path.read_bytes() == before
    file.append(record("again"))
    assert [line["text"] for line in lines(path)] == ["good film", "again"]


def test_a_line_that_others_left_without_an_end_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    path.write_text('{"text": "by hand", "label": "negative"}')
    FeedbackFile(path, MUCH).append(record())
    assert [line["text"] for line in lines(path)] == ["by hand", "good film"]


def test_a_file_that_is_moved_away_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    file = FeedbackFile(path, MUCH)
    file.append(record("old"))
    path.rename(tmp_path / "done.jsonl")
    file.append(record("new"))
    assert [line["text"] for line in lines(path)] == ["new"]


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    FeedbackFile(path, MUCH).check()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b""


def no_folder(folder: Path) -> Path:
    return folder / "missing" / "feedback.jsonl"


def a_folder(folder: Path) -> Path:
    return folder


def below_a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "feedback.jsonl"


def a_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def a_device(_: Path) -> Path:
    return Path("/dev/full")


def a_loop(folder: Path) -> Path:
    (folder / "loop").symlink_to("loop")
    return folder / "loop"


def too_long(folder: Path) -> Path:
    return folder / ("x" * 300)


@pytest.mark.parametrize(
    "make", [no_folder, a_folder, below_a_file, a_pipe, a_device, a_loop, too_long]
)
def test_what_cannot_be_appended_to_is_told_in_words(tmp_path: Path, make: Any) -> None:
    file = FeedbackFile(make(tmp_path), MUCH)
    with pytest.raises(UsageError, match=r"cannot be opened for appending: .* Name a file that"):
        file.check()
    with pytest.raises(FeedbackNotWritten, match="could not be written"):
        file.append(record())
