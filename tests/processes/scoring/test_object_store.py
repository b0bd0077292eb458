"""Corpora in a real object store, over HTTP: read, written, interrupted, resumed, refused."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sentiment.data.remote import path_of
from sentiment.errors import SentimentError, Unreachable, UsageError
from sentiment.scoring.chunks import ROWS
from sentiment.scoring.job import Job, score_corpus
from sentiment.scoring.partial_output import PartialOutput
from sentiment.settings import EngineSettings
from tests.support.failing_gateway import FailingGateway
from tests.support.object_store import BUCKET, ObjectStore
from tests.support.processes import python

TEXT = "the film was awful and the plot was dull " * 12


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with ObjectStore(tmp_path_factory.mktemp("store") / "data") as running:
        yield running


@pytest.fixture
def gateway(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[FailingGateway]:
    """The way to the store for what is tested; nothing fails until it is told to."""
    forget_connections()
    with FailingGateway(store.url) as running:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # the client's own; s3fs tries again as well
        yield running
    forget_connections()


def forget_connections() -> None:
    """Have the next address opened with the environment of that time, as a new process has."""
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder of four kinds of files; one has two chunks of more than a megabyte."""
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    rows = [{"id": number, "text": f"{number} {TEXT}"} for number in range(ROWS + 900)]
    rows[7]["text"] = ""
    (folder / "a.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (folder / "b.csv").write_text("id,text\n1,superb\n2,\n3,dull\n")
    pd.DataFrame({"text": ["superb", "dull"], "id": [1, 2]}).to_parquet(folder / "c.parquet")
    (folder / "sub/d.csv").write_text("text,id\ncharming,9\n")
    return folder


@pytest.fixture
def job(tag: str, corpus: Path, tmp_path: Path, store: ObjectStore, gateway: FailingGateway) -> Job:
    """The corpus in the store, to be scored into the store, under names of this test alone."""
    name = tmp_path.name
    for path in corpus.rglob("*.*"):
        store.put(f"{name}/in/{path.relative_to(corpus)}", path.read_bytes())
    here = f"s3://{BUCKET}/{name}"
    settings = EngineSettings.parse({"threads": "1"})
    return Job(path_of(f"{here}/in"), path_of(f"{here}/out"), tag, settings, keep=("id",))


@pytest.fixture
def expected(job: Job, corpus: Path, tmp_path: Path) -> dict[str, bytes]:
    """What the same corpus gives from disk to disk."""
    score_corpus(replace(job, source=corpus, output=tmp_path / "out"))
    return {
        str(path.relative_to(tmp_path / "out")): path.read_bytes()
        for path in (tmp_path / "out").rglob("*.*")
    }


def written(store: ObjectStore, job: Job) -> dict[str, bytes]:
    return store.contents(str(job.output).removeprefix(f"s3://{BUCKET}/"))


def test_a_folder_in_the_store_gives_the_bytes_that_it_gives_on_disk(
    job: Job, store: ObjectStore, expected: dict[str, bytes]
) -> None:
    assert score_corpus(job) == 2
    assert written(store, job) == expected
    left = {name.split("/")[0] for name in store.contents(job.output.parent.name)}
    assert left == {"in", "out", "out.run.json"}, "nothing of the unfinished run is left"
    with pytest.raises(UsageError, match="exists already"):
        score_corpus(job)
    assert score_corpus(replace(job, resume=True)) == 2


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_file_goes_from_the_store_to_disk_and_from_disk_to_the_store(
    job: Job, store: ObjectStore, corpus: Path, tmp_path: Path, suffix: str
) -> None:
    there, here = job.output.with_suffix(suffix), tmp_path / f"here{suffix}"
    score_corpus(replace(job, source=job.source / "b.csv", output=here))
    score_corpus(replace(job, source=corpus / "b.csv", output=there))
    (content,) = written(store, replace(job, output=there)).values()
    assert content == here.read_bytes()


# --- failures in the middle -----------------------------------------------------------


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_server_killed_in_the_middle_loses_no_row_and_doubles_none(
    job: Job,
    after: int,
    store: ObjectStore,
    expected: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", store.url)
    forget_connections()
    commit = PartialOutput.commit

    def killing(self: PartialOutput, *given: Any) -> None:
        if sum(map(len, self.committed.names)) == after:
            store.kill()
        commit(self, *given)

    with monkeypatch.context() as patched:
        patched.setattr(PartialOutput, "commit", killing)
        with pytest.raises(Unreachable) as caught:
            score_corpus(job)
    assert str(caught.value).endswith("Go on with the same command and --resume.")
    assert "\n" not in str(caught.value)
    store.start()
    assert score_corpus(replace(job, resume=True)) == 2
    assert written(store, job) == expected


def reading(method: str, path: str) -> bool:
    """The second megabyte of the large file and all after it."""
    return method == "GET" and path.endswith("/in/a.jsonl")


def committing(method: str, path: str) -> bool:
    return method == "PUT" and "/parts/000001" in path


def publishing(method: str, path: str) -> bool:
    """The second file of the output, when the first one is there."""
    return method == "PUT" and path.endswith("/out/b.csv")


def recording(method: str, path: str) -> bool:
    return method == "PUT" and path.endswith("/out.run.json")


@pytest.mark.parametrize(
    ("fails", "allowed"), [(reading, 3), (committing, 0), (publishing, 0), (recording, 0)]
)
def test_a_server_that_answers_with_errors_is_resumed_to_the_same_bytes(
    job: Job,
    fails: Callable[[str, str], bool],
    allowed: int,
    store: ObjectStore,
    gateway: FailingGateway,
    expected: dict[str, bytes],
) -> None:
    seen: list[str] = []

    def failing(method: str, path: str) -> bool:
        seen.extend([path] * fails(method, path.partition("?")[0]))
        return fails(method, path.partition("?")[0]) and len(seen) > allowed

    gateway.fails = failing
    with pytest.raises(Unreachable, match=r"Go on with the same command and --resume\.$"):
        score_corpus(job)
    assert seen, "nothing failed"
    gateway.fails = lambda _method, _path: False
    assert score_corpus(replace(job, resume=True)) == 2
    assert written(store, job) == expected


def test_a_file_that_changed_in_the_store_is_not_resumed(
    job: Job, store: ObjectStore, gateway: FailingGateway
) -> None:
    gateway.fails = committing
    with pytest.raises(Unreachable):
        score_corpus(job)
    gateway.fails = lambda _method, _path: False
    store.put(f"{job.source.parent.name}/in/b.csv", "id,text\n1,superb\n2,\n3,bad!\n")
    with pytest.raises(UsageError, match=r"input b\.csv: etag .* before, etag .* now"):
        score_corpus(replace(job, resume=True))


# --- what is refused, in one line -----------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": "s3://nowhere/in"}, "No such bucket: 'nowhere'"),
        ({"output": "s3://nowhere/out"}, "No such bucket: 'nowhere'"),
        ({"source": f"s3://{BUCKET}/nothing.csv"}, f"No such file or folder: s3://{BUCKET}/noth"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "may not be read: .*Set AWS_ACCESS_KEY_ID and"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "credentials.*AWS_ACCESS_KEY_ID"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "cannot be read: Could not connect"),
        ({"output": "https://127.0.0.1/out"}, "can only be read. Name an output on disk"),
    ],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)
def test_what_cannot_work_is_told_in_one_line(
    job: Job, change: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in change.items():
        if name.isupper():
            (monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name))
    forget_connections()
    paths = {name: path_of(value) for name, value in change.items() if not name.isupper()}
    with pytest.raises(SentimentError, match=words) as caught:
        score_corpus(replace(job, **paths))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("package", ["s3fs", "gcsfs", "adlfs"])
def test_a_package_that_is_missing_is_named_with_what_installs_it(package: str) -> None:
    address = {"s3fs": "s3://a/b.csv", "gcsfs": "gs://a/b.csv", "adlfs": "abfs://a/b.csv"}[package]
    script = (
        f"import sys; sys.modules[{package!r}] = None; import predict; from sentiment import cli;"
        f"sys.exit(cli.run(lambda: predict.main([{address!r}, '--output', 'scores.csv'])))"
    )
    ended = python("-c", script)
    assert ended.returncode == 2
    assert ended.stderr == (
        f"error: {address} needs a package that is not installed: {package}. "
        "Run: pip install -r requirements/remote.txt\n"
    )


def test_an_address_of_no_known_kind_is_told() -> None:
    ended = python("predict.py", "ftp://a/b.csv", "--output", "scores.csv")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: ftp://a/b.csv is an address of no known kind. Known are")
