"""The reader: a document against the reference. Fills in defaults; says for every misfit what was expected.

What the kinds `rule`, `gate`, `stage` and the names of plugins come to is told by the caller, as `special`.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
import yaml

from esclusa.config import document
from esclusa.config.document import Node, Scalar, Sequence, below
from esclusa.config.kinds import NAME, VARIABLE, kind
from esclusa.config.problems import Problems, unknown
from esclusa.config.reference import Field, actions, find, sections

Special = Callable[[Node, str, int], Any]
"""`(node, key, line) -> value`; reports to the problems itself."""


class Section(msgspec.Struct, frozen=True):
    """A section as it was read: every key of the reference, given or filled in."""

    key: str
    line: int
    values: Mapping[str, Any]
    lines: Mapping[str, int]
    """The line of each key that was given."""

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


class Reader:
    """Reads values of one file."""

    def __init__(self, problems: Problems, special: Mapping[str, Special]) -> None:
        self._problems = problems
        self._special = special

    def section(self, fields: Mapping[str, Field], node: Node | None, key: str, line: int) -> Section:
        """Exactly these keys. A node of None is a section that was left out: its defaults."""
        values: dict[str, Any] = {}
        mapping = self.mapping(node, key) if node is not None else None
        if mapping is not None:
            self.refuse_unknown(mapping, fields, key)
        for name, field in fields.items():
            place = below(key, name)
            if mapping is not None and name in mapping.entries:
                values[name] = self.value(
                    field.kind, field, mapping.entries[name], place, mapping.lines[name]
                )
            else:
                values[name] = self._left_out(field, place, line, asked=mapping is not None)
        return Section(key, line, values, mapping.lines if mapping is not None else {})

    def refuse_unknown(self, mapping: document.Mapping, known: Iterable[str], key: str) -> None:
        """A problem for every key that is none of the known ones."""
        known = list(known)
        for name, line in mapping.lines.items():
            if name not in known:
                message, mend = unknown("key", name, known)
                home = _home(name) if not key else None
                if home is not None and (home.key == name or "did you mean" not in message):
                    message, mend = f"unknown key `{name}`", f"`{home.key}` stands in {home.place}; {mend}"
                self._problems.add(message, line=line, key=key, mend=mend)

    def mapping(self, node: Node, key: str) -> document.Mapping | None:
        """The node, if it is a mapping; nothing at all is an empty one."""
        if isinstance(node, document.Mapping):
            return node
        if isinstance(node, Scalar) and node.nothing:
            return document.Mapping(node.line, {}, {})
        self.misfit("a mapping of keys and values", node, key)
        return None

    def value(self, name: str, field: Field, node: Node, key: str, line: int) -> Any:
        """A value of a kind; None when it does not fit, which is then among the problems."""
        if name in self._special:
            return self._special[name](node, key, line)
        if name.split(" or ")[0] == "section":
            return self.section(field.fields, _long(name, field, node), key, line)
        if name.startswith("list of "):
            return self._list(name.removeprefix("list of "), field, node, key)
        inner, _, word = name.partition(" for each ")
        if word:
            return self._each(inner, word, field, node, key)
        if name == "command" and isinstance(node, Sequence) and node.items:
            return self._list("text", field, node, key)
        return self._scalar(name, node, key)

    def misfit(self, expected: str, node: Node, key: str, *, found: str | None = None) -> None:
        """A problem: this was expected, that was found."""
        self._problems.add(f"expected {expected}, found {found or node.shown}", line=node.line, key=key)

    def _left_out(self, field: Field, key: str, line: int, *, asked: bool) -> Any:
        if field.presence == "default":
            return self.value(field.kind, field, default(field), key, line)
        if field.presence == "required" and asked:
            around = key.rpartition(".")[0]
            self._problems.add(
                f"`{field.name}` is missing", line=line, key=around, mend=f"add {_example(field)}"
            )
        if field.kind.split(" or ")[0] == "section":
            return self.section(field.fields, None, key, line)
        if field.kind.startswith("list of "):
            return ()
        return {} if " for each " in field.kind else None

    def _list(self, name: str, field: Field, node: Node, key: str) -> tuple[Any, ...]:
        if not isinstance(node, Sequence):
            self.misfit("a list, such as `[a, b]`", node, key)
            return ()
        values = [
            self.value(name, field, item, f"{key}[{number}]", item.line)
            for number, item in enumerate(node.items)
        ]
        return tuple(value for value in values if value is not None)  # the others have been told of

    def _each(self, name: str, word: str, field: Field, node: Node, key: str) -> dict[str, Any]:
        mapping = self.mapping(node, key)
        if mapping is None:
            return {}
        for entry, line in mapping.lines.items():
            self._check_name(word, entry, key, line)
        return {
            entry: self.value(name, field, value, below(key, entry), mapping.lines[entry])
            for entry, value in mapping.entries.items()
        }

    def _check_name(self, word: str, entry: str, key: str, line: int) -> None:
        pattern = {"name": NAME, "variable": VARIABLE}.get(word)
        if pattern is not None and not pattern.fullmatch(entry):
            self._problems.add(f"expected {kind(word).expected}, found `{entry}`", line=line, key=key)

    def _scalar(self, name: str, node: Node, key: str) -> Any:
        expected, read = kind(name)
        if not isinstance(node, Scalar) or (node.nothing and name != "text"):
            self.misfit(expected, node, key)
            return None
        try:
            return read(node.text)
        except ValueError:
            if name == "secret":
                self._problems.add(
                    f"expected {expected}; the value itself must not stand in this file",
                    line=node.line,
                    key=key,
                    mend=f"write `env:{key.rpartition('.')[2]}` and set that variable where esclusa runs",
                )
            else:
                self.misfit(expected, node, key)
            return None


class _Home(NamedTuple):
    """A key, and where it stands."""

    key: str
    place: str


def _home(word: str) -> _Home | None:
    """Where a word, or nearly that word, is a key further down; None if nowhere."""
    homes = {
        **_below_sections(),
        **dict.fromkeys(find("stages.integration").fields, "a step of `stages`"),
    }
    homes |= {
        name: f"a step that uses `{action.name}`" for action in actions().values() for name in action.fields
    }
    near = difflib.get_close_matches(word, homes, 1, 0.8)
    return _Home(near[0], homes[near[0]]) if near else None


def _below_sections() -> dict[str, str]:
    return {
        name: f"`{section.name}`"
        for section in sections().values()
        if section.name != "stages"
        for name in section.fields
    }


def _long(name: str, field: Field, node: Node) -> Node:
    """The long form of `section or KIND`: a single value is that of the section's first key."""
    if " or " not in name or not isinstance(node, Scalar) or node.nothing:
        return node
    first = next(iter(field.fields))
    return document.Mapping(node.line, {first: node}, {first: node.line})


def _example(field: Field) -> str:
    if field.fields:
        needed = [f"`{inner.name}`" for inner in field.fields.values() if inner.presence == "required"]
        return f"`{field.name}:`" + (f" with {' and '.join(needed)}" if needed else "")
    shown = yaml.serialize(field.shown, Dumper=yaml.CSafeDumper).splitlines()
    return (
        f"it, for example `{field.name}: {field.example}`"
        if field.example
        else f"it: `{field.name}: {{{shown[0]}}}`"
    )


def default(field: Field) -> Node:
    """The value that the reference shows, as a document's node."""
    return _node(field.shown)


def _node(shown: yaml.Node) -> Node:
    if isinstance(shown, yaml.SequenceNode):
        return Sequence(0, tuple(_node(item) for item in shown.value))
    if isinstance(shown, yaml.MappingNode):
        entries = {key.value: _node(value) for key, value in shown.value}
        return document.Mapping(0, entries, dict.fromkeys(entries, 0))
    return Scalar(0, shown.value, shown.value, not getattr(shown, "style", None))
