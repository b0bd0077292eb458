"""The dashboard: what Grafana needs, queries that parse, and metrics that the server has."""

import json
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from sentiment.settings import ServingSettings
from tests.deploy.manifests import DEPLOY, read, unknown

DASHBOARD = json.loads((DEPLOY / "grafana/sentiment.json").read_text(encoding="utf-8"))
PANELS = DASHBOARD["panels"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]


def lost(given: Any, kept: Any, path: str = "") -> list[str]:
    """Return the paths of `given` that `kept` lacks or has otherwise."""
    if isinstance(given, dict) and isinstance(kept, dict):
        return [
            each
            for name in given
            for each in lost(given[name], kept.get(name, ...), f"{path}.{name}")
        ]
    if isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        pairs = enumerate(zip(given, kept, strict=True))
        return [each for index, pair in pairs for each in lost(*pair, f"{path}[{index}]")]
    return [] if given == kept else [path]


def plain(query: str) -> str:
    """Return a query with Grafana's variables filled in."""
    return query.replace("$__rate_interval", "5m").replace("$instance", ".*")


def test_grafanas_own_model_of_a_dashboard_knows_every_field() -> None:
    kept = json.loads(JSONEncoder().encode(Dashboard.from_json(DASHBOARD)))
    assert lost(DASHBOARD, kept) == []


def test_a_field_that_grafana_does_not_know_would_be_seen() -> None:
    wrong = DASHBOARD | {"refreshh": "5s"}
    kept = json.loads(JSONEncoder().encode(Dashboard.from_json(wrong)))
    assert lost(wrong, kept) == [".refreshh"]


def test_everything_reads_the_data_source_that_is_provisioned() -> None:
    (source,) = read("grafana/datasource.yaml")["datasources"]
    expected = {"type": source["type"], "uid": source["uid"]}
    users = [
        *DASHBOARD["templating"]["list"],
        *PANELS,
        *(target for panel in PANELS for target in panel["targets"]),
    ]
    assert all(user["datasource"] == expected for user in users)
    services = read("compose.yaml")["services"]
    assert source["url"] == "http://prometheus:9090"
    assert services["prometheus"]["ports"] == ["127.0.0.1:9090:9090"]
    interval = read("prometheus.yaml")["global"]["scrape_interval"]
    assert source["jsonData"]["timeInterval"] == interval


def test_the_dashboard_lies_where_the_provider_looks() -> None:
    (provider,) = read("grafana/dashboards.yaml")["providers"]
    mounts = read("compose.yaml")["services"]["grafana"]["volumes"]
    assert f"./grafana/sentiment.json:{provider['options']['path']}/sentiment.json:ro" in mounts


def test_panels_have_numbers_of_their_own_and_do_not_overlap() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in PANELS)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert all(x < 24 for x, _ in cells)  # the width of Grafana's grid
    assert all(panel["description"] for panel in PANELS)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_parses_and_names_what_the_server_shows(query: str) -> None:
    assert unknown(plain(query)) == []


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("rate(sentiment_requests[5m])", ["sentiment_requests"]),
        ('sentiment_requests_total{code="200"}', ["sentiment_requests_total {'code'}"]),
        ("sum by (status) (sentiment_queue_tokens)", ["status"]),
    ],
)
def test_a_name_that_the_server_does_not_show_would_be_seen(query: str, wrong: list[str]) -> None:
    assert unknown(query) == wrong


def test_a_query_that_does_not_parse_would_be_seen() -> None:
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        unknown("sum by (le (sentiment_queue_tokens)")


@pytest.mark.parametrize(
    "series",
    [
        "requests_total",
        "request_seconds_bucket",
        "queue_tokens",
        "padding_tokens_total",
        "refusals_total",
        "predictions_total",
        "truncated_texts_total",
    ],
)
def test_what_an_operator_watches_is_shown(series: str) -> None:
    assert any(f"sentiment_{series}{{" in query for query in QUERIES)


def test_the_line_at_the_queues_bound_is_the_bound() -> None:
    (panel,) = [panel for panel in PANELS if panel["title"] == "Queue"]
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert steps[-1]["value"] == ServingSettings().max_queue_tokens
