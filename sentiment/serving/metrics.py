"""What the server counts, as Prometheus metrics; no label ever holds a text.

They are kept in memory, so a full disk stops nothing. Each worker process has its own.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from sentiment.schema import EngineInfo, Prediction
from sentiment.serving.exposition import exposition_format

_ENGINE = ("backend", "device", "precision", "threads", "streams")


class Metrics:
    """The measurements of the runner and of the HTTP layer, served at `/metrics`."""

    def __init__(self, registry: Any = None, worker: int | None = None) -> None:
        """Make the metrics in `registry`, by default one with those of the process beside ours.

        `worker` is a number that each gets as a label, where several workers share a port.
        """
        import prometheus_client as prometheus

        # Otherwise each counter has a second sample, which nobody asks for.
        prometheus.disable_created_metrics()  # type: ignore[no-untyped-call]
        if registry is None:
            registry = prometheus.CollectorRegistry()
            prometheus.ProcessCollector(registry=registry)
        self._registry = registry if worker is None else _Labelled(registry, str(worker))

        def gauge(name: str, documentation: str, *labels: str) -> Any:
            return prometheus.Gauge(f"sentiment_{name}", documentation, labels, registry=registry)

        def counter(name: str, documentation: str, *labels: str) -> Any:
            return prometheus.Counter(f"sentiment_{name}", documentation, labels, registry=registry)

        def histogram(
            name: str, documentation: str, buckets: tuple[float, ...], *labels: str
        ) -> Any:
            return prometheus.Histogram(
                f"sentiment_{name}", documentation, labels, buckets=buckets, registry=registry
            )

        seconds = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
        powers = tuple(float(2**power) for power in range(15))
        self._queue_texts = gauge("queue_texts", "Texts that wait for a micro-batch.")
        self._queue_tokens = gauge("queue_tokens", "Tokens that wait for a micro-batch.")
        self._engine = gauge("engine_info", "The engine; always 1.", *_ENGINE)
        self._speed = gauge("tokens_per_second", "Tokens of the last micro-batch over its time.")
        self._padding_ratio = gauge("padding_ratio", "Padding over all tokens computed.")
        self._computed = self._padded = 0
        self._tokenizing = histogram(
            "tokenizing_seconds", "Time to tokenise a request and to ask the n-grams.", seconds
        )
        self._texts = counter("texts", "Texts that the encoder computed.")
        self._tokens = counter("tokens", "Tokens computed, padding left out.")
        self._padding = counter("padding_tokens", "Padding tokens computed.")
        self._batch_texts = histogram("batch_texts", "Texts in a micro-batch.", powers[:8])
        self._batch_tokens = histogram("batch_tokens", "Padded tokens in a micro-batch.", powers)
        self._inference = histogram("inference_seconds", "Time of a micro-batch.", seconds)
        self._wait = histogram("queue_seconds", "Time that a text waited.", seconds)
        self._latency = histogram(
            "request_seconds", "Time of an answered request.", seconds, "route"
        )
        self._refusals = counter("refusals", "Requests refused or given up.", "reason")
        self._requests = counter("requests", "Requests answered.", "route", "status")
        self._labels = counter(
            "predictions", "Texts by the label they got, and what decided.", "label", "decided_by"
        )
        self._truncated = counter("truncated_texts", "Texts of which the model read only a part.")
        self._feedback = counter("feedback", "Texts that callers told the right label of.", "label")
        self._restarts = counter("worker_restarts", "Workers that ended unasked before this one.")
        # To look up a metric by its labels takes longer than to count.
        self._requests_of = cache(self._requests.labels)
        self._latency_of = cache(self._latency.labels)
        self._labels_of = cache(self._labels.labels)

    def exposition(self, accept: str = "") -> tuple[bytes, str]:
        """Return the metrics of this process, and their media type.

        `accept` is the header with which a scraper asks for a format.
        """
        encode, media_type = exposition_format(accept)
        return encode(self._registry), media_type

    def restarted(self, count: int) -> None:
        """Note how many workers had ended unasked before this one was started."""
        self._restarts.inc(count)

    def engine(self, info: EngineInfo) -> None:
        """Note which engine computes."""
        self._engine.labels(*(str(getattr(info, name)) for name in _ENGINE)).set(1)

    def tokenised(self, seconds: float) -> None:
        """Note the time that a request's texts took in the tokenizer and with the n-grams."""
        self._tokenizing.observe(seconds)

    def queued(self, texts: int, tokens: int) -> None:
        """Note how much waits now."""
        self._queue_texts.set(texts)
        self._queue_tokens.set(tokens)

    def computed(self, texts: int, tokens: int, padded: int, seconds: float) -> None:
        """Note a micro-batch of `padded` tokens, of which `tokens` are real."""
        self._texts.inc(texts)
        self._tokens.inc(tokens)
        self._padding.inc(padded - tokens)
        self._computed += padded
        self._padded += padded - tokens
        self._padding_ratio.set(self._padded / self._computed)
        self._speed.set(tokens / max(seconds, 1e-6))
        self._batch_texts.observe(texts)
        self._batch_tokens.observe(padded)
        self._inference.observe(seconds)

    def waited(self, seconds: float) -> None:
        """Note how long a text waited before its micro-batch started."""
        self._wait.observe(seconds)

    def refused(self, reason: str) -> None:
        """Note a request that was refused or given up."""
        self._refusals.labels(reason).inc()

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Note a request that was answered."""
        self._requests_of(route, status).inc()
        self._latency_of(route).observe(seconds)

    def predicted(self, prediction: Prediction) -> None:
        """Note one text's answer."""
        self._labels_of(prediction.label, prediction.decided_by).inc()
        if prediction.truncated:
            self._truncated.inc()

    def corrected(self, label: str) -> None:
        """Note feedback that was kept: a text with its right label."""
        self._feedback.labels(label).inc()


class _Labelled:
    """A registry in which each sample has the label `worker`."""

    def __init__(self, registry: Any, worker: str) -> None:
        self._registry = registry
        self._worker = worker

    def collect(self) -> Iterator[Any]:
        for family in self._registry.collect():
            family.samples = [
                sample._replace(labels={**sample.labels, "worker": self._worker})
                for sample in family.samples
            ]
            yield family
