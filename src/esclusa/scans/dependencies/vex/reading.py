"""What readers of VEX share: parts of JSON that may be of any shape."""

from collections.abc import Iterator, Mapping
from typing import Any


def entries(document: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any] | str]:
    """The objects of a list; a text for what is none."""
    said = document.get(key)
    if not isinstance(said, list):
        yield f"expected a list in `{key}`"
        return
    yield from (one if isinstance(one, Mapping) else "expected an object" for one in said)


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


def text_of(parent: Mapping[str, Any], key: str) -> str:
    """The text behind a key; empty if there is none."""
    said = parent.get(key)
    return said.strip() if isinstance(said, str) else ""


def texts(parent: Mapping[str, Any], *keys: str) -> tuple[str, ...]:
    """The texts behind keys, without those that are not there."""
    return tuple(said for key in keys if (said := text_of(parent, key)))
