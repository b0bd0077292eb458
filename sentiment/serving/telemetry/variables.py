"""OpenTelemetry's standard variables: whether they ask for tracing, and for what is there.

The SDK finds out when it starts in the worker, or when it exports: it stops, or takes a default and
logs the value, which may be a secret. Here a fault is an error in one line, before the start.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sentiment.errors import UsageError

_OTLP = "OTEL_EXPORTER_OTLP_"
_SAMPLERS = (
    *("always_on", "always_off", "traceidratio"),
    *("parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"),
)
_PROPAGATORS = {"tracecontext", "baggage", "none"}
_COUNTS = {  # at least so many, and what the specification takes where none is given
    "OTEL_BSP_SCHEDULE_DELAY": (1, 5000),
    "OTEL_BSP_MAX_QUEUE_SIZE": (1, 2048),
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": (1, 512),
    "OTEL_BSP_EXPORT_TIMEOUT": (0, 30_000),
    "OTEL_ATTRIBUTE_COUNT_LIMIT": (0, 128),
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": (0, 0),
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": (0, 128),
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT": (0, 0),
    "OTEL_SPAN_EVENT_COUNT_LIMIT": (0, 128),
    "OTEL_SPAN_LINK_COUNT_LIMIT": (0, 128),
    "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT": (0, 128),
    "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT": (0, 128),
}
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*=(.*)")


def given_in(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that have a value; a blank one counts as none."""
    return {name: value for name, value in environment.items() if value.strip()}


def of_traces(given: Mapping[str, str], option: str) -> str:
    """Return the variable in force of `OTEL_EXPORTER_OTLP_*`: that of traces goes first."""
    own = f"{_OTLP}TRACES_{option}"
    return own if own in given else f"{_OTLP}{option}"


def asked_for(given: Mapping[str, str]) -> bool:
    """Return whether the variables name an exporter."""
    if given.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = given.get("OTEL_TRACES_EXPORTER")
    return of_traces(given, "ENDPOINT") in given if exporter is None else exporter.strip() != "none"


def follows_callers(given: Mapping[str, str]) -> bool:
    """Return whether the caller's `traceparent` is carried on."""
    return "tracecontext" in _listed(given.get("OTEL_PROPAGATORS", "tracecontext"))


def check(given: Mapping[str, str]) -> None:
    """Raise `UsageError` for the first variable by which spans could not be exported."""
    for name, fault, remedy in _faults(given):
        raise UsageError(f"{name}: {fault}", remedy)


Fault = tuple[str, str, str]
"""The name of a variable, what is wrong, and what to do."""


def _faults(given: Mapping[str, str]) -> Iterator[Fault]:
    exporter = given.get("OTEL_TRACES_EXPORTER", "otlp").strip()
    if exporter != "otlp":
        yield "OTEL_TRACES_EXPORTER", f"no exporter {exporter[:80]!r}.", "Use otlp or none."
    yield from _transport_faults(given)
    yield from _file_faults(given)
    yield from _header_faults(given)
    yield from _count_faults(given)
    yield from _sampler_faults(given)
    for name in _listed(given.get("OTEL_PROPAGATORS", "")):
        if name not in _PROPAGATORS:
            yield "OTEL_PROPAGATORS", f"{name[:80]!r} is not there.", "Use tracecontext or none."
    for place, pair in enumerate(given.get("OTEL_RESOURCE_ATTRIBUTES", "").split(","), 1):
        if pair and "=" not in pair:
            yield "OTEL_RESOURCE_ATTRIBUTES", f"item {place} has no =.", "Write NAME=VALUE,…"


def _transport_faults(given: Mapping[str, str]) -> Iterator[Fault]:
    name = of_traces(given, "PROTOCOL")
    protocol = given.get(name, "http/protobuf").strip()
    if protocol != "http/protobuf":
        remedy = "Use http/protobuf, for which collectors have port 4318."
        yield name, f"{protocol[:80]!r} is not spoken.", remedy
    name = of_traces(given, "ENDPOINT")
    if name in given and not _is_url(given[name]):
        shown = given[name].rpartition("@")[2][:80]  # without a password
        yield name, f"{shown!r} is no URL.", "Write one such as http://collector:4318."
    name = of_traces(given, "COMPRESSION")
    compression = given.get(name, "none").strip().lower()
    if compression not in ("none", "gzip", "deflate"):
        yield name, f"{compression[:80]!r} is unknown.", "Use gzip, deflate or none."
    name = of_traces(given, "TIMEOUT")
    if not _in_range(given.get(name, "1"), 0.001, 86_400):
        yield name, f"{given[name][:80]!r} is no number of seconds above 0.", "Use one such as 3."


def _is_url(value: str) -> bool:
    if any(map(str.isspace, value)):  # which the SDK would send on
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        return False


def _file_faults(given: Mapping[str, str]) -> Iterator[Fault]:
    for option in ("CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"):
        name = of_traces(given, option)
        if name in given and not Path(given[name]).is_file():
            yield name, f"there is no file {given[name][:200]}.", "Name a PEM file."
    key = of_traces(given, "CLIENT_KEY")
    if key in given and of_traces(given, "CLIENT_CERTIFICATE") not in given:
        yield key, "a key needs its certificate.", f"Set {_OTLP}CLIENT_CERTIFICATE too."


def _header_faults(given: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what is wrong with headers, which are never shown: they hold secrets."""
    name = of_traces(given, "HEADERS")
    for place, header in enumerate(given.get(name, "").split(","), 1):
        found = _HEADER.fullmatch(header.strip())
        value = unquote(found[1]) if found else ""
        if header.strip() and (found is None or not (value.isascii() and value.isprintable())):
            yield name, f"item {place} is no NAME=VALUE of a header.", "Write NAME=VALUE,…"


def _count_faults(given: Mapping[str, str]) -> Iterator[Fault]:
    counts = {}
    for name, (least, usual) in _COUNTS.items():
        value = given.get(name, str(usual)).strip()
        if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) >= least):
            yield name, f"{value[:80]!r} is no whole number from {least}.", "Use one, or unset it."
            return
        counts[name] = int(value)
    batch, kept = counts["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"], counts["OTEL_BSP_MAX_QUEUE_SIZE"]
    if batch > kept:
        name = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
        yield name, f"{batch} is more than OTEL_BSP_MAX_QUEUE_SIZE, {kept}.", "Set both."


def _sampler_faults(given: Mapping[str, str]) -> Iterator[Fault]:
    name = given.get("OTEL_TRACES_SAMPLER", "parentbased_always_on").lower()
    if name not in _SAMPLERS:
        yield "OTEL_TRACES_SAMPLER", f"no sampler {name[:80]!r}.", f"Use {', '.join(_SAMPLERS)}."
    share = given.get("OTEL_TRACES_SAMPLER_ARG", "1")
    if name.endswith("ratio") and not _in_range(share, 0, 1):
        remedy = "Use a share such as 0.1."
        yield "OTEL_TRACES_SAMPLER_ARG", f"{share[:80]!r} is not between 0 and 1.", remedy


def _in_range(value: str, least: float, most: float) -> bool:
    try:
        return least <= float(value) <= most
    except ValueError:
        return False


def _listed(value: str) -> list[str]:
    return [part.strip().lower() for part in value.split(",") if part.strip()]
