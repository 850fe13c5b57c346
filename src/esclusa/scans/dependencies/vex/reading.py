"""What readers of VEX share: parts of JSON that may be of any shape, and the lines of names."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Where = Callable[[frozenset[str]], str]
"""Where a vulnerability is named, each time the next place: `security/vex.json:12`."""


def mappings(said: Any) -> Iterator[Mapping[str, Any]]:
    """Those of a list that are objects."""
    return (one for one in (said if isinstance(said, list) else ()) if isinstance(one, Mapping))


def mapping(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object behind a key; an empty one if there is none."""
    said = parent.get(key)
    return said if isinstance(said, Mapping) else {}


def listed(parent: Mapping[str, Any], key: str) -> list[Any]:
    """The list behind a key; an empty one if there is none."""
    said = parent.get(key)
    return said if isinstance(said, list) else []


def text_of(parent: Mapping[str, Any], *keys: str) -> str:
    """The first text behind one of the keys; empty if there is none."""
    for key in keys:
        said = parent.get(key)
        if isinstance(said, str) and said.strip():
            return said.strip()
    return ""
