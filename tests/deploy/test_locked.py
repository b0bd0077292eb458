"""Keys, limits and traces in Compose and Kubernetes: valid, hardened, as the server has them."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from sentiment.keys.__main__ import main as keys
from sentiment.serving.access.door import Door
from sentiment.serving.telemetry.tracing import Tracing
from sentiment.settings import ServingSettings
from tests.deploy.manifests import DEPLOY, container, named, pod, read, rendered, variables
from tests.deploy.test_compose import COMPOSE
from tests.deploy.test_kubernetes import CUSTOM, VERSIONS, in_bytes

LOCKED = "locked"
ON_TOP = read("compose.locked.yaml")
COLLECTOR = read("collector/config.yaml")
BESIDE = ("redis", "collector")
each_beside = pytest.mark.parametrize("name", BESIDE)


def settings_of(environment: dict[str, str]) -> ServingSettings:
    return ServingSettings.from_environment(environment)


def endpoint(address: str) -> tuple[str, int]:
    """Return host and port of a URL."""
    found = re.fullmatch(r"\w+://([\w.-]+):(\d+)(/\d+)?", address)
    assert found
    return found[1], int(found[2])


def collector_port() -> int:
    return int(COLLECTOR["receivers"]["otlp"]["protocols"]["http"]["endpoint"].split(":")[1])


def policy(name: str) -> Any:
    return named(LOCKED, "NetworkPolicy", name)["spec"]


def selected(name: str) -> dict[str, dict[str, dict[str, str]]]:
    return {"podSelector": {"matchLabels": {"app.kubernetes.io/name": name}}}


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_own_schemas_hold(version: str) -> None:
    for each in rendered(LOCKED):
        if each["kind"] not in CUSTOM:
            kubernetes_validate.validate(each, version, strict=True)


def test_the_schema_of_the_compose_specification_holds() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema=vendor.compose-spec"]
    file = DEPLOY / "compose.locked.yaml"
    checked = subprocess.run([*command, file], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    "environment",
    [ON_TOP["services"]["sentiment"]["environment"], variables(LOCKED)],
    ids=["Compose", "Kubernetes"],
)
def test_the_server_takes_its_settings_and_calls_what_is_there(environment: dict[str, str]) -> None:
    settings = settings_of(environment)
    assert settings.api_keys_file == Path("/keys/api-keys")
    assert settings.requests_per_minute == 600
    assert endpoint(settings.redis_url) == ("redis", 6379)
    assert endpoint(environment["OTEL_EXPORTER_OTLP_ENDPOINT"]) == ("collector", collector_port())
    assert Tracing.from_environment(environment) is not None


def test_keys_are_made_as_the_file_says_and_let_the_server_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (DEPLOY / "compose.locked.yaml").read_text()
    commands = re.findall(r"^#   python -m sentiment.keys (.*?)(?: > .*)?$", text, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        file, name, *rest = re.sub(r"--file deploy/keys/server/", "", command).split()
        keys(["--file", str(tmp_path / file), name, *rest])
    assert len(capsys.readouterr().out.split()) == 2
    settings = ServingSettings.parse({"api_keys_file": str(tmp_path / "api-keys")})
    assert Door(settings).notice().startswith("2 ")


def test_folders_of_keys_are_mounted_because_a_mounted_file_never_changes() -> None:
    services = ON_TOP["services"]
    assert services["sentiment"]["volumes"] == ["./keys/server:/keys:ro"]
    assert "./keys/prometheus:/keys:ro" in services["prometheus"]["volumes"]
    assert "deploy/keys/" in (DEPLOY.parent / ".gitignore").read_text().splitlines()
    mounts = {each["name"]: each for each in container(LOCKED)["volumeMounts"]}
    assert mounts["api-keys"] == {"name": "api-keys", "mountPath": "/keys", "readOnly": True}
    (secret,) = [each["secret"] for each in pod(LOCKED)["spec"]["volumes"] if "secret" in each]
    assert secret == {"secretName": "sentiment-api-keys", "defaultMode": 0o440}
    assert pod(LOCKED)["spec"]["securityContext"]["fsGroup"] == 1034


def test_prometheus_asks_with_a_key() -> None:
    (scraped,) = read("prometheus.locked.yaml")["scrape_configs"]
    (open_one,) = read("prometheus.yaml")["scrape_configs"]
    assert scraped.pop("authorization") == {"type": "Bearer", "credentials_file": "/keys/key"}
    assert scraped == open_one
    (endpoint_,) = named(LOCKED, "ServiceMonitor", "sentiment")["spec"]["endpoints"]
    assert endpoint_.pop("authorization") == {
        "type": "Bearer",
        "credentials": {"name": "sentiment-metrics-key", "key": "key"},
    }
    (without,) = named("cpu", "ServiceMonitor", "sentiment")["spec"]["endpoints"]
    assert endpoint_ == without


def test_the_secrets_that_pods_need_are_those_that_the_overlay_tells_to_make() -> None:
    text = (DEPLOY / "kubernetes/overlays/locked/kustomization.yaml").read_text()
    made = dict(re.findall(r"secret generic (\S+) --from-file=([\w-]+)", text))
    assert made == {"sentiment-api-keys": "api-keys", "sentiment-metrics-key": "key"}
    assert not [each for each in rendered(LOCKED) if each["kind"] == "Secret"]


@each_beside
def test_what_stands_beside_the_server_is_hardened_in_kubernetes(name: str) -> None:
    spec = named(LOCKED, "Deployment", name)["spec"]["template"]["spec"]
    (inside,) = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert inside["securityContext"] == container("cpu")["securityContext"]
    assert not spec["automountServiceAccountToken"]
    assert in_bytes(inside["resources"]["limits"]["memory"]) > 0
    assert inside["image"] == ON_TOP["services"][name]["image"]
    assert re.search(r":\d[\w.]+$", inside["image"])


@each_beside
def test_what_stands_beside_the_server_is_hardened_in_compose(name: str) -> None:
    service = ON_TOP["services"][name]
    for option in ("read_only", "cap_drop", "security_opt", "restart"):
        assert service[option] == COMPOSE["services"]["sentiment"][option]
    assert service["mem_limit"]
    assert "ports" not in service


@each_beside
def test_only_the_server_reaches_what_stands_beside_it(name: str) -> None:
    (way_in,) = policy(name)["ingress"]
    assert way_in["from"] == [selected("sentiment")]
    (ports,) = [way_in["ports"]]
    (service,) = named(LOCKED, "Service", name)["spec"]["ports"]
    labels = named(LOCKED, "Deployment", name)["spec"]["template"]["metadata"]["labels"]
    assert ports == [{"protocol": "TCP", "port": service["targetPort"]}]
    assert policy(name)["podSelector"]["matchLabels"] == labels
    others = {
        other: service.get("networks", ["default"])
        for other, service in (COMPOSE["services"] | ON_TOP["services"]).items()
    }
    (own,) = others.pop(name)
    assert [other for other, networks in others.items() if own in networks] == ["sentiment"]


def test_the_server_reaches_nothing_else_and_redis_nobody() -> None:
    *beside, names = policy("sentiment")["egress"]
    ports = {"redis": "redis", "collector": "otlp"}
    assert beside == [
        {"to": [selected(name)], "ports": [{"protocol": "TCP", "port": ports[name]}]}
        for name in BESIDE
    ]
    assert {port["port"] for port in names["ports"]} == {53}
    assert policy("redis")["egress"] == []
    assert ON_TOP["networks"]["counters"] == {"internal": True}


def test_redis_keeps_nothing_and_has_no_more_than_its_memory() -> None:
    (inside,) = named(LOCKED, "Deployment", "redis")["spec"]["template"]["spec"]["containers"]
    assert inside["args"] == ON_TOP["services"]["redis"]["command"]
    options = shlex.join(inside["args"])
    assert "--save '' --appendonly no --maxmemory 64mb" in options


def test_the_collector_has_what_its_pipeline_names_and_one_file_for_both() -> None:
    pipeline = COLLECTOR["service"]["pipelines"]["traces"]
    for kind in ("receivers", "processors", "exporters"):
        assert set(pipeline[kind]) == set(COLLECTOR[kind])
    assert set(COLLECTOR["service"]["extensions"]) == set(COLLECTOR["extensions"])
    assert pipeline["processors"][0] == "memory_limiter"  # as its documentation asks
    (config,) = [each for each in rendered(LOCKED) if each["kind"] == "ConfigMap"]
    assert config["data"]["config.yaml"] == (DEPLOY / "collector/config.yaml").read_text()
    (mounted,) = ON_TOP["services"]["collector"]["volumes"]
    assert mounted == "./collector/config.yaml:/etc/collector/config.yaml:ro"
