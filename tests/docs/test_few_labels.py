"""The benchmark of few labels draws texts fairly, and its table says what was measured."""

import csv
from pathlib import Path

import pytest

from benchmarks.few_labels.draws import SOURCES, Draw, write
from benchmarks.few_labels.goals import goals
from benchmarks.few_labels.result import Result, Run
from benchmarks.few_labels.summary import cells
from benchmarks.few_labels.tables import tables
from benchmarks.machine import machine


def rows(file: Path) -> list[tuple[str, str]]:
    with file.open(newline="", encoding="utf-8") as opened:
        return [(row["text"], row["label"]) for row in csv.DictReader(opened)]


def run(trainer: str, draw: int, accuracy: float, seconds: float) -> Run:
    method = "probe" if draw else "contrastive"
    return {
        "source": "packaged",
        "rows": 8,
        "draw": draw,
        "trainer": trainer,
        "method": method,
        "accuracy": accuracy,
        "seconds": seconds,
    }


@pytest.fixture
def result() -> Result:
    """Two draws by two trainers."""
    runs = [
        run("sentiment", 0, 0.7, 20),
        run("setfit", 0, 0.6, 30),
        run("sentiment", 1, 0.8, 22),
        run("setfit", 1, 0.7, 34),
    ]
    return {
        **machine(),
        "base_model": "packaged",
        "max_length": 128,
        "test_texts": 1000,
        "setfit": {"setfit": "1.2.0"},
        "runs": runs,
    }


@pytest.mark.parametrize("source", SOURCES)
def test_a_draw_has_as_many_texts_of_each_label_and_none_twice(source: str, tmp_path: Path) -> None:
    files = write(Draw(source, rows=8, number=0), 60, tmp_path)
    parts = [rows(file) for file in (files.train, files.validation, files.test)]
    assert [len(part) for part in parts] == [16, 64, 60]
    for part in parts:
        labels = [label for _, label in part]
        assert labels.count("bad") == labels.count("good")
    texts = [text for part in parts for text, _ in part]
    assert len(set(texts)) == len(texts)


def test_draws_differ_in_what_is_trained_on_and_not_in_what_is_tested(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(2)]
    for folder in folders:
        folder.mkdir()
    first, second = (
        write(Draw("packaged", 8, number), 60, folder) for number, folder in enumerate(folders)
    )
    assert rows(first.test) == rows(second.test)
    assert rows(first.train) != rows(second.train)


def test_a_cell_has_mean_spread_and_the_methods_that_won(result: Result) -> None:
    ((source, size, by_trainer),) = cells(result)
    assert (source, size) == ("packaged", 8)
    ours = by_trainer["sentiment"]
    assert ours.accuracy == pytest.approx(0.75)
    assert ours.spread == pytest.approx(0.0707, abs=1e-4)
    assert (ours.draws, ours.seconds) == (2, 21)
    assert ours.methods == {"probe": 1, "contrastive": 1}


def test_the_table_shows_each_trainer_and_whether_the_goals_are_met(result: Result) -> None:
    shown = tables(result)
    assert "| reviews | 8 | Sentiment | 2 | 0.750 ± 0.071 | 21 |" in shown
    assert "| reviews | 8 | SetFit | 2 | 0.650 ± 0.071 | 32 |" in shown
    assert [goal.met for goal in goals(result)] == [True, True]


def test_without_setfit_there_is_no_goal(result: Result) -> None:
    result["runs"] = [each for each in result["runs"] if each["trainer"] == "sentiment"]
    assert goals(result) == []
    assert "| goal | asked | found |  |" not in tables(result)
