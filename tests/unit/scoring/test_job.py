"""Whole runs in this process, over a stored model that OpenVINO computes."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sentiment import store
from sentiment.errors import SentimentError, UsageError
from sentiment.scoring.job import Job, score_corpus
from sentiment.scoring.partial_output import PartialOutput
from sentiment.settings import EngineSettings
from tests.support.models import classifier_card, store_classifier

FILES = {
    "a.csv": "id,text\n1,a superb film\n2,\n3,an awful film\n",
    "b.jsonl": '{"text": "dull"}\n{"text": 7}\n',
    "sub/c.txt": "charming\nboring\n",
}


@pytest.fixture
def job(tag: str, tmp_path: Path) -> Job:
    """A folder of three files, each of which is a chunk, to be scored."""
    for name, content in FILES.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return Job(tmp_path / "in", tmp_path / "out", tag, EngineSettings.parse({"threads": "1"}))


@pytest.fixture
def interrupt(monkeypatch: pytest.MonkeyPatch) -> Callable[[Job, int], str]:
    """Return a function that runs a job, presses Ctrl-C after some chunks, returns the words."""

    def run(job: Job, after: int) -> str:
        commit = PartialOutput.commit

        def stopping(self: PartialOutput, *given: Any) -> None:
            if sum(map(len, self.committed.names)) == after:
                raise KeyboardInterrupt
            commit(self, *given)

        with monkeypatch.context() as patched:
            patched.setattr(PartialOutput, "commit", stopping)
            with pytest.raises(KeyboardInterrupt) as caught:
                score_corpus(job)
        return str(caught.value)

    return run


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_folder_becomes_a_folder_of_the_same_shape_with_each_row_in_its_place(job: Job) -> None:
    assert score_corpus(job) == 2
    assert sorted(contents(job.output)) == ["a.csv", "b.jsonl", "sub/c.txt.jsonl"]
    frame = pd.read_csv(job.output / "a.csv")
    assert list(frame["line"]) == [2, 3, 4]
    assert list(frame["error_code"].notna()) == [False, True, False]
    rows = [json.loads(line) for line in (job.output / "b.jsonl").read_text().splitlines()]
    assert [(row["line"], "error" in row) for row in rows] == [(1, False), (2, True)]


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_a_risk_marks_each_answer_in_every_format(
    job: Job, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    curve = {"texts": 9, "points": [{"confidence": 0.9, "coverage": 0.5, "risk": 0.1}]}
    card = classifier_card(risk_coverage=curve)
    folder = tmp_path / "model"
    shutil.copytree(store.find(job.model).folder, folder)
    (folder / "model.yaml").unlink()
    (folder / "card.json").unlink()
    tag = store.save("marked", folder, card, np.empty(0, dtype=np.uint64))
    output = tmp_path / f"scores{suffix}"
    source = tmp_path / "in" / "a.csv"
    score_corpus(replace(job, source=source, output=output, model=tag, max_risk=0.1))
    assert "at most 10.00% should be wrong" in capsys.readouterr().out
    read = {
        ".csv": pd.read_csv,
        ".parquet": pd.read_parquet,
        ".jsonl": lambda path: pd.read_json(path, lines=True),
    }
    frame = read[suffix](output).dropna(subset=["confidence"])
    assert len(frame) == 2
    assert (frame["uncertain"].astype(bool) == (frame["confidence"] < 0.9)).all()
    score_corpus(replace(job, source=source, output=tmp_path / f"plain{suffix}", model=tag))
    assert "uncertain" not in read[suffix](tmp_path / f"plain{suffix}").columns


def test_a_row_is_numbered_from_1_in_every_file(job: Job) -> None:
    score_corpus(job)
    assert list(pd.read_csv(job.output / "a.csv")["row"]) == [1, 2, 3]
    frame = pd.read_json(job.output / "b.jsonl", lines=True)
    assert list(frame["row"]) == [1, 2]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_scores_join_back_by_row_and_by_kept_columns(job: Job, suffix: str) -> None:
    source = job.source / "long.csv"
    wanted = pd.DataFrame(
        {"id": range(5000), "text": "good", "date": [f"d{n}" for n in range(5000)]}
    )
    wanted.loc[7, "text"] = ""
    wanted.to_csv(source, index=False)
    output = job.output.with_suffix(suffix)
    score_corpus(replace(job, source=source, output=output, keep=("date", "id")))
    read = {".csv": pd.read_csv, ".parquet": pd.read_parquet}
    found = read[suffix](output) if suffix in read else pd.read_json(output, lines=True)
    assert list(found["row"]) == list(range(1, 5001))
    assert list(found.columns[:4]) == ["row", "line", "date", "id"]
    assert list(found["id"].astype(int)) == list(wanted["id"])
    assert list(found["date"]) == list(wanted["date"])


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.json", "t.parquet"])
def test_rows_are_numbered_as_the_file_has_them_whatever_is_dropped(job: Job, name: str) -> None:
    source, output = job.source / name, job.output.with_suffix(".jsonl")
    wanted = pd.DataFrame({"id": ["1", None, "3"], "text": ["good", None, "bad"]})
    if name.endswith(".csv"):
        source.write_text("id,text\n1,good\n,\n\n3,bad\n")
    elif name.endswith(".parquet"):
        wanted.to_parquet(source)
    else:
        wanted.to_json(source, orient="records", lines=name.endswith("l"))
    score_corpus(replace(job, source=source, output=output, keep=("id",)))
    found = [json.loads(line) for line in output.read_text().splitlines()]
    assert [(each["row"], each["id"]) for each in found] == [(1, "1"), (3, "3")]


def test_kept_parquet_keeps_its_types(job: Job) -> None:
    source, output = job.source / "t.parquet", job.output.with_suffix(".parquet")
    wanted = pd.DataFrame(
        {"id": [7, 8], "text": "good", "when": pd.to_datetime(["2026-01-02"] * 2)}
    )
    wanted.to_parquet(source)
    score_corpus(replace(job, source=source, output=output, keep=("all",)))
    found = pd.read_parquet(output)
    assert found[["id", "text"]].equals(wanted[["id", "text"]])
    assert list(found["when"]) == list(wanted["when"])


def test_a_kept_value_that_is_no_utf8_makes_its_row_an_error(job: Job) -> None:
    source, output = job.source / "damaged.jsonl", job.output.with_suffix(".out.jsonl")
    source.write_text(
        '{"id": "1", "text": "good", "city": "K\\ud83dln"}\n'
        '{"id": "2", "text": "bad", "city": "K\\u00f6ln"}\n'
    )
    assert score_corpus(replace(job, source=source, output=output, keep=("id", "city"))) == 1
    first, second = map(json.loads, output.read_text().splitlines())
    assert (first["id"], first["city"]) == ("1", None)
    assert "The column 'city' is not valid UTF-8" in first["error"]["message"]
    assert (second["id"], second["city"], "label" in second) == ("2", "Köln", True)


def test_a_clash_is_told_before_anything_is_written(job: Job) -> None:
    (job.source / "z.csv").write_text("text,label\ngood,1\n")
    with pytest.raises(UsageError, match=r"z\.csv has a column 'label', as the scores have"):
        score_corpus(replace(job, keep=("all",)))
    assert sorted(path.name for path in job.output.parent.iterdir()) == ["in"]


def test_nothing_but_the_output_and_what_made_it_is_left(job: Job) -> None:
    score_corpus(job)
    left = sorted(path.name for path in job.output.parent.iterdir())
    assert left == ["in", "out", "out.run.json"]
    run = json.loads((job.output.parent / "out.run.json").read_text())
    assert run["run"]["model"] == job.model
    assert (run["rows"], run["bad"]) == (7, 2)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_file_becomes_a_file_of_the_format_that_its_ending_names(job: Job, suffix: str) -> None:
    output = job.output.with_suffix(suffix)
    score_corpus(replace(job, source=job.source / "sub/c.txt", output=output))
    read = {".csv": pd.read_csv, ".parquet": pd.read_parquet}
    frame = read[suffix](output) if suffix in read else pd.read_json(output, lines=True)
    assert list(frame["line"]) == [1, 2]
    assert frame["confidence"].between(0.5, 1).all()


def test_an_output_that_is_there_is_not_overwritten(job: Job) -> None:
    score_corpus(job)
    with pytest.raises(UsageError, match="exists already"):
        score_corpus(job)


def test_a_complete_output_has_nothing_to_resume(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    score_corpus(job)
    before = contents(job.output)
    assert score_corpus(replace(job, resume=True)) == 2, "the bad rows are still in it"
    assert "nothing to resume" in capsys.readouterr().out
    assert contents(job.output) == before


def test_a_complete_output_of_another_model_is_no_success(job: Job) -> None:
    score_corpus(job)
    other = replace(job, model=store_classifier(name="other", openvino=True), resume=True)
    with pytest.raises(UsageError, match=r"was written by another run; model: \S+ before, other:"):
        score_corpus(other)


def test_an_output_of_unknown_origin_is_no_success(job: Job) -> None:
    job.output.mkdir()
    with pytest.raises(UsageError, match=r"out\.run\.json does not tell which run wrote it"):
        score_corpus(replace(job, resume=True))


@pytest.mark.parametrize("after", [0, 1, 2])
def test_an_interrupted_run_resumed_ends_as_if_nothing_had_happened(
    job: Job, after: int, interrupt: Callable[[Job, int], str]
) -> None:
    score_corpus(job)
    other = replace(job, output=job.output.with_name("other"))
    said = interrupt(other, after)
    assert said.endswith("Go on with the same command and --resume.")
    assert not other.output.exists()
    assert score_corpus(replace(other, resume=True)) == 2
    assert contents(other.output) == contents(job.output)


def test_an_unfinished_run_is_not_started_anew_by_accident(
    job: Job, interrupt: Callable[[Job, int], str]
) -> None:
    interrupt(job, 1)
    with pytest.raises(UsageError, match=r"out\.partial\. Go on with --resume, or remove it"):
        score_corpus(job)


def edit(job: Job) -> Job:
    (job.source / "b.jsonl").write_text('{"text": "good"}\n{"text": 7}\n')
    return job


def add(job: Job) -> Job:
    (job.source / "d.txt").write_text("late\n")
    return job


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (edit, r"input b\.jsonl: SHA-256 \w+ before, SHA-256 \w+ now"),
        (add, r"input d\.txt: none before, SHA-256"),
        (lambda job: replace(job, column="id"), "text column: text before, id now"),
        (lambda job: replace(job, keep=("all",)), "kept columns: none before, all now"),
        (
            lambda job: replace(job, settings=EngineSettings.parse({"backend": "torch"})),
            "backend: openvino before, torch now",
        ),
    ],
    ids=["a file was edited", "a file was added", "column", "keep", "backend"],
)
def test_a_run_that_is_another_one_is_not_resumed_and_told_why(
    job: Job, change: Callable[[Job], Job], words: str, interrupt: Callable[[Job, int], str]
) -> None:
    (job.source / "b.jsonl").write_text('{"text": "dull", "id": "x"}\n')
    (job.source / "sub/c.txt").rename(job.source / "c.txt")
    interrupt(job, 1)
    with pytest.raises(UsageError, match=words):
        score_corpus(replace(change(job), resume=True))


def test_another_model_does_not_resume(
    job: Job, other_tag: str, interrupt: Callable[[Job, int], str]
) -> None:
    interrupt(job, 1)
    with pytest.raises(UsageError, match=f"model: {job.model} before, {other_tag} now"):
        score_corpus(replace(job, model=other_tag, resume=True))


def test_threads_and_streams_do_not_decide_the_scores_and_may_change(
    job: Job, interrupt: Callable[[Job, int], str]
) -> None:
    interrupt(job, 1)
    more = EngineSettings.parse({"threads": "2", "streams": "2"})
    assert score_corpus(replace(job, settings=more, resume=True)) == 2


def test_a_column_that_the_last_file_lacks_is_told_before_the_first_is_scored(job: Job) -> None:
    (job.source / "z.csv").write_text("review\ngood\n")
    with pytest.raises(SentimentError, match=r"z\.csv has no column 'text'"):
        score_corpus(job)
    assert sorted(path.name for path in job.output.parent.iterdir()) == ["in"]


def test_a_run_that_scored_nothing_may_be_started_with_other_settings(
    job: Job, interrupt: Callable[[Job, int], str]
) -> None:
    interrupt(job, 0)
    score_corpus(replace(job, source=job.source / "sub"))
    assert sorted(contents(job.output)) == ["c.txt.jsonl"]


def test_a_folder_of_the_users_that_is_in_the_way_is_left_alone(job: Job) -> None:
    mine = job.output.with_name("out.partial") / "mine"
    mine.parent.mkdir()
    mine.write_text("precious")
    with pytest.raises(UsageError, match="in the way"):
        score_corpus(job)
    assert mine.read_text() == "precious"


def test_an_output_in_no_folder_is_told(job: Job) -> None:
    with pytest.raises(UsageError, match="cannot be made: No such file or directory"):
        score_corpus(replace(job, output=job.output / "deeper" / "scores"))
