"""What is in the image, and what is not."""

import json
import re
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import bentoml
import pytest

from deploy.image.build import TARGETS, build_bento
from sentiment import __version__, cpu
from sentiment.store import StoredModel
from sentiment.training.hardware import git_commit
from tests.image.podman import BASE, Podman, program
from tests.support.processes import ROOT
from tools import image_table

MOST = 700_000_000


def inspect(podman: Podman, image: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(podman("image", "inspect", image))[0]
    return found


def versions(podman: Podman, image: str) -> set[str]:
    """Return `name==version` of each package in the image."""
    with podman.mounted(image) as folder:
        found = [path.stem for path in (folder / image_table.PACKAGES).glob("*.dist-info")]
    pairs = [name.rpartition("-") for name in found]
    return {f"{name.lower().replace('_', '-')}=={version}" for name, _, version in pairs}


def lint(dockerfile: Path) -> str:
    """Return what hadolint finds, apart from what BentoML's own template does."""
    ignored = [f"--ignore={rule}" for rule in ("DL3046", "DL3066", "DL4006", "SC3020")]
    command = [program("hadolint"), *ignored, str(dockerfile)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60).stdout


def test_it_is_small_and_its_parts_are_known(
    podman: Podman, image: str, model: StoredModel, measured: dict[str, Any]
) -> None:
    with podman.mounted(image) as folder:
        sizes = image_table.sizes(folder)
    with podman.mounted(BASE) as folder:
        base = image_table.size(folder)
    weights = (model.folder / "model.safetensors").stat().st_size
    measured["sizes"] = sizes
    measured["naive"] = base + weights + image_table.installed(image_table.NAIVE)
    measured["torch"] = f"torch {version('torch')}"
    measured["machine"] = f"{cpu.usable_cores()} cores of {cpu.name()}"
    measured["commit"] = git_commit()
    assert sizes["the image, unpacked"] <= MOST
    assert sizes["the image, unpacked"] < measured["naive"]


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            f"{image_table.PACKAGES}/{name}"
            for name in ("torch", "transformers", "datasets", "nncf")
        ),
        *(f"usr/bin/{name}*" for name in ("gcc", "cc", "g++", "make", "git")),
        *(f"usr/local/bin/{name}" for name in ("uv", "pip")),
        *("root/.cache", "home/bentoml/.cache", "var/lib/apt/lists/*_*"),
        *(
            f"{image_table.BENTO}/src/sentiment/{name}"
            for name in ("training", "evaluation", "data")
        ),
        *(f"{image_table.BENTO}/models/**/{name}" for name in ("*.safetensors", "*.onnx", "*.npy")),
    ],
)
def test_it_holds_nothing_that_serving_has_no_use_for(
    podman: Podman, image: str, pattern: str
) -> None:
    with podman.mounted(image) as folder:
        found = {path: image_table.size(path) for path in folder.glob(pattern)}
    assert not any(found.values()), found  # what was mounted while it was built leaves 0 bytes


def test_the_model_inside_has_its_tag_and_its_formats_for_cpus(
    podman: Podman, image: str, model: StoredModel
) -> None:
    kept = {path.name for path in model.folder.glob("openvino-*")}
    with podman.mounted(image) as folder:
        inside = folder / image_table.BENTO / "models" / model.tag.replace(":", "/")
        assert {path.name for path in inside.glob("*-*")} == kept
        assert (inside / "card.json").read_bytes() == (model.folder / "card.json").read_bytes()
    assert "openvino-fp32" in kept


def test_its_labels_name_version_commit_licence_and_model(
    podman: Podman, image: str, model: StoredModel
) -> None:
    labels = inspect(podman, image)["Labels"]
    assert labels["org.opencontainers.image.version"] == image.partition(":")[2]
    assert labels["org.opencontainers.image.revision"] == git_commit()
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["sentiment.model"] == model.tag
    assert labels["sentiment.version"] == __version__


def test_it_does_not_run_as_root(podman: Podman, image: str) -> None:
    assert inspect(podman, image)["User"] == "bentoml"


def test_the_versions_of_the_lock_are_installed_and_no_others(podman: Podman, image: str) -> None:
    lock = (ROOT / "requirements/serve.lock").read_text()
    assert versions(podman, image) == set(re.findall(r"^\S+==\S+", lock, flags=re.MULTILINE))


def test_a_second_build_holds_the_same_versions(podman: Podman, image: str, second: str) -> None:
    assert second != image
    assert versions(podman, second) == versions(podman, image)


def test_the_generated_dockerfile_is_linted(podman: Podman, image: str) -> None:
    with podman.mounted(image) as folder:
        assert lint(folder / image_table.BENTO / "env/docker/Dockerfile") == ""


def test_the_bento_for_gpus_is_built_the_same_way(model: StoredModel) -> None:
    """As far as its lock and its Dockerfile go: CUDA is gigabytes."""
    bento = Path(bentoml.get(build_bento(TARGETS["gpu"], None)).path)
    installs = (bento / "env/python/requirements.txt").read_text()
    assert {"torch==2.13.0", "nvidia-cudnn-cu13"} <= {
        line.split()[0] if "torch" in line else line.partition("==")[0]
        for line in installs.splitlines()
        if "==" in line
    }
    assert lint(bento / "env/docker/Dockerfile") == ""


def test_the_bill_of_materials_lists_each_package_of_the_lock(podman: Podman, image: str) -> None:
    bill = json.loads((ROOT / f"reports/sbom-{image.partition(':')[2]}.cdx.json").read_text())
    listed = {f"{each['name'].lower()}=={each['version']}" for each in bill["components"]}
    assert bill["bomFormat"] == "CycloneDX"
    assert listed == versions(podman, image)


def test_known_vulnerabilities_are_looked_up_where_an_index_tells_them(
    measured: dict[str, Any],
) -> None:
    """None that is known may stay unsaid; where no index is reached, the table says that."""
    command = [program("pip-audit"), "--require-hashes", "--disable-pip", "--format", "json"]
    lock = ["-r", str(ROOT / "requirements/serve.lock")]
    ended = subprocess.run([*command, *lock], capture_output=True, text=True, timeout=300)
    packages = json.loads(ended.stdout)["dependencies"] if ended.stdout else []
    known = [each for each in packages if "skip_reason" not in each]
    vulnerable = [each["name"] for each in known if each["vulns"]]
    measured["vulnerabilities"] = (
        f"{len(vulnerable)} of {len(known)} packages {vulnerable or ''}".strip()
        if known
        else "not looked up: no index was reached that lists them"
    )
