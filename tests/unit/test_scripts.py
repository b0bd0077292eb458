"""The command lines at the root, called as functions: what they print, and how they end."""

import json
import re
import sys
from pathlib import Path

import pytest

import evaluate
import predict
import train
from sentiment import cli
from tests.support.models import store_classifier
from tests.support.reviews import write_csv


@pytest.fixture(scope="module")
def tag() -> str:
    """A small random classifier under a name of its own."""
    return store_classifier(name="scripts")


def run(script: object, *arguments: str) -> int:
    return cli.run(lambda: script.main(list(arguments)))  # type: ignore[attr-defined]


def test_one_text_is_answered_with_label_confidence_and_both_probabilities(
    tag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(predict, "--model", tag, "--text", "a brilliant film") == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert "confidence" in first
    assert [line.split()[0] for line in rest] == ["negative", "positive"]


def test_a_pipe_gets_json_lines_in_order_with_a_bad_line_in_its_place(
    tag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("a brilliant film\n\nawful\n")
    with pytest.raises(SystemExit) as ended:
        run(predict, "--model", tag, str(path))
    captured = capsys.readouterr()
    rows = [json.loads(line) for line in captured.out.splitlines()]
    assert [row["line"] for row in rows] == [1, 2, 3]
    assert ["error" in row for row in rows] == [False, True, False]
    assert "line 2: The text is empty" in captured.err
    assert ended.value.code == 1


def test_one_text_is_explained_and_its_sentences_are_answered(
    tag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "a brilliant film . a bad end ."
    wishes = ("--sentences", "--explain", "--warnings")
    assert run(predict, "--model", tag, "--text", text, *wishes) == 0
    printed = capsys.readouterr().out
    assert "a brilliant film ." in printed.split("sentences")[1]
    assert re.search(r"words that say \w+ most \(probability\):", printed)
    assert re.search(r"[+-]0\.\d{4} +brilliant$", printed, re.MULTILINE)


def test_a_pipe_gets_what_was_asked_for_in_json_lines(
    tag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("a brilliant film\nawful\n")
    assert run(predict, "--model", tag, str(path), "--explain", "--warnings") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [len(row["explanation"]["words"]) for row in rows] == [3, 1]
    assert all("sentences" not in row and row["warnings"] == [] for row in rows)
    assert run(predict, "--model", tag, str(path), "--output", "x.csv", "--explain") == 2
    assert "--text or JSON Lines" in capsys.readouterr().err


def test_a_risk_needs_a_model_that_has_measured_one(
    tag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(predict, "--model", tag, "--text", "a film", "--max-risk", "0.05") == 2
    assert "has no risk-coverage curve" in capsys.readouterr().err
    assert run(predict, "--model", tag, "--text", "a film", "--max-risk", "2") == 2
    assert "--max-risk: " in capsys.readouterr().err


def test_kept_columns_are_in_json_lines_of_a_pipe_too(
    tag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("id,text\nx,a brilliant film\ny,awful\n")
    assert run(predict, "--model", tag, str(path), "--keep", "id") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["row"], row["line"], row["id"]) for row in rows] == [(1, 2, "x"), (2, 3, "y")]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--keep", "id"], "--keep goes with a file that has columns. Name one."),
        (["a.csv", "--keep", "id", "--format", "table"], "JSON Lines. Use --format jsonl."),
    ],
)
def test_kept_columns_where_there_is_no_place_for_them_are_refused(
    flags: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(predict, *flags) == 2
    assert words in capsys.readouterr().err


def test_a_table_shows_a_row_a_text(
    tag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_csv(tmp_path / "texts.csv", [("a brilliant film", 1), ("awful", 0)])
    assert run(predict, "--model", tag, str(path), "--format", "table") == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert [row.split()[-1] for row in rows] == ["film", "awful"]


def test_a_table_keeps_to_the_width_with_labels_of_any_length(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    labels = ["cancellation of a subscription", "billing"]
    tag = store_classifier(name="tickets", labels=labels)
    path = write_csv(tmp_path / "texts.csv", [("a brilliant film " * 20, 1), ("\x1b[2J awful", 0)])
    assert run(predict, "--model", tag, str(path), "--format", "table") == 0
    first, second = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert max(len(first), len(second)) < 80
    label = r"(cancellation of a subscri…|billing {19})"
    assert re.fullmatch(rf" +2  {label}  [01]\.\d{{4}}  a brill.*…", first)
    assert "\x1b" not in second


def test_long_labels_stand_apart_from_their_probabilities(
    capsys: pytest.CaptureFixture[str],
) -> None:
    labels = ["cancellation of a subscription", "billing"]
    tag = store_classifier(name="tickets", labels=labels)
    assert run(predict, "--model", tag, "--text", "a brilliant film") == 0
    _, first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"  cancellation of a subscription  [01]\.\d{4}", first)
    assert re.fullmatch(r"  billing {23}  [01]\.\d{4}", second)


@pytest.mark.parametrize("form", ["text", "file", "output"])
def test_a_text_in_a_language_that_the_model_does_not_know_is_warned_of(
    tag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("фильм 1 скучный\na brilliant film\n")
    arguments = {
        "text": ["--text", "фильм 1 скучный"],
        "file": [str(path)],
        "output": [str(path), "--output", str(tmp_path / "scores.csv")],
    }[form]
    assert run(predict, "--model", tag, *arguments) == 0
    assert f"WARNING: 1 of {1 if form == 'text' else 2} texts consist mostly of" in (
        capsys.readouterr().err
    )


def test_standard_input_is_read_when_nothing_is_named(
    tag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "piped"
    path.write_text("a brilliant film\nawful\n")
    with path.open() as piped:
        monkeypatch.setattr(sys, "stdin", piped)
        assert run(predict, "--model", tag) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize("name", ["scores.jsonl", "scores.csv", "scores.parquet"])
def test_an_output_is_written_and_the_rate_told(
    tag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = write_csv(tmp_path / "texts.csv", [("a brilliant film", 1), ("awful", 0)])
    assert run(predict, "--model", tag, str(path), "--output", str(tmp_path / name)) == 0
    assert "scored 2 texts in " in capsys.readouterr().out
    assert (tmp_path / name).stat().st_size > 0


def test_an_output_holds_what_a_pipe_would_get(
    tag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, output = tmp_path / "texts.txt", tmp_path / "scores.jsonl"
    path.write_text("a brilliant film\n\nawful\n")
    printed = []
    for more in ([], ["--output", str(output)]):
        with pytest.raises(SystemExit) as ended:
            run(predict, "--model", tag, str(path), *more)
        assert ended.value.code == 1
        printed.append(capsys.readouterr())
    assert output.read_text() == printed[0].out
    assert "1 line(s) could not be predicted" in printed[1].err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--text", "a", "file.txt"], "Give one of them"),
        (["--text", " "], "empty"),
        (["nothing.txt"], "No such file"),
        (["--model", "scripts:nosuchversion", "--text", "a"], "scripts:"),
        (["tests"], "tests is a folder. Name one for its scores with --output."),
        (["--output", "scores.csv"], "--output goes with a file or a folder"),
        (["a.txt", "--resume"], "go with --output"),
        (["a.txt", "--ray", "local"], "go with --output"),
        (["a.txt", "--output", "b.csv", "--format", "jsonl"], "The ending of --output"),
        (["a.txt", "--output", "b.csv"], "No such file or folder: a.txt"),
        (["a.jsonl", "--delimiter", ";"], "--delimiter is of CSV and TSV files"),
        (["a.csv", "--delimiter", ";;"], "It should be one character"),
        (["a.csv", "--encoding", "utf-88"], "It should be an encoding"),
        (["a.txt", "--text-column", "review"], "--text-column goes with a file that has columns"),
        (["--text-column", "review"], "--text-column goes with a file that has columns"),
    ],
    ids=[
        *("both", "white space", "no file", "no model"),
        *("folder", "output of a pipe", "resume", "ray", "format of output", "no input"),
        *("delimiter of JSON", "delimiter", "encoding"),
        *("column of plain text", "column of a pipe"),
    ],
)
def test_a_mistake_is_told_in_a_line(
    tag: str, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(predict, "--model", tag, *arguments) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert words in last


def test_a_report_is_printed_and_written_as_json(
    tag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [(f"{word} film {n}", word) for n in range(20) for word in ("bad", "good")]
    path = write_csv(tmp_path / "mine.csv", rows)
    labels = ("--labels", "bad=negative", "good=positive")
    report = tmp_path / "report.json"
    assert run(evaluate, tag, "--data", str(path), *labels, "--json", str(report)) == 0
    values = json.loads(report.read_text())
    printed = capsys.readouterr().out
    assert values["texts"] == 40
    assert f"{values['accuracy']:.4f}" in printed
    assert "confusion matrix" in printed


def test_a_report_that_could_not_be_written_is_refused_before_the_work(
    tag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(evaluate, tag, "--json", str(tmp_path / "nowhere" / "report.json")) == 2
    captured = capsys.readouterr()
    assert "cannot be written" in captured.err
    assert captured.out == ""


def test_a_report_does_not_replace_the_data_that_it_is_on(
    tag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_csv(tmp_path / "mine.csv", [("good", "positive"), ("bad", "negative")])
    monkeypatch.chdir(tmp_path)
    assert run(evaluate, tag, "--data", str(path), "--json", "mine.csv") == 2
    assert "mine.csv is read as data, and the report would replace it." in capsys.readouterr().err
    assert path.read_text().startswith("text,label")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--epochs", "0"], "--epochs: Input should be greater than or equal to 1, got '0'"),
        (["--data", "nothing.csv"], "No such data file: nothing.csv"),
        (["--data", "packaged", "--labels", "a", "b"], "--labels does not go with"),
        (["--base-model", "no/such/model", "--data", "packaged"], "no folder 'no/such/model'"),
    ],
    ids=["epochs", "no file", "labels", "base model"],
)
def test_training_that_cannot_start_says_why_in_a_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(train, "--recipe", "quick", "--precision", "fp32", *arguments) == 2
    assert words in capsys.readouterr().err


def test_a_tag_that_the_labels_have_taken_is_answered_with_the_order_that_works(
    tag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(evaluate, "--labels", "negative", "positive", tag) == 2
    assert f"python evaluate.py {tag} --labels" in capsys.readouterr().err


def test_a_label_with_a_colon_is_no_tag_once_the_model_is_named(
    tag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [("a brilliant film", "is:good"), ("awful", "-1"), ("so so", "=")]
    path = write_csv(tmp_path / "own.csv", rows)
    named = ["--labels", "-1=negative", "is:good=positive", "is:good=positive"]
    assert run(evaluate, tag, "--data", str(path), "--allow-seen", *named) == 0
    printed = capsys.readouterr().err
    assert "left out: 1 row whose label is not among --labels: '=' 1" in printed
    assert run(evaluate, tag, "--data", str(path), "--labels", "-1", "is:good") == 2
    assert "is:good was read as" not in capsys.readouterr().err


def test_a_name_that_no_tag_can_have_is_refused_in_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(train, "--recipe", "quick", "--name", "my tickets") == 2
    said = capsys.readouterr().err
    assert "small letters, digits" in said
    assert "'my tickets'" in said
    assert "^[a-z" not in said
