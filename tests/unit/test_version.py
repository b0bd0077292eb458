"""One version: `sentiment.__version__`, from which every other mention of it follows."""

import re

from setuptools.config.pyprojecttoml import read_configuration

from deploy.image.build import labels
from sentiment import __version__
from sentiment.serving.openapi import document
from sentiment.serving.routes import ROUTES
from sentiment.settings import ServingSettings
from tests.support.processes import ROOT


def test_the_metadata_of_the_project_read_it() -> None:
    """As pip and build do, without importing the package."""
    assert read_configuration(ROOT / "pyproject.toml")["project"]["version"] == __version__


def test_the_openapi_document_names_it() -> None:
    assert document(ROUTES, ServingSettings())["info"]["version"] == __version__


def test_a_label_of_the_image_names_it_beside_the_version_of_the_bento() -> None:
    found = labels("sentiment:bento1", "sentiment:model1")
    assert found["sentiment.version"] == __version__
    assert found["org.opencontainers.image.version"] == "bento1"


def test_the_changelog_has_it_as_its_newest_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[(.*?)\]", text, flags=re.MULTILINE)
    assert headings[:2] == ["Unreleased", __version__]
