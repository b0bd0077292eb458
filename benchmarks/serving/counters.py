"""The metrics that Sentiment itself reports at `/metrics`, and how they grew during a load."""

import httpx
from prometheus_client.parser import text_string_to_metric_families


def counters(url: str) -> dict[str, float]:
    """Return the server's own metrics by their names, each summed over its labels."""
    sums: dict[str, float] = {}
    exposition = httpx.get(f"{url}/metrics", timeout=30).text
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
    return sums


def growth(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """Return by how much each metric grew."""
    return {name: value - before.get(name, 0.0) for name, value in after.items()}


def padding(grown: dict[str, float]) -> float | None:
    """Return the share of padding in the tokens computed, or None if a server does not count it."""
    padded = grown.get("sentiment_padding_tokens_total")
    return padded and padded / (padded + grown["sentiment_tokens_total"])
