"""The manifests, as kubectl renders them: valid, hardened, and in agreement with the server."""

import json
import re

import kubernetes_validate
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.container.generate import BENTO_UID_GID

from sentiment.serving.routes import ROUTES
from sentiment.settings import ServingSettings
from tests.deploy.manifests import (
    EXIT_S,
    OVERLAYS,
    container,
    pod,
    read,
    rendered,
    resource,
    series,
    unknown,
    variables,
)

CUSTOM = {"ServiceMonitor"}  # of the Prometheus operator, not of Kubernetes
VERSIONS = ("1.30", kubernetes_validate.latest_version())  # preStop's sleep came with 1.30
MEBI = 1 << 20
UNITS = {"Mi": MEBI, "Gi": MEBI << 10}

each_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


def routes() -> set[str]:
    """Return the paths that the server answers."""
    return {route.path for route in ROUTES}


def in_bytes(amount: str) -> int:
    return int(amount[:-2]) * UNITS[amount[-2:]]


@pytest.mark.parametrize("version", VERSIONS)
@each_overlay
def test_kubernetes_own_schemas_hold(overlay: str, version: str) -> None:
    ours = [each for each in rendered(overlay) if each["kind"] not in CUSTOM]
    assert len(ours) == len(rendered(overlay)) - len(CUSTOM)
    for each in ours:
        kubernetes_validate.validate(each, version, strict=True)


def test_a_misspelt_field_would_be_seen() -> None:
    wrong = json.loads(json.dumps(resource("cpu", "Deployment")).replace("periodSec", "periodMin"))
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


@each_overlay
def test_every_selector_selects_the_pod(overlay: str) -> None:
    labels = pod(overlay)["metadata"]["labels"].items()
    selectors = [
        resource(overlay, "Deployment")["spec"]["selector"]["matchLabels"],
        resource(overlay, "Service")["spec"]["selector"],
        resource(overlay, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        resource(overlay, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        *(
            each["labelSelector"]["matchLabels"]
            for each in pod(overlay)["spec"]["topologySpreadConstraints"]
        ),
    ]
    assert all(selector and selector.items() <= labels for selector in selectors)


@each_overlay
def test_the_pod_is_hardened(overlay: str) -> None:
    spec, inside = pod(overlay)["spec"], container(overlay)["securityContext"]
    outside = spec["securityContext"]
    assert outside["runAsNonRoot"]
    assert outside["runAsUser"] == outside["runAsGroup"] == BENTO_UID_GID
    assert outside["seccompProfile"] == {"type": "RuntimeDefault"}
    assert inside == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not spec["automountServiceAccountToken"]
    assert not spec["enableServiceLinks"]


@each_overlay
def test_bentoml_writes_into_the_volume(overlay: str) -> None:
    (mount,) = container(overlay)["volumeMounts"]
    assert variables(overlay)["BENTOML_HOME"].startswith(f"{mount['mountPath']}/")
    (volume,) = pod(overlay)["spec"]["volumes"]
    assert volume["name"] == mount["name"]


@each_overlay
def test_the_server_takes_its_settings(overlay: str) -> None:
    settings = ServingSettings.from_environment(variables(overlay))
    assert (settings.device == "cuda") == (overlay == "gpu")


@each_overlay
def test_the_port_is_bentomls_wherever_it_is_named(overlay: str) -> None:
    (port,) = container(overlay)["ports"]
    assert port == {"name": "http", "containerPort": BentoMLContainer.http.port.get()}
    (exposed,) = resource(overlay, "Service")["spec"]["ports"]
    (ingress,) = resource(overlay, "NetworkPolicy")["spec"]["ingress"]
    (scraped,) = resource(overlay, "ServiceMonitor")["spec"]["endpoints"]
    assert exposed["targetPort"] == ingress["ports"][0]["port"] == port["name"]
    assert scraped["port"] == exposed["name"]


@each_overlay
def test_probes_and_scrapes_ask_routes_that_there_are(overlay: str) -> None:
    inside = container(overlay)
    probes = ("startupProbe", "readinessProbe", "livenessProbe")
    asked = [inside[probe]["httpGet"]["path"] for probe in probes]
    (scraped,) = resource(overlay, "ServiceMonitor")["spec"]["endpoints"]
    assert asked == ["/readyz", "/readyz", "/livez"]
    assert {*asked, scraped["path"]} <= routes()
    assert all(inside[probe]["httpGet"]["port"] == "http" for probe in probes)


@each_overlay
def test_stopping_waits_for_the_load_balancers_and_the_drain(overlay: str) -> None:
    pause = container(overlay)["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = ServingSettings.from_environment(variables(overlay)).drain_seconds
    assert pod(overlay)["spec"]["terminationGracePeriodSeconds"] == pause + drain + EXIT_S


def test_a_cpu_pod_keeps_to_one_gibibyte_and_its_cores() -> None:
    resources = container("cpu")["resources"]
    assert in_bytes(resources["limits"]["memory"]) == 1 << 30
    assert in_bytes(resources["requests"]["memory"]) <= 1 << 30
    assert resources["limits"]["cpu"] == resources["requests"]["cpu"]


def test_a_gpu_pod_asks_for_one_gpu() -> None:
    resources = container("gpu")["resources"]
    assert resources["limits"]["nvidia.com/gpu"] == resources["requests"]["nvidia.com/gpu"] == 1


@each_overlay
def test_the_autoscaler_asks_for_what_the_adapter_makes_of_a_series(overlay: str) -> None:
    (rule,) = read("kubernetes/prometheus-adapter.yaml")["rules"]["custom"]
    name = re.match(r"\w+", rule["seriesQuery"])
    assert name
    assert name[0] in series()
    metric = resource(overlay, "HorizontalPodAutoscaler")["spec"]["metrics"][0]["pods"]
    assert metric["metric"]["name"] == name[0]
    assert int(metric["target"]["averageValue"]) * 16 == ServingSettings().max_queue_tokens
    query = rule["metricsQuery"]
    for placeholder, value in {
        "<<.Series>>": name[0],
        "<<.LabelMatchers>>": 'namespace="sentiment",pod=~"a|b"',
        "<<.GroupBy>>": "pod",
    }.items():
        query = query.replace(placeholder, value)
    assert unknown(query) == unknown(rule["seriesQuery"]) == []


def test_the_cpu_is_the_fallback_where_the_cpu_computes() -> None:
    kinds = {
        overlay: [
            metric["type"]
            for metric in resource(overlay, "HorizontalPodAutoscaler")["spec"]["metrics"]
        ]
        for overlay in OVERLAYS
    }
    assert kinds == {"cpu": ["Pods", "Resource"], "gpu": ["Pods"]}


@each_overlay
def test_the_autoscaler_scales_the_deployment_and_a_disruption_leaves_a_pod(overlay: str) -> None:
    deployment = resource(overlay, "Deployment")
    scaler = resource(overlay, "HorizontalPodAutoscaler")["spec"]
    assert scaler["scaleTargetRef"] == {
        "apiVersion": deployment["apiVersion"],
        "kind": deployment["kind"],
        "name": deployment["metadata"]["name"],
    }
    assert "replicas" not in deployment["spec"]
    budget = resource(overlay, "PodDisruptionBudget")["spec"]
    assert budget["maxUnavailable"] < scaler["minReplicas"]


@each_overlay
def test_the_image_has_a_tag_and_the_server_calls_nobody(overlay: str) -> None:
    assert re.search(r":[\w.-]+$", container(overlay)["image"])
    policy = resource(overlay, "NetworkPolicy")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert not policy["egress"]
