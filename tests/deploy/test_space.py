"""The Space: front matter that the hub accepts, and a Dockerfile that agrees with it."""

import re

import yaml
from bentoml._internal.configuration.containers import BentoMLContainer

from tests.deploy.manifests import DEPLOY

COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
_, FRONT_MATTER, _ = (DEPLOY / "space/README.md").read_text(encoding="utf-8").split("---\n", 2)
SPACE = yaml.safe_load(FRONT_MATTER)
DOCKERFILE = (DEPLOY / "space/Dockerfile").read_text(encoding="utf-8")


def test_the_front_matter_is_what_a_docker_space_needs() -> None:
    assert SPACE["sdk"] == "docker"
    assert {SPACE["colorFrom"], SPACE["colorTo"]} <= COLOURS
    assert len(SPACE["short_description"]) <= 60  # the hub refuses a longer one


def test_the_port_is_one() -> None:
    exposed = re.search(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)
    served = re.search(r'"--port", "(\d+)"', DOCKERFILE)
    assert exposed
    assert served
    ours = BentoMLContainer.http.port.get()
    assert SPACE["app_port"] == int(exposed[1]) == int(served[1]) == ours


def test_it_runs_as_the_user_that_spaces_ask_for() -> None:
    assert "--uid 1000 user" in DOCKERFILE
    assert DOCKERFILE.rindex("USER 1000") < DOCKERFILE.index("CMD")
