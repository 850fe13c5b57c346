"""Shapes with a short form: stages and steps, gates, behaviour, subjects, and the names of plugins.

Each is read from a node into a value of the core; what it refers to is checked later, when all is read.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from esclusa.config import document
from esclusa.config.document import Node, Scalar, Sequence, below, builtins
from esclusa.config.kinds import NAME, kind
from esclusa.config.problems import Problems, unknown
from esclusa.config.reader import Reader, Section, Special
from esclusa.config.reference import actions, find
from esclusa.core.gate import Mode
from esclusa.core.project import Stage, Step
from esclusa.core.release import PARTS
from esclusa.core.value import Value

EVAL, DEPLOY = "eval", "deploy"
"""Stages whose short forms have a meaning of their own, and the actions they stand for."""
BEHAVIOUR = tuple(part for part in PARTS if part not in ("code", "lock"))
_HINTS = {"prompt": "prompts", "model": "model", "tool": "tools", "flag": "flags", "feature": "flags"}
_TELLTALE = {"run": "command", "suite": "eval", "environment": "deploy"}


class Known(Value, frozen=True, kw_only=True):
    """The names of what is installed; an empty group is not checked."""

    actions: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()


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


class Shapes:
    """Reads the shapes of one file."""

    def __init__(self, problems: Problems, known: Known, environments: Iterable[str]) -> None:
        self._problems = problems
        self._known = known
        self._environments = tuple(environments)
        self._actions = tuple(dict.fromkeys((*actions(), *known.actions)))
        self.reader = Reader(problems, self._specials())

    def _specials(self) -> Mapping[str, Special]:
        def rule(live: bool) -> Special:
            return lambda node, key, line: self._rule(node, key, line, live)

        return {
            "stage": self._stage,
            "gate": self._gate,
            "rule": rule(False),
            "live rule": rule(True),
            "behaviour": self._behaviour,
            "subject": self._subject,
            "action": lambda node, key, _line: self._name("action", self._actions, node, key),
            "target": lambda node, key, _line: self._name("target", self._known.targets, node, key),
            "strategy": lambda node, key, _line: self._name("strategy", self._known.strategies, node, key),
        }

    def _name(self, what: str, known: tuple[str, ...], node: Node, key: str) -> str:
        if not isinstance(node, Scalar) or not NAME.fullmatch(node.text):
            self.reader.misfit(f"the name of {'an' if what == 'action' else 'a'} {what}", node, key)
            return ""
        if known and node.text not in known:
            message, mend = unknown(what, node.text, known)
            self._problems.add(message, line=node.line, key=key, mend=mend)
        return node.text

    # Stages and steps

    def _stage(self, node: Node, key: str, line: int) -> Stage:
        name = key.rpartition(".")[2]
        if isinstance(node, Sequence):
            drafts = [self._listed(name, item, key) for item in node.items]
            entries = {step.id: step for step in drafts if step is not None}
            if len(entries) < sum(step is not None for step in drafts):
                self._problems.add("a name stands twice in the list", line=line, key=key)
        elif isinstance(node, document.Mapping):
            entries = {}
            for each, inner in node.entries.items():
                at = node.lines[each]
                if not NAME.fullmatch(each):
                    self._problems.add(f"expected {kind('name').expected}, found `{each}`", line=at, key=key)
                step = self._step(name, each, inner, below(key, each), at)
                entries[step.id] = step
        else:
            self.reader.misfit("steps (`unit: pytest tests/unit`) or a list of names", node, key)
            entries = {}
        return Stage(name=name, steps=tuple(_ordered(list(entries.values()))))

    def _listed(self, stage: str, item: Node, key: str) -> Step | None:
        what = "environment" if stage == DEPLOY else "action"
        if not isinstance(item, Scalar) or not NAME.fullmatch(item.text):
            mend = "a list names things; steps with commands are a mapping: `unit: pytest tests/unit`"
            self._problems.add(
                f"expected the name of an {what}, found {item.shown}", line=item.line, key=key, mend=mend
            )
            return None
        if stage == DEPLOY:
            return self._made(stage, item.text, "deploy", {"environment": item.text})
        return self._by_name(stage, item.text, below(key, item.text), item.line)

    def _step(self, stage: str, name: str, node: Node, key: str, line: int) -> Step:
        if isinstance(node, document.Mapping):
            return self._long(stage, name, node, key, line)
        if not isinstance(node, Scalar):
            self.reader.misfit("a command, a suite, or a mapping with `uses`", node, key)
            return self._made(stage, name, "", {})
        if node.nothing:
            return self._by_name(stage, name, key, line)
        suite = stage == EVAL and node.text.endswith((".yaml", ".yml")) and " " not in node.text
        short = "suite" if suite else "run"
        return self._long(stage, name, document.Mapping(line, {short: node}, {short: line}), key, line)

    def _by_name(self, stage: str, name: str, key: str, line: int) -> Step:
        return self._long(stage, name, document.Mapping(line, {}, {}), key, line)

    def _long(self, stage: str, name: str, node: document.Mapping, key: str, line: int) -> Step:
        common = find("stages.integration").fields
        uses = self._uses(stage, name, node, key, line)
        if uses == "deploy" and stage == DEPLOY and "environment" not in node.entries:
            written = Scalar(line, name, name, True)
            node = document.Mapping(
                node.line, {**node.entries, "environment": written}, {**node.lines, "environment": line}
            )
        if uses in actions():
            own = actions()[uses].fields
            section = self.reader.section({**common, **own}, node, key, line)
            settings = {each: section[each] for each in own if section[each] not in (None, (), {})}
        else:
            section = self.reader.section(common, _only(node, common), key, line)
            settings = {each: builtins(inner) for each, inner in node.entries.items() if each not in common}
        return self._made(stage, name, uses, settings, section)

    def _uses(self, stage: str, name: str, node: document.Mapping, key: str, line: int) -> str:
        if "uses" in node.entries:
            given = node.entries["uses"]
            return given.text if isinstance(given, Scalar) else ""
        for telltale, action in _TELLTALE.items():
            if telltale in node.entries:
                return action
        if stage == DEPLOY and name in self._environments:
            return "deploy"
        if name not in self._actions:
            message, mend = unknown("action", name, self._actions)
            hint = f"give it a command (`{name}: pytest tests/unit`), or `uses`; {mend}"
            self._problems.add(message, line=line, key=key, mend=hint)
            return ""
        return name

    def _made(
        self, stage: str, name: str, uses: str, settings: Mapping[str, Any], section: Section | None = None
    ) -> Step:
        if section is None:
            section = self.reader.section(find("stages.integration").fields, None, "", 0)
        given = section.lines
        deploys = uses == "deploy"
        return Step(
            id=f"{stage}.{name}",
            stage=stage,
            uses=uses,
            settings=settings,
            needs=tuple(need if "." in need else f"{stage}.{need}" for need in section["needs"])
            if "needs" in given
            else (_UNSAID,),
            inputs=section["inputs"] if "inputs" in given else None,
            timeout=None if deploys and "timeout" not in given else section["timeout"],
            retries=section["retries"],
            variables=section["variables"],
            secrets=section["secrets"],
            allow_failure=section["allow_failure"],
            cache=False if deploys else section["cache"],
        )

    # Gates

    def _gate(self, node: Node, key: str, line: int) -> GateDraft:
        if isinstance(node, Sequence):
            rules = tuple(
                self._rule(each, f"{key}[{i}]", each.line, False) for i, each in enumerate(node.items)
            )
            mode, sources = Mode.BLOCK, ()
        else:
            section = self.reader.section(find("gates.performance").fields, node, key, line)
            rules, sources = section["rules"], section["from"]
            mode = Mode(section["mode"]) if section["mode"] else Mode.BLOCK
        return GateDraft(rules, mode, sources, line)

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


_UNSAID = "?"
"""Stands for needs that the file does not say, until the whole stage is read."""


def _ordered(steps: list[Step]) -> Iterable[Step]:
    """What the file leaves unsaid: an action waits for the one it builds on, deployments for one another."""
    before = ""
    for step in steps:
        needs = step.needs
        if needs == (_UNSAID,):
            after = actions()[step.uses].after if step.uses in actions() else ""
            needs = tuple(other.id for other in steps if after and other.uses == after)
            if step.uses == "deploy" and before:
                needs = (before,)
        if step.uses == "deploy":
            before = step.id
        yield msgspec.structs.replace(step, needs=needs)


def _only(node: document.Mapping, keys: Iterable[str]) -> document.Mapping:
    """Without the settings of an action that only its plugin understands."""
    entries = {key: value for key, value in node.entries.items() if key in keys}
    return document.Mapping(node.line, entries, {key: node.lines[key] for key in entries})
