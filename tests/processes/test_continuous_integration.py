"""What runs the checks elsewhere: the workflow on GitHub, and the hook before a commit."""

import tomllib
from typing import Any

import yaml

from tests.support.processes import ROOT, python

WORKFLOW = ROOT / ".github/workflows/ci.yml"
JOB = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["test"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HOOKS = ROOT / ".pre-commit-config.yaml"


def test_the_workflow_is_valid_and_every_job_has_a_time_limit() -> None:
    for schema in ("vendor.github-workflows", "custom.github-workflows-require-timeout"):
        checked = python("-m", "check_jsonschema", f"--builtin-schema={schema}", WORKFLOW)
        assert checked.returncode == 0, checked.stdout


def test_the_workflow_runs_the_test_command_from_the_oldest_python_supported() -> None:
    versions = JOB["strategy"]["matrix"]["python"]
    assert PROJECT["project"]["requires-python"] == f">={versions[0]}"
    assert PROJECT["tool"]["mypy"]["python_version"] == versions[0]
    assert JOB["steps"][-1]["run"].startswith("make test ")


def test_the_hook_before_a_commit_is_make_lint_with_the_versions_installed_there() -> None:
    """A local hook: one with a repository and a revision would name versions of its own."""
    config: dict[str, Any] = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    ((repository,),) = config.values()
    (hook,) = repository["hooks"]
    assert repository["repo"] == "local"
    assert hook.keys() >= {"id", "name", "entry", "language"}  # what pre-commit asks for
    assert (hook["entry"], hook["pass_filenames"]) == ("make lint", False)
