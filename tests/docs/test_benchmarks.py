"""The page of benchmarks and its chart say what was measured, and nothing else."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import page
from benchmarks.cascade.tables import tables as cascade
from benchmarks.doubt.tables import tables as doubt
from benchmarks.engine.tables import tables as engine
from benchmarks.explanations.tables import tables as explanations
from benchmarks.markdown import replaced
from benchmarks.overhead.tables import tables as overhead
from benchmarks.preparation.tables import tables as preparation
from benchmarks.scoring.tables import tables as scoring
from benchmarks.serving.chart import CALLERS, FILE, bars_of, chart
from benchmarks.serving.goals import goals
from benchmarks.serving.result import Result, at, measured
from benchmarks.serving.tables import tables as serving
from benchmarks.stages.tables import tables as stages
from benchmarks.tradeoff.tables import tables as tradeoff
from benchmarks.training.tables import tables as training

TABLES: dict[str, Callable[[Any], str]] = {
    "cascade": cascade,
    "engine": engine,
    "serving": serving,
    "scoring": scoring,
    "preparation": preparation,
    "training": training,
    "stages": stages,
    "doubt": doubt,
    "explanations": explanations,
    "overhead": overhead,
    "tradeoff": tradeoff,
}


@pytest.fixture
def result() -> Result:
    """The newest result of serving, read anew: a test may change it."""
    found: Result = page.read("serving")
    return found


@pytest.mark.parametrize("name", TABLES)
def test_a_section_is_what_its_result_says(name: str) -> None:
    result = page.read(name)
    shown = page.section(result, TABLES[name](result))
    written = page.PAGE.read_text(encoding="utf-8")
    assert replaced(written, name, shown) == written, f"run: python -m benchmarks.{name}"
    assert replaced(written, name, "") != written


def test_the_chart_is_what_its_result_says(result: Result) -> None:
    drawn = (page.RESULTS / FILE).read_text(encoding="utf-8")
    assert drawn == chart(result), "run: python -m benchmarks.serving"


def test_a_bar_for_each_server_that_ran_the_fastest_first(result: Result) -> None:
    speeds = [bar.per_s for bar in bars_of(result)]
    assert speeds == sorted(speeds, reverse=True)
    assert {bar.name for bar in bars_of(result)} == {each["name"] for each in measured(result)}


@pytest.mark.parametrize(("others", "hatched"), [({}, False), ({"status 500": 7}, True)])
def test_a_bar_is_hatched_and_the_count_beside_it_where_replies_were_not_right(
    others: dict[str, int], hatched: bool, result: Result
) -> None:
    for server in measured(result):
        at(server, CALLERS)["others"] = {}
    at(measured(result)[1], CALLERS)["others"] = others
    drawn = chart(result)
    assert ('fill="url(#hatch)"' in drawn) == hatched
    assert ("7 failed" in drawn) == hatched


def test_the_chart_reads_its_figures_to_those_who_do_not_see_it(result: Result) -> None:
    result["machine"] = "2 cores of <R&D>"
    root = ElementTree.fromstring(chart(result))  # noqa: S314  # our own file
    described = {child.tag.rpartition("}")[2]: child.text or "" for child in root}
    assert "64 callers" in described["title"]
    assert all(f"{bar.short}: {bar.per_s:.0f}" in described["desc"] for bar in bars_of(result))


@pytest.mark.parametrize("precision", ["int8", "fp32"])
def test_the_chart_names_the_precision_that_sentiment_computed_in(
    precision: str, result: Result
) -> None:
    result["engine"]["precision"] = precision
    assert f"Sentiment computes in {precision}." in chart(result)


def count_wrong_answers(result: Result, wrong: int) -> None:
    for row in (*result["open"], *(row for each in measured(result) for row in each["closed"])):
        row["others"] = {}
    at(measured(result)[0], CALLERS)["others"] = {"wrong": wrong}


def answer_per_s(result: Result, speed: float) -> None:
    """Give Sentiment this speed beside a naive server of ten answers per second."""
    ours, *_, again = measured(result)
    naive = deepcopy(ours)
    naive["name"] = "naive"
    result["servers"] = [ours, naive, again]
    for server, per_s in ((ours, speed), (naive, 10.0), (again, speed)):
        at(server, CALLERS)["per_s"] = per_s


def be_ready_in(result: Result, seconds: float) -> None:
    measured(result)[0]["ready_s"] = seconds


@pytest.mark.parametrize(
    ("change", "meets", "misses", "name"),
    [
        (count_wrong_answers, 0, 1, "failed or wrong answers below capacity"),
        (answer_per_s, 61, 59, "at 64, against the naive server"),
        (be_ready_in, 2.9, 3.1, "seconds to ready"),
    ],
)
def test_a_goal_is_met_or_missed_by_the_figure_that_it_names(
    change: Callable[[Result, float], None],
    meets: float,
    misses: float,
    name: str,
    result: Result,
) -> None:
    verdicts = []
    for figure in (meets, misses):
        change(result, figure)
        verdicts += [goal.met for goal in goals(result) if goal.name == name]
    assert verdicts == [True, False]
