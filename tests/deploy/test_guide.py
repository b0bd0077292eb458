"""The guide: its numbers are the server's, its flags and files exist."""

import re

from bentoml_cli.deployment import deploy_command

from sentiment.settings import ServingSettings
from tests.deploy.manifests import DEPLOY, EXIT_S
from tests.deploy.test_compose import PORT, SENTIMENT

GUIDE = (DEPLOY / "README.md").read_text(encoding="utf-8")


def test_the_docker_command_asks_for_what_compose_asks_for() -> None:
    (command,) = re.findall(r"^docker run (.*?serve)$", GUIDE, re.DOTALL | re.MULTILINE)
    drain = ServingSettings().drain_seconds
    for flag in (
        f"-p 127.0.0.1:{PORT}:{PORT}",
        "--read-only",
        f"--tmpfs {SENTIMENT['tmpfs'][0]}",
        f"-e BENTOML_HOME={SENTIMENT['environment']['BENTOML_HOME']}",
        "--cap-drop all",
        "--security-opt no-new-privileges",
        f"--memory {SENTIMENT['mem_limit']}",
        f"--cpus {SENTIMENT['cpus']}",
        f"--stop-timeout {drain + EXIT_S:g}",
    ):
        assert flag in command


def test_the_flags_of_bentocloud_exist() -> None:
    (command,) = re.findall(r"^bentoml deploy (.*)$", GUIDE, re.MULTILINE)
    known = {flag for parameter in deploy_command.params for flag in parameter.opts}
    used = set(re.findall(r"--[\w-]+", command))
    assert used
    assert used <= known


def test_the_files_it_names_are_there() -> None:
    named = set(re.findall(r"(?<![\w./-])(?:deploy|kubernetes|grafana|tests)/[\w./-]*\w", GUIDE))
    folders = (DEPLOY, DEPLOY.parent)
    made = {"deploy/space/sentiment.bento"}
    assert {name for name in named - made if not any((f / name).exists() for f in folders)} == set()
