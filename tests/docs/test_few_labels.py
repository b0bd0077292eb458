"""The benchmark of few labels draws texts fairly, and its table says what was measured."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.few_labels.draws import SOURCES, Draw, write
from benchmarks.few_labels.goals import goals
from benchmarks.few_labels.measure import begin, measure
from benchmarks.few_labels.ours import Outcome
from benchmarks.few_labels.plan import Plan, Training
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
        "base_model": "packaged",
        "max_length": 128,
        "test_texts": 1000,
        "source": "packaged",
        "rows": 8,
        "draw": draw,
        "trainer": trainer,
        "method": method,
        "accuracy": accuracy,
        "seconds": seconds,
        "core_seconds": 2 * seconds,
        "commit": "cd2a73e991c7",
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
    ((place, by_trainer),) = cells(result)
    assert (place.source, place.rows, place.base_model) == ("packaged", 8, "packaged")
    ours = by_trainer["sentiment"]
    assert ours.accuracy == pytest.approx(0.75)
    assert ours.spread == pytest.approx(0.0707, abs=1e-4)
    assert (ours.draws, ours.seconds, ours.core_seconds) == (2, 21, 42)
    assert ours.methods == {"probe": 1, "contrastive": 1}


def test_the_table_shows_each_trainer_and_whether_the_goals_are_met(result: Result) -> None:
    shown = tables(result)
    ours = "| reviews | 8 | packaged | 128 | 1,000 | Sentiment | 2 | 0.750 ± 0.071 | 21 | 42 |"
    assert ours in shown
    assert "| SetFit | 2 | 0.650 ± 0.071 | 32 | 64 | contrastive 1, probe 1 |" in shown
    assert [goal.met for goal in goals(result)] == [True, True, True]


def test_runs_of_two_encoders_stand_in_rows_of_their_own(result: Result) -> None:
    result["runs"].append({**result["runs"][0], "base_model": "mpnet"})
    shown = tables(result)
    assert "| mpnet | 128 | 1,000 | Sentiment | 1 | 0.700 ± 0.000 |" in shown
    assert "| packaged | 128 | 1,000 | Sentiment | 2 | 0.750 ± 0.071 |" in shown


def test_goals_are_of_the_draws_that_both_trained_on(result: Result) -> None:
    result["runs"].append(run("sentiment", 2, 0.0, 1000))
    assert [goal.found for goal in goals(result)] == pytest.approx([0.75, 21, 42])


def test_without_setfit_there_is_no_goal(result: Result) -> None:
    result["runs"] = [each for each in result["runs"] if each["trainer"] == "sentiment"]
    assert goals(result) == []
    assert "| goal | asked | found |  |" not in tables(result)


TRAINERS = ("sentiment", "setfit")


def plan(draws: int = 2, base_model: str = "packaged", texts: int = 1000) -> Plan:
    """Return a plan of which the result of two draws has all runs."""
    return Plan(base_model, 128, texts, ("packaged",), (8,), draws, TRAINERS)


def at_once(training: Training) -> Outcome:
    return Outcome("probe", 0.9, seconds=1.0, core_seconds=2.0)


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        pytest.param(plan(), [], id="all are there"),
        pytest.param(plan(draws=3), [(2, "sentiment"), (2, "setfit")], id="another draw"),
        pytest.param(
            plan(draws=1, base_model="mpnet"), [(0, "sentiment"), (0, "setfit")], id="an encoder"
        ),
        pytest.param(
            plan(draws=1, texts=500), [(0, "sentiment"), (0, "setfit")], id="other texts held out"
        ),
    ],
)
def test_only_runs_that_are_missing_are_made(
    asked: Plan, missing: list[tuple[int, str]], result: Result
) -> None:
    before = list(result["runs"])
    resumed = begin(result)
    measure(asked, resumed, lambda _: None, at_once)
    assert resumed["runs"][: len(before)] == before
    made = resumed["runs"][len(before) :]
    assert [(each["draw"], each["trainer"]) for each in made] == missing
    assert all(each["base_model"] == asked.base_model for each in made)
    assert resumed["setfit"] == {"setfit": "1.2.0"}


def test_every_run_is_kept_before_the_next_one_begins() -> None:
    kept: list[int] = []

    def stopped_at_the_third(training: Training) -> Outcome:
        if len(kept) == 2:
            raise KeyboardInterrupt
        return at_once(training)

    with pytest.raises(KeyboardInterrupt):
        measure(plan(), begin(None), count_into(kept), stopped_at_the_third)
    assert kept == [1, 2]


def count_into(counts: list[int]) -> Callable[[Result], None]:
    """Return what notes how many runs a result had when it was kept."""
    return lambda result: counts.append(len(result["runs"]))
