"""The committed locks: of these requirements, every version pinned, every file by its hash."""

import re

import pytest
from packaging.requirements import Requirement

from tests.support.processes import ROOT

LOCKS = ("serve", "gpu")


def locked(name: str) -> dict[str, str]:
    text = (ROOT / f"requirements/{name}.lock").read_text()
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, flags=re.MULTILINE))


def required(name: str) -> list[Requirement]:
    lines = (ROOT / f"requirements/{name}.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and line[0] not in "#-"]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_what_is_required_within_its_range(name: str) -> None:
    """After a change of the requirements: make lock."""
    versions = locked(name)
    wanted = required("serve") + (required("gpu") if name == "gpu" else [])
    assert [str(each) for each in wanted if versions.get(each.name, "") not in each.specifier] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_knows_each_package_by_hash(name: str) -> None:
    text = (ROOT / f"requirements/{name}.lock").read_text()
    entries = re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(locked(name))
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_image_for_gpus_has_the_versions_of_the_other_and_torch() -> None:
    assert locked("serve").items() <= locked("gpu").items()
    assert "torch" in locked("gpu")
    assert "torch" not in locked("serve")
