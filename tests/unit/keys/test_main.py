"""`python -m sentiment.keys`: a key is shown once, and nowhere else."""

from pathlib import Path

import pytest

from sentiment import cli
from sentiment.keys.__main__ import main
from sentiment.serving.access.keys import KeyRing
from sentiment.serving.access.keys_file import read_keys


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SENTIMENT_API_KEYS_FILE", str(tmp_path / "keys.txt"))
    return tmp_path / "keys.txt"


def run(*arguments: str) -> int:
    return cli.run(lambda: main(list(arguments)))


def test_a_new_key_is_printed_alone_and_only_its_hash_is_stored(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("add", "shop", "--role", "predict", "--per-minute", "600") == 0
    printed = capsys.readouterr()
    key = printed.out.strip()
    assert key not in printed.err
    assert key not in path.read_text()
    found = KeyRing(read_keys(path)).find(key.encode())
    assert found is not None
    assert (found.name, found.roles, found.per_minute) == ("shop", ("predict",), 600)
    assert found.id in printed.err


def test_several_keys_have_one_name_and_are_removed_one_by_one_or_together(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        assert run("add", "shop") == 0
    assert run("add", "other", "--role", "metrics", "--role", "admin") == 0
    first = read_keys(path)[0]
    assert run("remove", "shop", "--key", first.id) == 0
    assert first not in read_keys(path)
    assert run("remove", "shop") == 0
    assert [(key.name, key.roles) for key in read_keys(path)] == [("other", ("metrics", "admin"))]


def test_the_list_shows_everything_but_secrets(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("add", "shop", "--per-minute", "600", "--tokens-per-minute", "0", "--until", "2999-12-31")
    key = capsys.readouterr().out.strip()
    path.write_text(path.read_text() + f"old sha256:{'ab' * 32} roles=admin until=2020-01-01\n")
    assert run("list") == 0
    head, shop, old = capsys.readouterr().out.splitlines()
    assert shop.split() == [
        "shop", read_keys(path)[0].id, "predict", "600", "no", "limit", "2999-12-31",
    ]  # fmt: skip
    assert old.endswith("2020-01-01 (expired)")
    assert head.split()[0] == "name"
    assert key not in shop
    assert read_keys(path)[0].hash not in shop


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "no name"], "cannot name a key"),
        (["add", "shop", "--until", "2020-01-01"], "is over"),
        (["add", "shop", "--until", "soon"], "is no day"),
        (["remove", "nobody"], "nobody has no key in"),
        (["remove", "shop", "--key", "123"], "shop has no key 123 in"),
        (["--file", "/gone/keys", "add", "shop"], "No such file"),
        (["--file", "/gone/keys", "list"], "No such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], said: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_text("")
    assert run(*arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.mark.parametrize(
    "arguments",
    [[], ["add"], ["add", "shop", "--role", "root"], ["add", "shop", "--per-minute", "-1"]],
)
def test_bad_usage_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 2


def test_without_a_file_it_says_how_to_name_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SENTIMENT_API_KEYS_FILE")
    assert run("list") == 2
    assert "SENTIMENT_API_KEYS_FILE" in capsys.readouterr().err
