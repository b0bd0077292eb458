"""Choosing a builder, with stand-ins for the builders' programs."""

from pathlib import Path

import pytest

from deploy.image.build import choose_builder
from sentiment.errors import UsageError
from tests.support.processes import write_script


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are found."""
    monkeypatch.setenv("PATH", f"{tmp_path}")
    return tmp_path


WORKS = "exit 0"


FAILS = "echo Cannot connect to the Docker daemon >&2; exit 1"


@pytest.mark.parametrize(
    ("installed", "chosen"),
    [
        ({"docker": WORKS, "podman": WORKS}, "docker"),
        ({"docker": FAILS, "podman": WORKS}, "podman"),
        ({"buildah": WORKS}, "buildah"),
    ],
)
def test_the_first_builder_that_answers_is_chosen(
    programs: Path, installed: dict[str, str], chosen: str
) -> None:
    for name, body in installed.items():
        write_script(programs / name, body)
    assert choose_builder() == chosen


def test_without_a_builder_each_ones_problem_and_the_remedy_are_told(programs: Path) -> None:
    write_script(programs / "docker", FAILS)
    with pytest.raises(UsageError) as caught:
        choose_builder()
    assert str(caught.value) == (
        "No image can be built: docker does not work (Cannot connect to the Docker daemon), "
        "podman is not installed, buildah is not installed. "
        "Install one of them, on Debian: apt-get install podman"
    )
