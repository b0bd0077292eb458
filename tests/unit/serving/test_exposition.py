"""The format of the metrics that an `Accept` header asks for."""

import pytest

from sentiment.serving.exposition import exposition_format

OLD, NEW = "text/plain; version=0.0.4", "application/openmetrics-text; version=1.0.0"
PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", OLD),
        ("*/*", OLD),
        ("text/plain", OLD),
        ("text/plain;version=0.0.4", OLD),
        ("text/plain; version=1.0.0", "text/plain; version=1.0.0"),
        ("application/openmetrics-text", NEW),
        ("application/*", NEW),
        ("application/*;q=0.5, text/*;q=0.4", NEW),
        ("Application/OpenMetrics-Text; Version=1.0.0", NEW),
        (PROMETHEUS_2, NEW),
        (PROMETHEUS_3, NEW),
        ("text/plain;version=0.0.4,application/openmetrics-text;q=0.2", OLD),
        ("text/plain;q=0.3,application/openmetrics-text;q=0.4", NEW),
        ("application/openmetrics-text;q=0,text/plain", OLD),
        ("application/openmetrics-text;version=0.0.1", OLD),
        ("application/openmetrics-text;version=9.0.0", OLD),
        ("application/openmetrics-text;version=soon", OLD),
        ("application/openmetrics-text;q=much", OLD),
        ("application/json", OLD),
        (";;=,", OLD),
    ],
)
def test_the_preferred_format_is_written(accept: str, wanted: str) -> None:
    assert exposition_format(accept)[1] == f"{wanted}; charset=utf-8"
