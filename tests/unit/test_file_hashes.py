"""Hashes of files, those of large ones in pieces: whatever is changed of a file is found."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sentiment import file_hashes
from sentiment.file_hashes import HASHES_FILE, Hash, faults, read_hashes, write_hashes

PIECE = 1000
SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_hashes, "PIECE", PIECE)
    monkeypatch.setattr(file_hashes, "_BUFFER", 64)


def content(size: int) -> bytes:
    return bytes(number * 7 % 251 for number in range(size))


def kept(folder: Path) -> dict[str, Hash]:
    hashes = read_hashes(folder)
    assert hashes is not None
    return hashes


@pytest.mark.parametrize("size", SIZES)
def test_the_hash_of_the_whole_file_comes_first(tmp_path: Path, size: int) -> None:
    (tmp_path / "weights").write_bytes(content(size))
    write_hashes(tmp_path)
    hashes = kept(tmp_path)["weights"]
    whole = hashlib.sha256(content(size)).hexdigest()
    if size <= PIECE:
        assert hashes == whole
    else:
        pieces = range(0, size, PIECE)
        each = [hashlib.sha256(content(size)[at : at + PIECE]).hexdigest() for at in pieces]
        assert hashes == [whole, *each]


@pytest.mark.parametrize("size", SIZES)
def test_what_is_whole_has_no_fault(tmp_path: Path, size: int) -> None:
    (tmp_path / "weights").write_bytes(content(size))
    write_hashes(tmp_path)
    assert faults(tmp_path, kept(tmp_path)) == []


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "first bit": lambda old: bytes([old[0] ^ 1]) + old[1:],
    "last bit": lambda old: old[:-1] + bytes([old[-1] ^ 128]),
    "middle": lambda old: old[: len(old) // 2] + b"\xff\x00" + old[len(old) // 2 + 2 :],
    "a byte less": lambda old: old[:-1],
    "a byte more": lambda old: old + b"\x00",
    "a piece less": lambda old: old[:-PIECE],
    "a piece more": lambda old: old + old[-PIECE:],
    "pieces in another order": lambda old: old[PIECE : 2 * PIECE] + old[:PIECE] + old[2 * PIECE :],
    "half": lambda old: old[: len(old) // 2],
    "empty": lambda _: b"",
    "zeros": lambda old: bytes(len(old)),
    "twice": lambda old: old + old,
}


@pytest.mark.parametrize(
    ("size", "damage"),
    [
        pytest.param(size, damage, id=f"{name}, {size}")
        for size in (2, PIECE, 3 * PIECE, 3 * PIECE + 7)
        for name, damage in DAMAGES.items()
        if damage(content(size)) != content(size)
    ],
)
def test_what_has_changed_is_found(
    tmp_path: Path, size: int, damage: Callable[[bytes], bytes]
) -> None:
    before, after = content(size), damage(content(size))
    (tmp_path / "weights").write_bytes(before)
    (tmp_path / "other").write_bytes(b"other")
    write_hashes(tmp_path)
    (tmp_path / "weights").write_bytes(after)
    assert faults(tmp_path, kept(tmp_path)) == ["weights is damaged"]


NOT_FILES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda _: None,
    "a folder": Path.mkdir,
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "a named pipe": os.mkfifo,
}


@pytest.mark.parametrize("make", NOT_FILES.values(), ids=NOT_FILES)
@pytest.mark.parametrize("size", [PIECE, 2 * PIECE])
def test_what_is_no_file_is_missing(
    tmp_path: Path, size: int, make: Callable[[Path], object]
) -> None:
    (tmp_path / "weights").write_bytes(content(size))
    write_hashes(tmp_path)
    (tmp_path / "weights").unlink()
    make(tmp_path / "weights")
    assert faults(tmp_path, kept(tmp_path)) == ["weights is missing"]


def test_what_cannot_be_read_is_said_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weights").write_bytes(content(2 * PIECE))
    write_hashes(tmp_path)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    hashes = kept(tmp_path)
    monkeypatch.setattr(Path, "open", refuse)
    (fault,) = faults(tmp_path, hashes)
    assert fault.startswith("weights cannot be read (PermissionError")


def test_hashes_of_former_versions_are_of_whole_files(tmp_path: Path) -> None:
    old = content(3 * PIECE)
    (tmp_path / "weights").write_bytes(old)
    former = {"weights": hashlib.sha256(old).hexdigest()}
    (tmp_path / HASHES_FILE).write_text(json.dumps(former))
    assert kept(tmp_path) == former
    assert faults(tmp_path, former) == []
    (tmp_path / "weights").write_bytes(old[:-1] + b"!")
    assert faults(tmp_path, former) == ["weights is damaged"]


@pytest.mark.parametrize("place", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_change_of_the_hashes_themselves_is_noticed(tmp_path: Path, place: float) -> None:
    (tmp_path / "weights").write_bytes(content(3 * PIECE))
    write_hashes(tmp_path)
    written = bytearray((tmp_path / HASHES_FILE).read_bytes())
    written[int(len(written) * place)] ^= 1
    (tmp_path / HASHES_FILE).write_bytes(written)
    with pytest.raises(ValueError, match=r"changed|Expecting|Invalid|Extra data"):
        read_hashes(tmp_path)
