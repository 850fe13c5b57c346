"""Shapes with a short form: gates, behaviour, subjects, the names of plugins, and stages (in `steps`).

Each is read from a node into a value of the core; what it refers to is checked later, when all is read.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from esclusa.config import document
from esclusa.config.document import Node, Scalar, Sequence, below, builtins
from esclusa.config.kinds import NAME
from esclusa.config.problems import Problems, unknown
from esclusa.config.reader import Reader, Special
from esclusa.config.reference import actions, find
from esclusa.config.steps import Steps
from esclusa.core.gate import Mode
from esclusa.core.release import PARTS
from esclusa.core.value import Value

BEHAVIOUR = tuple(part for part in PARTS if part not in ("code", "lock"))
_LONG_GATE = frozenset({"rules", "mode", "from", "for"})
"""The keys of a gate's long form."""
_HINTS = {"prompt": "prompts", "model": "model", "tool": "tools", "flag": "flags", "feature": "flags"}


class Known(Value, frozen=True, kw_only=True):
    """The names of what is installed; an empty group is not checked."""

    actions: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    detectors: tuple[str, ...] = ()
    """What looks for secrets and personal data."""
    linters: tuple[str, ...] = ()
    """What looks at workflow files."""


class RuleText(msgspec.Struct, frozen=True):
    """A rule as it was written, not yet parsed: the metrics are known only when the suites are."""

    text: str
    key: str
    line: int
    live: bool


class GateDraft(msgspec.Struct, frozen=True):
    """A gate whose rules are not yet parsed."""

    rules: tuple[RuleText, ...]
    mode: Mode
    sources: tuple[str, ...]
    line: int
    population: bool = False


class Shapes:
    """Reads the shapes of one file."""

    def __init__(self, problems: Problems, known: Known, environments: Iterable[str]) -> None:
        self._problems = problems
        self._known = known
        self._actions = tuple(dict.fromkeys((*actions(), *known.actions)))
        self.reader = Reader(problems, self._specials())
        self._steps = Steps(problems, self.reader, self._actions, tuple(environments))

    def _specials(self) -> Mapping[str, Special]:
        def rule(live: bool) -> Special:
            return lambda node, key, line: self._rule(node, key, line, live)

        return {
            "stage": lambda node, key, line: self._steps.stage(node, key, line),
            "gate": self._gate,
            "rule": rule(False),
            "live rule": rule(True),
            "behaviour": self._behaviour,
            "subject": self._subject,
            "action": lambda node, key, _line: self._name("action", self._actions, node, key),
            "target": lambda node, key, _line: self._name("target", self._known.targets, node, key),
            "strategy": lambda node, key, _line: self._name("strategy", self._known.strategies, node, key),
            "detector": lambda node, key, _line: self._name("detector", self._known.detectors, node, key),
            "linter": lambda node, key, _line: self._name("linter", self._known.linters, node, key),
        }

    def _name(self, what: str, known: tuple[str, ...], node: Node, key: str) -> str:
        if not isinstance(node, Scalar) or not NAME.fullmatch(node.text):
            self.reader.misfit(f"the name of {'an' if what == 'action' else 'a'} {what}", node, key)
            return ""
        if known and node.text not in known:
            message, mend = unknown(what, node.text, known)
            self._problems.add(message, line=node.line, key=key, mend=mend)
        return node.text

    # Gates

    def _gate(self, node: Node, key: str, line: int) -> GateDraft:
        if isinstance(node, Sequence):
            rules = tuple(
                self._rule(each, f"{key}[{i}]", each.line, False) for i, each in enumerate(node.items)
            )
            mode, sources, population = Mode.BLOCK, (), False
        elif isinstance(node, document.Mapping) and node.entries and not _LONG_GATE & node.entries.keys():
            self._rules_as_keys(node, key)
            return GateDraft((), Mode.BLOCK, (), line)
        else:
            section = self.reader.section(find("gates.performance").fields, node, key, line)
            rules, sources = section["rules"], section["from"]
            mode = Mode(section["mode"]) if section["mode"] else Mode.BLOCK
            population = section["for"] == "population"
        return GateDraft(rules, mode, sources, line, population)

    def _rules_as_keys(self, node: document.Mapping, key: str) -> None:
        """A gate that has metrics for keys: what was meant is a list of rules."""
        name, value = next(iter(node.entries.items()))
        limit = value.text if isinstance(value, Scalar) and not value.nothing else "> 85%"
        self._problems.add(
            f"expected a list of rules, found a mapping with the key `{name}`",
            line=node.lines[name],
            key=key,
            mend=f"write each rule as one text: `{key.rpartition('.')[2]}: [{name} {limit}]`",
        )

    def _rule(self, node: Node, key: str, line: int, live: bool) -> RuleText:
        if not isinstance(node, Scalar) or node.nothing:
            self.reader.misfit("a rule such as `error_rate < 1%`", node, key)
            return RuleText("", key, line, live)
        return RuleText(node.text, key, line, live)

    # The agent

    def _behaviour(self, node: Node, key: str, _line: int) -> Mapping[str, tuple[str, ...]]:
        if isinstance(node, Sequence):
            found: dict[str, tuple[str, ...]] = {}
            for number, item in enumerate(node.items):
                for path in self._paths(item, f"{key}[{number}]"):
                    part = part_named(path)
                    found[part] = (*found.get(part, ()), path)
            return found
        mapping = self.reader.mapping(node, key)
        if mapping is None:
            return {}
        for part, at in mapping.lines.items():
            if part not in BEHAVIOUR:
                message, mend = unknown("part", part, BEHAVIOUR)
                self._problems.add(message, line=at, key=key, mend=mend)
        return {part: self._paths(value, below(key, part)) for part, value in mapping.entries.items()}

    def _paths(self, node: Node, key: str) -> tuple[str, ...]:
        nodes = node.items if isinstance(node, Sequence) else (node,)
        field = find("agent.behaviour")
        paths = [self.reader.value("path", field, each, key, each.line) for each in nodes]
        return tuple(path for path in paths if path is not None)

    def _subject(self, node: Node, key: str, _line: int) -> Mapping[str, Any]:
        if not isinstance(node, document.Mapping) or len(node.entries) != 1:
            found = f"{len(node.entries)} of them" if isinstance(node, document.Mapping) else None
            expected = "one subject and its settings, such as `openai: /v1/chat/completions`"
            self.reader.misfit(expected, node, key, found=found)
            return {}
        ((name, settings),) = node.entries.items()
        if self._known.subjects and name not in self._known.subjects:
            message, mend = unknown("subject", name, self._known.subjects)
            self._problems.add(message, line=node.lines[name], key=key, mend=mend)
        return {name: builtins(settings)}


def part_named(path: str) -> str:
    """The part of a release that a path's name suggests; `configuration` if none."""
    name = path.lower()
    return next((part for hint, part in _HINTS.items() if hint in name), "configuration")
