"""The names by which callers ask for the model: its name, or its tag, and its version."""

from sentiment.errors import UnknownModel


def parts(tag: str) -> tuple[str, str]:
    """Return name and version of a tag: `sentiment:abc123` has the version `abc123`."""
    name, _, version = tag.partition(":")
    return name, version


def require(tag: str, name: str, version: str = "") -> None:
    """Raise `UnknownModel` unless the model with this tag is the one that is asked for."""
    own_name, own_version = parts(tag)
    if name not in (own_name, tag) or version not in ("", own_version):
        raise UnknownModel(
            "There is no such model, or not in this version.", f"This server answers with {tag}."
        )
