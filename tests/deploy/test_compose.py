"""compose.yaml: valid, hardened, and in agreement with the server."""

import re
import subprocess
import sys
from typing import Any

import pytest
from bentoml._internal.configuration.containers import BentoMLContainer

from sentiment.settings import ServingSettings
from tests.deploy.manifests import DEPLOY, EXIT_S, read

COMPOSE = read("compose.yaml")
SENTIMENT = COMPOSE["services"]["sentiment"]
PORT = BentoMLContainer.http.port.get()
each_service = pytest.mark.parametrize("service", COMPOSE["services"].values())


def test_the_schema_of_the_compose_specification_holds() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema=vendor.compose-spec"]
    checked = subprocess.run([*command, DEPLOY / "compose.yaml"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


@each_service
def test_each_image_is_named_by_tag_or_digest(service: dict[str, Any]) -> None:
    name = service["image"].replace("${TAG:?name the tag that make image printed}", "abc123")
    assert re.fullmatch(r"[a-z./]+(:v?\w[\w.]*|@sha256:[0-9a-f]{64})", name)
    assert not name.endswith(":latest")


@each_service
def test_each_service_is_hardened(service: dict[str, Any]) -> None:
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_the_files_mounted_are_there() -> None:
    mounts = [
        each for service in COMPOSE["services"].values() for each in service.get("volumes", ())
    ]
    files = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    assert files
    assert [name for name in files if not (DEPLOY / name).is_file()] == []


def test_the_server_writes_under_a_temporary_folder_within_its_memory() -> None:
    (folder,) = SENTIMENT["tmpfs"]
    assert SENTIMENT["environment"]["BENTOML_HOME"].startswith(f"{folder}/")
    assert SENTIMENT["mem_limit"] == "1g"


def test_ports_and_routes_are_those_of_the_server() -> None:
    assert SENTIMENT["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    assert f"http://127.0.0.1:{PORT}/readyz" in SENTIMENT["healthcheck"]["test"][-1]
    (scraped,) = read("prometheus.yaml")["scrape_configs"]
    assert scraped["static_configs"] == [{"targets": [f"sentiment:{PORT}"]}]
    assert scraped["metrics_path"] == "/metrics"


def test_stopping_waits_for_the_drain() -> None:
    settings = ServingSettings.from_environment(SENTIMENT["environment"])
    assert SENTIMENT["stop_grace_period"] == f"{settings.drain_seconds + EXIT_S:g}s"


def test_the_health_check_is_python_that_compiles() -> None:
    kind, program, flag, code = SENTIMENT["healthcheck"]["test"]
    assert (kind, program, flag) == ("CMD", "python", "-c")
    compile(code, "healthcheck", "exec")
