"""A template's slots: where a value belongs, which kind, and how it is written there.

<<kind>>          a secret            <<kind|json>>    written inside a JSON string
<<~kind>>         a decoy             <<kind|base64>>  encoded, as in a Kubernetes Secret
<<~:sk-xxxx>>     a decoy, literally  <<kind|indent4>> each further line indented
<<.kind>>         context, no truth   <<kind|percent>> encoded for a URL
<<kind=name>>     the same value wherever the file says this name
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.scans.corpus.kinds import CONTEXT, DECOYS, SECRETS
from benchmarks.scans.stream import Stream

_SLOT = re.compile(r"<<(?:~:(?P<literal>.+?)|(?P<sort>[~.]?)(?P<kind>[a-z0-9_]+)"
                   r"(?:\|(?P<way>base64|json|indent)(?P<width>\d*))?)>>(?!>)")  # fmt: skip
_MAKERS = {"": SECRETS, "~": DECOYS, ".": CONTEXT}
_WRITTEN = {None: "plain", "indent": "indented"}


@dataclass(frozen=True)
class Planted:
    """One value in a text: its kind, its place in bytes of UTF-8, how it is written and what it hashes to."""

    kind: str
    decoy: bool
    start: int
    end: int
    line: int
    end_line: int
    written: str
    sha256: str
    shown: str
    """As it stands in the text; kept to find it again in what is packed, and never listed."""


@dataclass(frozen=True)
class Filled:
    """A template with its values, and where they are."""

    text: str
    planted: tuple[Planted, ...]


def kinds(template: str) -> Iterator[str]:
    """The kinds of secret that a template plants."""
    for slot in _SLOT.finditer(template):
        if slot["sort"] == "" and slot["kind"]:
            yield slot["kind"]


def fill(template: str, *names: object) -> Filled:
    """Every slot filled from streams keyed by these names. KeyError for a kind nobody makes."""
    parts: list[str] = []
    planted: list[Planted] = []
    at, line, seen = 0, 1, 0

    def add(text: str) -> None:
        nonlocal at, line
        parts.append(text)
        at, line = at + len(text.encode()), line + text.count("\n")

    for slot in _SLOT.finditer(template):
        add(template[seen : slot.start()])
        seen, start, first = slot.end(), at, line
        value = _value(slot, names)
        shown = _shown(value, slot["way"], slot["width"])
        add(shown)
        if slot["sort"] == ".":
            continue
        kind, decoy = slot["kind"] or "placeholder", slot["literal"] is not None or slot["sort"] == "~"
        digest = hashlib.sha256(value.encode()).hexdigest()
        written = _WRITTEN.get(slot["way"], slot["way"])
        planted.append(Planted(kind, decoy, start, at, first, line, written, digest, shown))
    add(template[seen:])
    return Filled("".join(parts), tuple(planted))


def _value(slot: re.Match[str], names: tuple[object, ...]) -> str:
    if slot["literal"] is not None:
        return slot["literal"]
    return _MAKERS[slot["sort"]][slot["kind"]](Stream(*names, slot.start(), slot["kind"]))


def _shown(value: str, way: str | None, width: str) -> str:
    match way:
        case "base64":
            return base64.b64encode(value.encode()).decode()
        case "json":
            return json.dumps(value)[1:-1]
        case "indent":
            return value.replace("\n", "\n" + " " * int(width))
    return value
