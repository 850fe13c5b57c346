"""The reference: which keys `esclusa.yaml` may have, of which kind: the commented files in `reference/`.

The comment behind a key is its type (`# duration, default`), the lines above it its documentation. The little
language of these comments is described in `reference/README.md`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from esclusa.core.value import EMPTY

HERE = Path(__file__).parent / "reference"
SECTIONS = (
    "project",
    "agent",
    "services",
    "environments",
    "stages",
    "gates",
    "strategies",
    "prices",
    "notify",
    "store",
)
"""The files of the reference that make up an `esclusa.yaml`, in the order of its sections."""
ACTIONS = "actions"

Presence = Literal["required", "optional", "default"]
_COMMENT = re.compile(
    r"\s+# (?P<kind>.+?)(?:, (?P<word>required|optional|default|after (?P<after>[\w-]+)))?\s*"
)


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One key of the reference."""

    name: str
    path: str
    """Its place: `agent.health.path`; below `for each` without the example's name: `services.serve`."""
    kind: str
    presence: Presence
    shown: yaml.Node
    """The value in the reference: the default, or an example."""
    doc: str
    fields: Mapping[str, "Field"] = EMPTY
    after: str = ""
    """For an action: the one in its stage that it waits for."""
    first: int
    last: int
    """Its lines in the file, from 0, documentation included; `last` is one behind."""

    @property
    def example(self) -> str:
        """The value in the reference, where it is a single one."""
        return str(self.shown.value) if isinstance(self.shown, yaml.ScalarNode) else ""


@cache
def sections() -> Mapping[str, Field]:
    """The top-level keys of `esclusa.yaml`."""
    return {field.name: field for name in SECTIONS for field in _fields(name)}


@cache
def actions() -> Mapping[str, Field]:
    """The built-in actions with their settings."""
    return {field.name: field for field in _fields(ACTIONS)}


def text(name: str) -> str:
    """A reference file, as it stands."""
    return (HERE / f"{name}.yaml").read_text(encoding="utf-8")


def find(path: str) -> Field:
    """The field at a place: `stages.integration`; KeyError if there is none."""
    first, *rest = path.split(".")
    field = sections()[first]
    for name in rest:
        field = field.fields[name]
    return field


def _fields(name: str) -> Iterator[Field]:
    source = text(name)
    root = yaml.compose(source, Loader=yaml.CSafeLoader)
    assert isinstance(root, yaml.MappingNode)
    return _below(root, source.splitlines(), "")


def _below(node: yaml.Node, lines: list[str], path: str) -> Iterator[Field]:
    """The fields among a mapping's keys; those without a comment are examples, and looked into."""
    if not isinstance(node, yaml.MappingNode) or node.flow_style:
        return
    for key, value in node.value:
        comment = _COMMENT.fullmatch(_rest(key, value, lines))
        if comment is None:
            yield from _below(value, lines, path)
        else:
            yield _field(key, value, comment, lines, path)


def _field(key: yaml.Node, value: yaml.Node, comment: re.Match[str], lines: list[str], path: str) -> Field:
    place = f"{path}.{key.value}" if path else str(key.value)
    first = _doc_start(key.start_mark.line, lines)
    word = comment["word"] or "optional"
    return Field(
        name=key.value,
        path=place,
        kind=comment["kind"],
        presence="required" if word == "required" else "default" if word == "default" else "optional",
        shown=value,
        doc="\n".join(
            line.strip().removeprefix("#").removeprefix(" ") for line in lines[first : key.start_mark.line]
        ),
        fields={field.name: field for field in _below(value, lines, place)},
        after=comment["after"] or "",
        first=first,
        last=max(_last(value), key.start_mark.line) + 1,
    )


def _rest(key: yaml.Node, value: yaml.Node, lines: list[str]) -> str:
    """What stands behind a value on its key's line."""
    line = key.start_mark.line
    here = value.start_mark.line == line and value.end_mark.line == line
    behind = lines[line][value.end_mark.column if here else key.end_mark.column :]
    return behind.removeprefix(":")


def _doc_start(line: int, lines: list[str]) -> int:
    while line > 0 and lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return line


def _last(node: yaml.Node) -> int:
    """The last line on which the value stands; block collections end where the next token begins."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return node.start_mark.line
    tail = node.value[-1]
    return _last(tail[1] if isinstance(tail, tuple) else tail)
