"""What the README shows is run, in its order, in a copy of the project.

Training is cut to a tiny encoder and a few reviews by flags added to each
command, and port 3000 to a free one; all else runs as it is written.
"""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.models import make_encoder
from tests.support.processes import environment
from tests.support.servers import Server, serving
from tools.generate_docs import README, ROOT, generate

TEXT = README.read_text(encoding="utf-8")
SERVE = "bentoml serve service:Sentiment"
SMALL = (
    "--train-size=32 --validation-size=16 --max-length=16 --frozen-layers=0 --export none"
).split()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, flags=re.DOTALL | re.MULTILINE)


COMMANDS = list(dict.fromkeys(line for block in blocks("sh") for line in block.splitlines()))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, a tiny encoder, and the files that the README's examples name."""
    folder = tmp_path_factory.mktemp("readme") / "sentiment"
    folder.mkdir()
    files = (path.name for path in ROOT.glob("*.*") if path.is_file())
    for name in ("sentiment", "requirements", *files):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    make_encoder(folder / "tiny", "bert")
    texts = [f"{word} film number {n}" for n in range(30) for word in ("good", "bad", "dull")]
    (folder / "reviews.txt").write_text("\n".join(texts))
    (folder / "reviews.csv").write_text("\n".join(["review", *texts]))
    (folder / "reviews").mkdir()
    shutil.copy(folder / "reviews.txt", folder / "reviews")
    teams = [
        f"{text},{team}" for text, team in zip(texts, ["web", "shop", "desk"] * 30, strict=True)
    ]
    (folder / "tickets.csv").write_text("\n".join(["body,team", *teams]))
    stars = [f'{{"text": "{text}", "label": {1 + 4 * (n % 2)}}}' for n, text in enumerate(texts)]
    (folder / "stars.jsonl").write_text("\n".join(stars))
    return folder


@pytest.fixture(scope="module")
def server(copy: Path) -> Iterator[Server]:
    with serving(copy) as running:
        yield running


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{environment()['PATH']}"
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env=environment() | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )


def cut(command: str, folder: Path) -> str:
    """Return a training command with the flags that make it small."""
    if "train.py" not in command:
        return command
    small = [*SMALL, f"--base-model={folder / 'tiny'}"]
    if "accelerate launch" in command:
        command = command.replace("--multi_gpu", "--cpu --num_machines 1")
    return f"{command} {shlex.join(small)}"


@pytest.mark.parametrize("command", [command for command in COMMANDS if "curl" not in command])
def test_a_command_of_the_readme_works(command: str, copy: Path) -> None:
    if command == SERVE:
        with serving(copy) as running, running.client() as client:
            assert client.get("/readyz").status_code == 200
        return
    ended = shell(cut(command, copy), copy)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", [command for command in COMMANDS if "curl" in command])
def test_a_curl_of_the_readme_is_answered(command: str, copy: Path, server: Server) -> None:
    ended = shell(command.replace("http://127.0.0.1:3000", server.url), copy)
    assert '"confidence"' in ended.stdout


@pytest.mark.parametrize("block", blocks("python"))
def test_the_python_of_the_readme_prints_a_line_a_text(
    block: str, copy: Path, server: Server
) -> None:
    code = block.replace("http://127.0.0.1:3000", server.url)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert len(ended.stdout.splitlines()) == 2, ended.stderr


def test_the_generated_parts_are_up_to_date() -> None:
    assert generate(TEXT) == TEXT, "run: python -m tools.generate_docs"


def test_every_make_target_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)", "\n".join(blocks("console"))))
    assert named
    assert named <= targets


@pytest.mark.parametrize("script", ["train.py", "evaluate.py", "predict.py"])
def test_help_shows_examples_without_loading_a_model(script: str) -> None:
    command = [sys.executable, "-X", "importtime", script, "--help"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0
    assert f"python {script}" in ended.stdout.partition("examples:")[2]
    assert "| torch" not in ended.stderr
