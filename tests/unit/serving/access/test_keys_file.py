"""The file of keys: what is read, what is refused, and what survives two writers."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.errors import DataError, UsageError
from sentiment.serving.access.keys import ApiKey, hash_of, new_key
from sentiment.serving.access.keys_file import add_key, line_of, read_keys, remove_keys
from sentiment.serving.access.roles import KEY_ROLES

HASH = "ab" * 32
LINE = f"shop sha256:{HASH} roles=predict"


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


keys = st.builds(
    ApiKey,
    st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._@-]{0,61}[A-Za-z0-9])?", fullmatch=True),
    st.binary(min_size=32, max_size=32).map(bytes.hex),
    st.lists(st.sampled_from(KEY_ROLES), min_size=1, unique=True).map(tuple),
    st.none() | st.integers(0, 1_000_000_000),
    st.none() | st.integers(0, 1_000_000_000),
    st.none() | st.dates(),
)


@given(some=st.lists(keys, max_size=5, unique_by=lambda key: key.hash))
def test_what_is_written_is_read(
    some: list[ApiKey], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("keys") / "keys.txt"
    assert read_keys(written(path, *map(line_of, some))) == tuple(some)


def test_a_line_is_read_by_field(tmp_path: Path) -> None:
    line = f"a@b.c sha256:{HASH} until=2027-12-31 roles=metrics,admin tokens-per-minute=0"
    assert read_keys(written(tmp_path / "keys", "# ours", "", line)) == (
        ApiKey("a@b.c", HASH, ("metrics", "admin"), None, 0, date(2027, 12, 31)),
    )


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("shop", id="no hash"),
        pytest.param("sentiment_" + "s3cret" * 7, id="a key"),
        pytest.param(f"shop sha256:{HASH}", id="no roles"),
        pytest.param(f"shop sha256:{HASH[:-1]} roles=predict", id="short hash"),
        pytest.param(f"shop sha256:{HASH.upper()} roles=predict", id="upper case"),
        pytest.param(f"shop md5:{HASH} roles=predict", id="another hash"),
        pytest.param(f"-shop sha256:{HASH} roles=predict", id="bad name"),
        pytest.param(f"shöp sha256:{HASH} roles=predict", id="name of other letters"),
        pytest.param(f"{'a' * 64} sha256:{HASH} roles=predict", id="long name"),
        pytest.param(f"shop sha256:{HASH} roles=", id="empty roles"),
        pytest.param(f"shop sha256:{HASH} roles=anyone", id="a role that no key has"),
        pytest.param(f"shop sha256:{HASH} roles=predict,root", id="unknown role"),
        pytest.param(f"{LINE} roles=admin", id="twice"),
        pytest.param(f"{LINE} per-minute=-1", id="negative"),
        pytest.param(f"{LINE} per-minute=1e3", id="no whole number"),
        pytest.param(f"{LINE} per-minute=٣", id="digits of another script"),
        pytest.param(f"{LINE} per-minute={'9' * 5000}", id="5,000 digits"),
        pytest.param(f"{LINE} until=tomorrow", id="no day"),
        pytest.param(f"{LINE} until=2027-02-30", id="no such day"),
        pytest.param(f"{LINE} limit=5", id="unknown field"),
        pytest.param(f"{LINE} s3cret", id="a word"),
    ],
)
def test_a_bad_line_is_named_by_number_and_not_shown(tmp_path: Path, line: str) -> None:
    path = written(tmp_path / "keys", "# ours", line)
    with pytest.raises(DataError, match=r"Line 2 of .*keys") as caught:
        read_keys(path)
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a" * (9 << 20)], ids=["UTF-16", "9 MB"])
def test_what_is_no_file_of_keys_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys"
    path.write_bytes(content)
    with pytest.raises(DataError):
        read_keys(path)


def test_a_file_of_another_system_is_read(tmp_path: Path) -> None:
    """With a byte order mark, other ends of lines, tabs, and comments that hold odd spaces."""
    path = tmp_path / "keys"
    other = LINE.replace("shop", "other").replace(HASH, "cd" * 32)
    lines = [f"# ours\x0b\x85\u2028{LINE}", LINE.replace(" ", "\t"), "", other]
    for end in ("\n", "\r\n", "\r"):
        path.write_bytes(b"\xef\xbb\xbf" + end.join(lines).encode())
        assert [key.name for key in read_keys(path)] == ["shop", "other"]
    add_key(path, ApiKey("new", "ef" * 32))
    assert path.read_text().splitlines()[0].startswith("# ours")
    assert [key.name for key in read_keys(path)] == ["shop", "other", "new"]


def test_a_long_file_with_all_of_its_keys_twice_is_refused_soon(tmp_path: Path) -> None:
    lines = [f"a sha256:{number:064x} roles=predict" for number in range(40_000)]
    path = written(tmp_path / "keys", *lines, *lines)
    with pytest.raises(DataError, match="twice"):
        read_keys(path)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_whoever_could_read_the_file_still_can_and_nobody_else(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "keys", LINE)
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, 1034, 1034)
    before = path.stat()
    add_key(path, ApiKey("a", "cd" * 32))
    after = path.stat()
    assert stat.S_IMODE(after.st_mode) == mode
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


def test_what_is_no_regular_file_is_neither_waited_for_nor_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path(os.devnull)):
        with pytest.raises(DataError, match="no regular file"):
            read_keys(path)
        with pytest.raises(DataError, match="no regular file"):
            add_key(path, ApiKey("a", HASH))
        assert not path.is_file()


def test_a_missing_file_and_a_folder_are_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        read_keys(tmp_path / "gone")
    with pytest.raises(DataError, match="directory"):
        read_keys(tmp_path)


def test_one_hash_on_two_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="twice"):
        read_keys(written(tmp_path / "keys", LINE, LINE.replace("shop", "other")))


def test_removing_leaves_comments_and_other_keys_as_they_are(tmp_path: Path) -> None:
    other = f"other sha256:{'cd' * 32}   roles=metrics"
    path = written(tmp_path / "keys", "# ours", LINE, "", other)
    assert [key.name for key in remove_keys(path, lambda key: key.name == "shop")] == ["shop"]
    assert path.read_text() == f"# ours\n\n{other}\n"


def test_nothing_is_written_when_nothing_is_removed(tmp_path: Path) -> None:
    path = written(tmp_path / "keys", LINE)
    before = path.stat()
    assert remove_keys(path, lambda _: False) == []
    assert path.stat() == before


def test_a_broken_file_is_not_added_to(tmp_path: Path) -> None:
    path = written(tmp_path / "keys", "nonsense")
    with pytest.raises(DataError, match="Line 1"):
        add_key(path, ApiKey("a", HASH))
    assert path.read_text() == "nonsense\n"


def test_no_key_is_lost_when_many_are_added_at_once(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    made = [ApiKey(f"name-{number}", hash_of(new_key())) for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: add_key(path, key), made))
    assert set(read_keys(path)) == set(made)
    assert [each.name for each in tmp_path.iterdir()] == ["keys"]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        add_key(tmp_path / "gone" / "keys", ApiKey("a", HASH))
