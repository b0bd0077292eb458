"""Build the container image: `bentoml build`, then `bentoml containerize`, hardened and labelled.

Picks the builder that works here, puts into the image only those files of the model
that serving reads, and names model, commit, version and licence in the labels. `bentofile.yaml`,
`service.py` and the lock declare the contents of the image.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sentiment import __version__, cli, store
from sentiment.errors import UsageError
from sentiment.settings import MODEL_NAME
from sentiment.training.hardware import git_commit

ROOT = Path(__file__).parents[2]
LICENCE = "Apache-2.0"
EXAMPLES = """\
  python -m deploy.image.build                          the newest model, for CPUs
  SENTIMENT_MODEL=sentiment:abc123 python -m deploy.image.build --builder podman
  python -m deploy.image.build --target gpu
"""


@dataclass(frozen=True)
class Target:
    """What differs from one image to the other."""

    lock: str
    suffix: str
    """Follows the Bento's version in the image's tag."""
    left_out: tuple[str, ...]
    """Files of the stored model that this image never reads."""


TARGETS = {
    "cpu": Target("requirements/serve.lock", "", ("onnx-*", "*.safetensors", store.SEEN_FILE)),
    "gpu": Target("requirements/gpu.lock", "-gpu", ("onnx-*", store.SEEN_FILE)),
}
BUILDERS = ("docker", "podman", "buildah")


def main(arguments: list[str] | None = None) -> None:
    """Build what the command line asks for; the last line printed is the image's name."""
    parser = cli.parser(__doc__.splitlines()[0], EXAMPLES)
    parser.add_argument("--target", choices=TARGETS, default="cpu", help="(default: %(default)s)")
    parser.add_argument("--builder", choices=BUILDERS, help="default: the first that works")
    parser.add_argument("--base", metavar="IMAGE", help="a base image with Python 3.11")
    parser.add_argument("--no-cache", action="store_true", help="make every layer anew")
    given = parser.parse_args(arguments)
    print(build(given))


def build(given: argparse.Namespace) -> str:
    """Build the Bento and its image; return the image's name."""
    target = TARGETS[given.target]
    builder = given.builder or choose_builder()
    check_version((ROOT / target.lock).read_text(encoding="utf-8"))
    bento = build_bento(target, given.base)
    image = f"{MODEL_NAME}:{bento.partition(':')[2]}{target.suffix}"
    print(f"bento: {bento}; builder: {builder}; target: {given.target}", flush=True)
    options = {"no_cache": True} if given.no_cache else {}
    containerize(bento, image, builder, target, **options)
    write_bill(ROOT / target.lock, ROOT / f"reports/sbom-{image.partition(':')[2]}.cdx.json")
    return image


def choose_builder() -> str:
    """Return the first builder that is installed and answers.

    Raises `UsageError`, which says what each lacks, when none works.
    """
    problems = []
    for name in BUILDERS:
        if shutil.which(name) is None:
            problems.append(f"{name} is not installed")
            continue
        info = subprocess.run([name, "info"], capture_output=True, text=True)
        if info.returncode == 0:
            return name
        problems.append(f"{name} does not work ({_last_line(info.stderr)})")
    raise UsageError(
        f"No image can be built: {', '.join(problems)}.",
        "Install one of them, on Debian: apt-get install podman",
    )


def check_version(lock: str) -> None:
    """Raise `UsageError` unless the BentoML that builds is the one that the lock names.

    BentoML requires its own version in every image that it builds, so with another one in
    the lock the image's requirements would contradict each other.
    """
    installed = version("bentoml")
    if f"bentoml=={installed}" not in lock.split():
        raise UsageError(
            f"BentoML {installed} is installed, but the lock of the image names another version.",
            "Install the one in the lock, or run: make lock",
        )


def build_bento(target: Target, base: str | None) -> str:
    """Run `bentoml build` with the target's lock and base image; return the Bento's tag."""
    import yaml

    recipe: dict[str, Any] = yaml.safe_load((ROOT / "bentofile.yaml").read_text(encoding="utf-8"))
    recipe["python"]["requirements_txt"] = target.lock
    if base:
        recipe["docker"] = {"base_image": base}
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(recipe, file)
        file.flush()
        command = [sys.executable, "-m", "bentoml", "build", "-f", file.name, "-o", "tag", "."]
        built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if built.returncode:
        raise UsageError("The Bento was not built.", "The reason stands above.")
    return built.stdout.strip().splitlines()[-1].removeprefix("__tag__:")


def containerize(bento: str, image: str, builder: str, target: Target, **options: Any) -> None:
    """Build the image of a Bento, with the files of its model that the target needs."""
    import bentoml

    inside = str(bentoml.get(bento).info.all_models[0].tag)
    model = store.find(inside)
    if not any((model.folder / name).exists() for name in ("openvino-int8", "openvino-fp32")):
        raise UsageError(
            f"{model.tag} has no OpenVINO format, with which the image serves.",
            "Run: python -m sentiment.export",
        )
    builders: Any = bentoml.container  # each of its overloads needs a literal name
    with store.without(model, target.left_out):
        built = builders.build(bento, builder, (image,), label=labels(bento, model.tag), **options)
    if built is None:  # BentoML logs why, and raises nothing
        raise UsageError("The image was not built.", "The reason stands above.")


def labels(bento: str, model: str) -> dict[str, str]:
    """Return the image's labels; its version is that of the Bento, as in its tag."""
    return {
        "org.opencontainers.image.title": MODEL_NAME,
        "org.opencontainers.image.version": bento.partition(":")[2],
        "org.opencontainers.image.revision": git_commit(),
        "org.opencontainers.image.licenses": LICENCE,
        "org.opencontainers.image.created": datetime.now(UTC).isoformat(timespec="seconds"),
        "sentiment.bento": bento,
        "sentiment.model": model,
        "sentiment.version": __version__,
    }


def write_bill(lock: Path, file: Path) -> None:
    """Write the software bill of materials (CycloneDX) of a lock's packages."""
    file.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", str(lock), "-o", str(file)]
    subprocess.run([*command, "--output-reproducible"], check=True)
    print(f"bill of materials: {file.relative_to(ROOT)}")


def _last_line(output: str) -> str:
    return (output.strip() or "no reason given").splitlines()[-1][:200]


if __name__ == "__main__":
    sys.exit(cli.run(main))
