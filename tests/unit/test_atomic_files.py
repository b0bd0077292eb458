from pathlib import Path

import pytest

from sentiment.atomic_files import require_writable, write_atomically
from sentiment.errors import UsageError


def test_a_file_is_written_as_utf8(tmp_path: Path) -> None:
    write_atomically(tmp_path / "report.json", "très bon\n")
    assert (tmp_path / "report.json").read_bytes() == "très bon\n".encode()


def test_a_file_that_is_there_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("a longer text that was here before")
    write_atomically(target, "new")
    assert target.read_text() == "new"


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    write_atomically(tmp_path / "report.json", "{}")
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]


def test_others_may_read_the_file(tmp_path: Path) -> None:
    write_atomically(tmp_path / "report.json", "{}")
    assert (tmp_path / "report.json").stat().st_mode & 0o777 == 0o644


def test_a_folder_that_is_not_there_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    target = tmp_path / "missing" / "report.json"
    with pytest.raises(UsageError) as caught:
        write_atomically(target, "{}")
    assert str(caught.value) == (
        f"{target} cannot be written: No such file or directory. Name another file."
    )


def test_a_folder_in_the_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: Is a directory"):
        write_atomically(_folder(tmp_path), "{}")


def test_a_failed_write_leaves_no_partial_file(tmp_path: Path) -> None:
    target = _folder(tmp_path)
    with pytest.raises(UsageError):
        write_atomically(target, "{}")
    assert list(tmp_path.iterdir()) == [target]


def test_a_text_that_cannot_be_encoded_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("before")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(target, "half a pair: \ud83d")
    assert target.read_text() == "before"


def test_a_new_file_in_a_folder_that_exists_is_writable(tmp_path: Path) -> None:
    require_writable(tmp_path / "report.json")
    assert not list(tmp_path.iterdir())


def test_a_file_in_a_folder_that_is_not_there_is_refused_before_the_work(tmp_path: Path) -> None:
    target = tmp_path / "missing" / "report.json"
    with pytest.raises(UsageError, match=f"{target} cannot be written.*folder that exists"):
        require_writable(target)


def test_a_folder_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"{tmp_path} cannot be written"):
        require_writable(tmp_path)


def _folder(tmp_path: Path) -> Path:
    target = tmp_path / "report.json"
    target.mkdir()
    return target
