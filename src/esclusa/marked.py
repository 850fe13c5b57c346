"""YAML and JSON that remember their lines: plain values, and for each key path the line it stands on.

In YAML, only true, false, null and decimal numbers are not texts: `no`, `2026-01-01`, `12:30` and `007` are.
What JSON has no value for, such as a set, is an error at its line rather than a surprise in a scorer.
"""

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml
from yaml.nodes import Node, ScalarNode, SequenceNode

from esclusa.core.errors import ConfigurationError

Path_ = tuple[str | int, ...]
_TAG = "tag:yaml.org,2002:"
_PLAIN = {"null", "bool", "int", "float", "timestamp", "merge", "value", "str", "seq", "map"}
_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]{0,400})(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_LARGEST = 1e308
_DEEPEST = 100
"""Levels of a document; whoever walks one does so recursively, and the parser of YAML would crash."""
_ALIASED = 100_000
"""Values that a document's aliases may add to what its text itself can hold."""
_TOO_DEEP = f"it is nested deeper than {_DEEPEST} levels"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


class Marked(msgspec.Struct, frozen=True):
    """A document's value, and the line (from 1) of each key and item by its path."""

    value: Any
    lines: Mapping[Path_, int]

    def line(self, *path: str | int) -> int:
        """The line of a path, or of its nearest parent that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(path: Path, what: str) -> str:
    """A text file in UTF-8, a byte order mark removed; ConfigurationError says what is wrong with it."""
    return decoded(read_bytes(path, what), path)


def read_bytes(path: Path, what: str) -> bytes:
    """A file as it is; ConfigurationError when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(f"there is no such {what}", file=str(path)) from None
    except OSError as error:
        raise ConfigurationError(f"the {what} cannot be read: {error.strerror}", file=str(path)) from None


def decoded(data: bytes, path: Path) -> str:
    """The text of a file, a byte order mark removed; ConfigurationError when it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec counts from behind the byte order mark.
        start = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
        raise ConfigurationError(
            f"expected UTF-8, found the byte 0x{data[start]:02x}",
            file=str(path),
            line=data.count(b"\n", 0, start) + 1,
            mend=f"convert it: iconv -f ISO-8859-1 -t UTF-8 {path.name}",
        ) from None


def parse(text: str, file: str) -> Marked:
    """The value of a YAML text; ConfigurationError with the line for anything that is not plain data."""
    try:
        refuse_depth(text, file)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        shown = (text.split("\n")[line - 1 :] or [""])[0] if line else ""
        tab = "\t" in shown[: len(shown) - len(shown.lstrip())]
        mend = "indent with spaces: there is a tab, and YAML takes none" if tab else ""
        raise ConfigurationError(
            f"not valid YAML: {error.problem}", file=file, line=line, mend=mend
        ) from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"not valid YAML: {error}", file=file) from None
    refuse_expansion(node, text, file)
    reader = _Reader(file)
    value = None if node is None else reader.value(node, ())
    return Marked(value, reader.lines)


def refuse_depth(text: str, file: str) -> None:
    """ConfigurationError for a YAML text that is nested so deeply that its parser would crash on it."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                raise _too_deep(event.start_mark.line + 1 if event.start_mark else 0, file)
    except yaml.MarkedYAMLError as error:
        # Newer parsers look many events ahead, and see it themselves.
        if "maximum nesting depth" in f"{error.problem}":
            mark = error.problem_mark or error.context_mark
            raise _too_deep(mark.line + 1 if mark else 0, file) from None
        raise


def _too_deep(line: int, file: str) -> ConfigurationError:
    return ConfigurationError(_TOO_DEEP, file=file, line=line)


def refuse_expansion(root: Node | None, text: str, file: str) -> None:
    """ConfigurationError for a document whose aliases make it far larger, or deeper, than its text.

    An alias stands behind what it repeats, so that each node is measured once and none from further above
    than the text is deep.
    """
    most = len(text) + _ALIASED
    measured: dict[int, tuple[int, int]] = {}

    def measure(node: Node) -> tuple[int, int]:
        if id(node) in measured:
            return measured[id(node)]
        measured[id(node)] = (1, 1)  # of one that contains itself, which its reader refuses
        parts = []
        if not isinstance(node, ScalarNode):
            for one in node.value:
                parts += [measure(part) for part in (one if isinstance(one, tuple) else (one,))]
        size, depth = 1 + sum(part[0] for part in parts), 1 + max((part[1] for part in parts), default=0)
        if size > most or depth > _DEEPEST + 2:
            why = f"its aliases stand for more than {most:,} values" if size > most else _TOO_DEEP
            raise ConfigurationError(why, file=file, line=node.start_mark.line + 1)
        measured[id(node)] = (size, depth)
        return size, depth

    if root is not None:
        measure(root)


def parse_json(text: str, file: str) -> Marked:
    """The value of a JSON text; ConfigurationError for anything else, and for keys that stand twice."""
    try:
        value = json.loads(text, parse_constant=_refused, parse_float=_finite)
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ConfigurationError(f"not valid JSON: {error.msg}", file=file, line=error.lineno) from None
    except UnicodeEncodeError:
        raise ConfigurationError("not valid JSON: a text has half of a character", file=file) from None
    except ValueError as error:
        raise ConfigurationError(f"not valid JSON: {error}", file=file) from None
    except RecursionError:
        raise ConfigurationError(_TOO_DEEP, file=file) from None
    lines = _lines(text, file)
    if deep := [line for path, line in lines.items() if len(path) > _DEEPEST]:
        raise ConfigurationError(_TOO_DEEP, file=file, line=deep[0])
    return Marked(value, lines)


def _refused(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:40]} is too large")
    return value


def _lines(text: str, file: str) -> dict[Path_, int]:
    """Where each key and item of a valid JSON text stands."""
    lines: dict[Path_, int] = {}
    path: list[Any] = []
    line, at, key_next = 1, 0, False
    for token in _TOKEN.finditer(text):
        word = token[0]
        line, at = line + text.count("\n", at, token.start()), token.start()
        if word in ("}", "]"):
            path.pop()
            key_next = False
        elif word == ",":
            key_next = isinstance(path[-1], str)
            path[-1] = path[-1] if key_next else path[-1] + 1
        elif key_next:
            path[-1], key_next = json.loads(word), False
            _stands_once(tuple(path), lines, file, line)
            lines[tuple(path)] = line
        elif word != ":":
            lines.setdefault(tuple(path), line)
            if word in ("{", "["):
                key_next = word == "{"
                path.append("" if key_next else 0)
    return lines


def _stands_once(path: Path_, lines: Mapping[Path_, int], file: str, line: int) -> None:
    if path in lines:
        key = ".".join(str(part) for part in path)
        raise ConfigurationError(
            f"the key stands twice (first on line {lines[path]})", file=file, line=line, key=key
        )


class _Reader:
    """Walks a node tree once."""

    def __init__(self, file: str) -> None:
        self.lines: dict[Path_, int] = {}
        self._file = file
        self._open: set[int] = set()

    def value(self, node: Node, path: Path_) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        kind = node.tag.removeprefix(_TAG)
        if kind not in _PLAIN:
            problem = f"expected plain data, found the YAML type {kind}"
            raise self._error(node, path, problem, mend="quote it to make it a text")
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._open:
            raise self._error(node, path, "an alias that contains itself")
        self._open.add(id(node))
        try:
            if isinstance(node, SequenceNode):
                return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]
            return self._mapping(node, path)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: Node, path: Path_) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                raise self._error(key_node, path, "expected a text as a key")
            key = key_node.value
            here = (*path, key)
            if key in found:
                raise self._error(key_node, here, f"the key stands twice (first on line {self.lines[here]})")
            self.lines[here] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, here)
        return found

    def _scalar(self, node: ScalarNode, path: Path_) -> Any:
        text = node.value
        if node.tag == _TAG + "str":
            return text
        if text in _WORDS:
            return _WORDS[text]
        if not _NUMBER.fullmatch(text):
            return text
        value = float(text) if set(text) & set(".eE") else int(text)
        if not abs(value) < _LARGEST:
            raise self._error(node, path, f"the number {text[:40]} is too large")
        return value

    def _error(self, node: Node, path: Path_, message: str, mend: str = "") -> ConfigurationError:
        return ConfigurationError(
            message,
            mend=mend,
            file=self._file,
            line=node.start_mark.line + 1,
            key=".".join(str(part) for part in path),
        )
