"""A YAML document that knows its lines, with `${NAME}` filled in: what reading a user's file begins with.

Scalars stay texts: whoever reads one knows which kind it must be, so `no` is never turned into a falsehood
and `1.10` never into a number. Duplicate keys, aliases within themselves, keys that are not texts: errors.

    ${NAME}            the environment's NAME; an error if it is not set
    ${NAME:-default}   the environment's NAME; the default if it is not set or empty
    $$                 a single $
"""

import re
from collections.abc import Mapping as Map
from typing import Any

import msgspec
import yaml

from esclusa.config.problems import Problems
from esclusa.core.errors import ConfigurationError
from esclusa.marked import refuse_depth, refuse_expansion

_MERGE = "tag:yaml.org,2002:merge"
_TAGS = frozenset(["str", "int", "float", "bool", "null", "timestamp", "value", "merge", "seq", "map"])
"""What plain YAML carries: scalars stay texts, whichever of these they are."""
_REFERENCE = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|(?P<broken>\{))"
)


class Scalar(msgspec.Struct, frozen=True):
    """One value. `text` has its references filled in, `written` is as it stands in the file."""

    line: int
    text: str
    written: str
    plain: bool
    """Whether it stands without quotes: only then can it be a number, a truth value or nothing."""

    @property
    def nothing(self) -> bool:
        """Whether it is YAML's null: nothing after the colon, `~` or `null`."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")

    @property
    def shown(self) -> str:
        """For a message: what was written, never what a variable held."""
        return "nothing" if self.nothing else f"`{self.written}`"


class Sequence(msgspec.Struct, frozen=True):
    """A list."""

    line: int
    items: tuple["Node", ...]

    @property
    def shown(self) -> str:
        """For a message."""
        return "a list"


class Mapping(msgspec.Struct, frozen=True):
    """Keys and values, in the order of the file. `lines` has the line of each key."""

    line: int
    entries: Map[str, "Node"]
    lines: Map[str, int]

    @property
    def shown(self) -> str:
        """For a message."""
        return "a mapping"


Node = Scalar | Sequence | Mapping


def read(text: str, problems: Problems, environ: Map[str, str]) -> Node:
    """The document; ConfigurationError when it is not YAML at all, everything else goes to `problems`."""
    try:
        refuse_depth(text, problems.file)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = (text.split("\n")[mark.line :] or [""])[0] if mark else ""
        tab = "\t" in line[: len(line) - len(line.lstrip())]
        raise ConfigurationError(
            f"not valid YAML: {' '.join(part for part in (error.context, error.problem) if part)}",
            file=problems.file,
            line=mark.line + 1 if mark else 0,
            mend="indent with spaces: there is a tab, and YAML takes none"
            if tab
            else "quote a text that has one of `: # { } [ ] , & * ! | > % @` in it",
        ) from None
    except yaml.reader.ReaderError as error:
        raise ConfigurationError(
            f"the character {error.character:#06x} is not allowed in YAML",
            file=problems.file,
            line=text.encode()[: error.position].count(b"\n") + 1,
        ) from None
    refuse_expansion(root, text, problems.file)
    if root is None:
        return Mapping(1, {}, {})
    return _Converter(problems, environ).node(root, "")


def builtins(node: Node) -> Any:
    """The node as plain values, scalars by YAML's own rules: for settings that only a plugin understands."""
    if isinstance(node, Mapping):
        return {key: builtins(value) for key, value in node.entries.items()}
    if isinstance(node, Sequence):
        return [builtins(item) for item in node.items]
    if node.nothing:
        return None
    if not node.plain:
        return node.text
    tag = str(_RESOLVER.resolve(yaml.ScalarNode, node.text, (True, False)))  # type: ignore[no-untyped-call]
    if tag.rpartition(":")[2] not in ("int", "float", "bool"):
        return node.text
    return _SCALARS.construct_object(yaml.ScalarNode(tag, node.text))


def lines(node: Node, key: str = "") -> dict[str, int]:
    """The line of every key, by its path."""
    if isinstance(node, Sequence):
        return {each: at for item in node.items for each, at in lines(item, key).items()}
    found: dict[str, int] = {}
    if isinstance(node, Mapping):
        for name, value in node.entries.items():
            found[below(key, name)] = node.lines[name]
            found.update(lines(value, below(key, name)))
    return found


_RESOLVER = yaml.resolver.Resolver()
_SCALARS = yaml.SafeLoader("")


class _Converter:
    """From PyYAML's nodes to ours."""

    def __init__(self, problems: Problems, environ: Map[str, str]) -> None:
        self._problems = problems
        self._environ = environ
        self._open: set[int] = set()

    def node(self, node: yaml.Node, key: str) -> Node:
        line = node.start_mark.line + 1
        if node.tag.removeprefix("tag:yaml.org,2002:") not in _TAGS:
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            self._problems.add(f"the tag `{tag}` has no meaning here", line=line, key=key, mend="remove it")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, line, key)
        if id(node) in self._open:
            self._problems.add("an alias within what it stands for", line=line, key=key)
            return Scalar(line, "", "", True)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return Sequence(line, tuple(self.node(n, f"{key}[{i}]") for i, n in enumerate(node.value)))
            assert isinstance(node, yaml.MappingNode)
            return self._mapping(node, line, key)
        finally:
            self._open.discard(id(node))

    def _scalar(self, node: yaml.ScalarNode, line: int, key: str) -> Scalar:
        text = self._filled(node.value, line, key) if "$" in node.value else node.value
        return Scalar(line, text, node.value, not node.style)

    def _mapping(self, node: yaml.MappingNode, line: int, key: str) -> Mapping:
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        merged: list[Mapping] = []
        for key_node, value_node in node.value:
            at = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._problems.add("a key must be a text", line=at, key=key)
            elif key_node.tag == _MERGE:
                value = self.node(value_node, key)
                for part in value.items if isinstance(value, Sequence) else (value,):
                    if isinstance(part, Mapping):
                        merged.append(part)
                    else:
                        self._problems.add("`<<` takes a mapping, or a list of them", line=at, key=key)
            elif key_node.value in entries:
                first = lines[key_node.value]
                self._problems.add(
                    f"the key stands twice; the first is on line {first}",
                    line=at,
                    key=below(key, key_node.value),
                    mend="keep one of them",
                )
            else:
                lines[key_node.value] = at
                entries[key_node.value] = self.node(value_node, below(key, key_node.value))
        for part in merged:
            for name, inherited in part.entries.items():
                if name not in entries:
                    entries[name], lines[name] = inherited, part.lines[name]
        return Mapping(line, entries, lines)

    def _filled(self, text: str, line: int, key: str) -> str:
        def value(match: re.Match[str]) -> str:
            if match["dollar"]:
                return "$"
            if match["broken"]:
                self._problems.add(
                    "`${` begins no reference",
                    line=line,
                    key=key,
                    mend="write `${NAME}` or `${NAME:-default}`, or `$${` for the two characters themselves",
                )
                return ""
            name, default = match["name"], match["default"]
            if default is not None:
                return self._environ.get(name) or default
            if name not in self._environ:
                self._problems.add(
                    f"the environment variable {name} is not set",
                    line=line,
                    key=key,
                    mend=f"set it, give a default (`${{{name}:-default}}`),"
                    f" or write `$${{{name}}}` to leave it to the program",
                )
            return self._environ.get(name, "")

        return _REFERENCE.sub(value, text)


def below(key: str, name: str) -> str:
    """The path of a key within another."""
    return f"{key}.{name}" if key else name
