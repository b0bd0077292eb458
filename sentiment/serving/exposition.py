"""The format of the metrics that a scraper asks for: OpenMetrics, or Prometheus' own text.

`prometheus_client` writes them. Its own choice is not used: it takes the first format of an
`Accept` header that it can write, whatever is preferred, and fails on a version that is no number.
"""

from collections.abc import Callable
from typing import Any

OPEN_METRICS = "application/openmetrics-text"
TEXT = "text/plain"

Encoder = Callable[[Any], bytes]


def exposition_format(accept: str) -> tuple[Encoder, str]:
    """Return what writes a registry as an `Accept` header prefers it, and its media type.

    A scraper that asks for nothing that can be written gets Prometheus' text, version 0.0.4.
    """
    import prometheus_client as prometheus
    from prometheus_client.openmetrics import exposition as openmetrics

    text = (prometheus.generate_latest, f"{TEXT}; version=0.0.4; charset=utf-8")
    newer = (openmetrics.generate_latest, openmetrics.CONTENT_TYPE_LATEST)
    formats: dict[tuple[str, str], tuple[Encoder, str]] = {
        (OPEN_METRICS, ""): newer,
        (OPEN_METRICS, "1.0.0"): newer,
        ("application/*", ""): newer,
        (TEXT, "0.0.4"): text,
        (TEXT, ""): text,
        ("text/*", ""): text,
        ("*/*", ""): text,
        # It differs in how it writes names that ours have none of.
        (TEXT, "1.0.0"): (prometheus.generate_latest, f"{TEXT}; version=1.0.0; charset=utf-8"),
    }
    asked = [_Asked(each) for each in accept.split(",")]
    asked.sort(key=lambda each: -each.weight)  # stable: equals stay in order
    known = (formats[each.kind, each.version] for each in asked if each.is_in(formats))
    return next(known, text)


class _Asked:
    """One format of an `Accept` header."""

    def __init__(self, written: str) -> None:
        kind, *parameters = (part.strip() for part in written.split(";"))
        named = {
            name.strip().lower(): value.strip().strip('"')
            for name, _, value in (each.partition("=") for each in parameters)
        }
        self.kind = kind.lower()
        self.version = named.get("version", "")
        self.weight = _weight(named.get("q", "1"))

    def is_in(self, formats: dict[tuple[str, str], tuple[Encoder, str]]) -> bool:
        """Return whether it is wanted at all, and one of these."""
        return self.weight > 0 and (self.kind, self.version) in formats


def _weight(value: str) -> float:
    """Return a `q` (RFC 9110, section 12.4.2), 0 for one that is no number from 0 to 1."""
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
