"""The chart of models shows each point once, names it, and keeps labels apart."""

import random
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import page
from benchmarks.tradeoff.chart import FILE, chart
from benchmarks.tradeoff.goals import goals
from benchmarks.tradeoff.labels import Box, Marker, place
from benchmarks.tradeoff.measure import peer_points
from benchmarks.tradeoff.models import chosen, default_name, newest
from benchmarks.tradeoff.result import Point, Result
from benchmarks.tradeoff.scales import linear, logarithmic
from sentiment import store
from sentiment.errors import ModelNotFound, UsageError
from tests.support.cards import make_card
from tests.support.models import store_classifier

AREA = Box(90, 180, 770, 430)


@pytest.fixture
def result() -> Result:
    """The newest result, read anew: a test may change it."""
    found: Result = page.read("tradeoff")
    return found


def point(**changes: Any) -> Point:
    values: dict[str, Any] = {
        "name": "full",
        "kind": "recipe",
        "model": "sentiment:one",
        "recipe": "full",
        "teacher": "",
        "kept_layers": 0,
        "core_ms": 10.0,
        "failed": 0,
        "accuracy": 0.9,
        "accuracy_interval": [0.89, 0.91],
        "expected_calibration_error": 0.01,
        "mean_failure": 0.2,
        "both_right": 0.9,
    }
    return values | changes  # type: ignore[return-value]


def test_the_chart_is_what_its_result_says(result: Result) -> None:
    drawn = (page.RESULTS / FILE).read_text(encoding="utf-8")
    assert drawn == chart(result), "run: python -m benchmarks.tradeoff"


def test_the_chart_reads_its_figures_to_those_who_do_not_see_it(result: Result) -> None:
    result["points"].append(point(name="<odd> & new", core_ms=3.21))
    root = ElementTree.fromstring(chart(result))  # noqa: S314  # our own file
    described = next(child.text or "" for child in root if child.tag.endswith("desc"))
    assert "<odd> & new: accuracy 0.900, failures 0.20, 3.2 core-milliseconds" in described
    assert all(each["name"] in described for each in result["points"])


@pytest.mark.parametrize(
    ("changes", "shape"),
    [
        ({"kind": "recipe"}, "<circle"),
        ({"kind": "distilled"}, "<rect"),
        ({"kind": "peer"}, 'class="peer outlined"'),
        ({"kind": "peer", "failed": 3}, 'class="hollow"'),
    ],
)
def test_a_kind_of_point_has_a_shape_of_its_own_and_the_legend_tells_it(
    changes: dict[str, Any], shape: str, result: Result
) -> None:
    result["points"] = [point(model="sentiment:base", kind="recipe", core_ms=5.0)]
    before = chart(result).count(shape)
    result["points"].append(point(name="added", core_ms=20.0, **changes))
    in_both_halves = 2
    in_the_legend = 0 if changes["kind"] == "recipe" else 1
    assert chart(result).count(shape) == before + in_both_halves + in_the_legend


@pytest.mark.parametrize("seed", range(8))
def test_labels_cover_neither_each_other_nor_a_marker(seed: int) -> None:
    generator = random.Random(seed)  # noqa: S311  # places, not secrets
    markers = [
        Marker(generator.uniform(100, 760), generator.uniform(190, 420), "x" * length)
        for length in (5, 5, 9, 14, 16, 25, 0, 0)
    ]
    boxes = place(markers, AREA)
    assert [box is None for box in boxes] == [not marker.label for marker in markers]
    labels = [box for box in boxes if box is not None]
    assert not any(one.overlaps(other) for one, other in combinations(labels, 2))
    assert not any(label.overlaps(marker.box) for label in labels for marker in markers)
    assert all(label.inside(AREA) for label in labels)


def test_a_label_for_which_there_is_no_place_is_left_out() -> None:
    assert place([Marker(400, 300, "x" * 100)], AREA) == [None]


@pytest.mark.parametrize(
    ("values", "ticks"),
    [([0.872, 0.932], [0.86, 0.88, 0.9, 0.92, 0.94]), ([0.9, 0.9], [0.89, 0.9, 0.91])],
)
def test_a_linear_scale_has_round_figures_around_the_values(
    values: list[float], ticks: list[float]
) -> None:
    scale = linear(values, 300, 100)
    assert scale.ticks == pytest.approx(ticks)
    assert scale.to_pixel(ticks[0]) == pytest.approx(300)
    assert scale.to_pixel(ticks[-1]) == pytest.approx(100)


def test_a_logarithmic_scale_gives_ratios_one_length() -> None:
    scale = logarithmic([6, 60], 0, 700)
    pixels = [scale.to_pixel(value) for value in (10, 20, 40)]
    assert pixels[1] - pixels[0] == pytest.approx(pixels[2] - pixels[1])
    assert scale.ticks == [5, 7, 10, 20, 30, 50, 70]


def test_the_peers_are_as_good_as_the_model_that_they_serve() -> None:
    serving = page.read("serving")
    points = list(peer_points(serving, point(accuracy=0.77, mean_failure=0.44)))
    assert len(points) == len({each["name"] for each in serving["servers"]}) - 1
    assert {(each["accuracy"], each["mean_failure"]) for each in points} == {(0.77, 0.44)}
    naive = next(each for each in serving["servers"] if each["name"] == "naive")
    cost = next(row["core_ms"] for row in naive["closed"] if row["concurrency"] == 64)
    assert cost in [each["core_ms"] for each in points]


TEACHER = point(name="large-full", recipe="large-full", model="sentiment:big", core_ms=60.0)
LAYERS: dict[str, Any] = {"kind": "distilled", "teacher": "sentiment:big", "kept_layers": 6}
STUDENT: dict[str, Any] = {"kind": "distilled", "teacher": "sentiment:big"}


@pytest.mark.parametrize(
    ("meets", "misses", "name"),
    [
        ({**LAYERS, "accuracy": 0.893}, {**LAYERS, "accuracy": 0.891}, "accuracy lost"),
        ({**LAYERS, "core_ms": 29.0}, {**LAYERS, "core_ms": 31.0}, "share of its teacher"),
        ({**STUDENT, "accuracy": 0.916}, {**STUDENT, "accuracy": 0.914}, "accuracy gained"),
        ({**STUDENT, "mean_failure": 0.19}, {**STUDENT, "mean_failure": 0.21}, "failures in"),
        (
            {**STUDENT, "expected_calibration_error": 0.014},
            {**STUDENT, "expected_calibration_error": 0.016},
            "calibration error",
        ),
    ],
)
def test_a_goal_of_a_student_is_met_or_missed_by_the_figure_that_it_names(
    meets: dict[str, Any], misses: dict[str, Any], name: str, result: Result
) -> None:
    verdicts = []
    for changes in (meets, misses):
        result["points"] = [TEACHER, point(), point(name="small", **changes)]
        verdicts += [g.met for g in goals(result) if g.name.startswith("small") and name in g.name]
    assert verdicts == [True, False]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "quick"),
        ({"teacher": "sentiment:big"}, "quick, distilled"),
        ({"teacher": "sentiment:big", "keep_layers": [0, 2]}, "quick, 2 layers, distilled"),
    ],
)
def test_a_model_is_named_after_what_decides_its_cost(changes: dict[str, Any], name: str) -> None:
    card = make_card()
    assert default_name(card.model_copy(update={"settings": card.settings | changes})) == name


def test_a_model_can_be_given_another_name() -> None:
    one, other = (store_classifier(name="compared", seed=seed) for seed in (1, 2))
    models = chosen([one, f"{other}=cascade 0.9"])
    assert [(name, model.tag) for name, model in models] == [("quick", one), ("cascade 0.9", other)]
    with pytest.raises(UsageError, match=r"called 'quick'.*=NAME"):
        chosen([one, other])


def test_the_newest_of_each_name_is_taken_of_those_trained_on_the_packaged_reviews() -> None:
    large = make_card(recipe="large")
    own = make_card(recipe="full")
    own = own.model_copy(update={"data": own.data.model_copy(update={"source": "mine.csv"})})
    models = [
        store.StoredModel(f"sentiment:{number}", page.DOCS, card)
        for number, card in enumerate((own, large, make_card(), large))
    ]
    found = [(name, model.tag) for name, model in newest(models)]
    assert found == [("large", "sentiment:1"), ("quick", "sentiment:2")]
    with pytest.raises(ModelNotFound, match=r"train\.py"):
        newest(models[:1])
