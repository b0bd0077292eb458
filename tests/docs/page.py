"""A page of the documentation: its commands, links, anchors and the paths that it names."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.support.processes import ROOT


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """The page without its code blocks."""
        return re.sub(r"^```.*?^```", "", self.text, flags=re.DOTALL | re.MULTILINE)

    def blocks(self, language: str) -> list[str]:
        """Return the code blocks in a language, in order."""
        return re.findall(rf"^```{language}\n(.*?)^```", self.text, flags=re.DOTALL | re.MULTILINE)

    def commands(self) -> list[str]:
        """Return the lines of the `sh` blocks, in order, each once."""
        lines = "".join(self.blocks("sh")).replace("\\\n", "").splitlines()
        return list(dict.fromkeys(line for line in lines if not line.startswith("#")))

    def links(self) -> list[str]:
        """Return where the links and images lead, web addresses left out."""
        found = re.findall(r"\]\(([^)\s]+)\)", self.prose)
        return [link for link in found if "://" not in link]

    def anchors(self) -> set[str]:
        """Return what a link to a heading of this page is called, as GitHub makes it."""
        headings = re.findall(r"^#+ (.*)$", self.prose, flags=re.MULTILINE)
        plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
        return {words.replace(" ", "-") for words in plain}

    def code(self) -> list[str]:
        """Return what stands in backticks."""
        return re.findall(r"`([^`\n]+)`", self.prose)


PAGES = [
    Page(path)
    for path in (
        *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG")),
        *sorted((ROOT / "docs").glob("*.md")),
        ROOT / "deploy/README.md",
    )
]

# The commands of the first measure for most of an hour; those of the second need an encoder that
# knows other languages, and are run by test_languages.py; those of the third need a cluster, or
# are run by tests/deploy.
_NOT_HERE = ("docs/benchmarks.md", "docs/languages.md", "deploy/README.md")
RUN = [page for page in PAGES if str(page) not in _NOT_HERE]
