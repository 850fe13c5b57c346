"""Stages and their steps: the short forms, what they stand for, and what the file leaves unsaid.

unit: pytest tests/unit          a command
quality: evals/quality.yaml      in the stage `eval`: a suite
checkout:                        nothing: the action of that name; in `deploy`: the environment of that name
[checkout, dependencies]         the same, as a list
unit: {run: ..., needs: ...}     the long form
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from esclusa.config import document
from esclusa.config.document import Node, Scalar, Sequence, below, builtins
from esclusa.config.kinds import NAME, kind
from esclusa.config.problems import Problems, unknown
from esclusa.config.reader import Reader, Section
from esclusa.config.reference import actions, find
from esclusa.core.project import Stage, Step
from esclusa.core.value import replace

EVAL, DEPLOY = "eval", "deploy"
"""Stages whose short forms have a meaning of their own; the actions they stand for have the same names."""
_TELLTALE = {"run": "command", "suite": EVAL, "environment": DEPLOY}
_LONG = "stages.integration"
_UNSAID = "?"
"""Stands for needs that the file does not say, until the whole stage is read."""


class Steps:
    """Reads stages. `known` are the names of the actions, `environments` those of the file."""

    def __init__(
        self, problems: Problems, reader: Reader, known: tuple[str, ...], environments: tuple[str, ...]
    ) -> None:
        self._problems = problems
        self._reader = reader
        self._actions = known
        self._environments = environments

    def stage(self, node: Node, key: str, line: int) -> Stage:
        """A stage from the steps that stand at a node."""
        name = key.rpartition(".")[2]
        if isinstance(node, Sequence):
            steps = self._listed(name, node, key)
        elif isinstance(node, document.Mapping):
            steps = self._mapped(name, node, key)
        else:
            self._reader.misfit("steps (`unit: pytest tests/unit`) or a list of names", node, key)
            steps = []
        if len({step.id for step in steps}) < len(steps):
            self._problems.add("a name stands twice in the list", line=line, key=key)
        return Stage(name=name, steps=tuple(_ordered(steps)))

    def _listed(self, stage: str, node: Sequence, key: str) -> list[Step]:
        what = "environment" if stage == DEPLOY else "action"
        steps = []
        for item in node.items:
            if isinstance(item, Scalar) and NAME.fullmatch(item.text):
                place = below(key, item.text)
                listed = {"environment": item} if stage == DEPLOY else {}
                steps.append(self._long(stage, item.text, _mapping(item.line, listed), place, item.line))
            else:
                mend = "a list names things; steps with commands are a mapping: `unit: pytest tests/unit`"
                message = f"expected the name of an {what}, found {item.shown}"
                self._problems.add(message, line=item.line, key=key, mend=mend)
        return steps

    def _mapped(self, stage: str, node: document.Mapping, key: str) -> list[Step]:
        steps = []
        for name, inner in node.entries.items():
            line = node.lines[name]
            if not NAME.fullmatch(name):
                self._problems.add(f"expected {kind('name').expected}, found `{name}`", line=line, key=key)
            written = self._written(stage, inner, below(key, name), line)
            if written is not None:
                steps.append(self._long(stage, name, written, below(key, name), line))
        return steps

    def _written(self, stage: str, node: Node, key: str, line: int) -> document.Mapping | None:
        """The long form of what stands there."""
        if isinstance(node, document.Mapping):
            return node
        if not isinstance(node, Scalar):
            self._reader.misfit("a command, a suite, or a mapping with `uses`", node, key)
            return None
        if node.nothing:
            return _mapping(line, {})
        suite = stage == EVAL and node.text.endswith((".yaml", ".yml")) and " " not in node.text
        return _mapping(line, {"suite" if suite else "run": node})

    def _long(self, stage: str, name: str, node: document.Mapping, key: str, line: int) -> Step:
        common = find(_LONG).fields
        uses = self._uses(stage, name, node, key, line)
        if uses == DEPLOY and stage == DEPLOY and "environment" not in node.entries:
            named = _mapping(line, {"environment": Scalar(line, name, name, True)})
            node = document.Mapping(line, {**node.entries, **named.entries}, {**node.lines, **named.lines})
        if uses in actions():
            own = actions()[uses].fields
            section = self._reader.section({**common, **own}, node, key, line)
            # What is written holds, also where it is nothing: `oldest: none`, `allowed: []`.
            settings = {
                each: section[each]
                for each in own
                if each in section.lines or section[each] not in (None, (), {})
            }
        else:
            section = self._reader.section(common, _only(node, common), key, line)
            settings = {each: builtins(inner) for each, inner in node.entries.items() if each not in common}
        return _made(stage, name, uses, settings, section)

    def _uses(self, stage: str, name: str, node: document.Mapping, key: str, line: int) -> str:
        """The action, said or meant; whether one that is said exists is asked where `uses` is read."""
        if "uses" in node.entries:
            given = node.entries["uses"]
            return given.text if isinstance(given, Scalar) else ""
        for telltale, action in _TELLTALE.items():
            if telltale in node.entries:
                return action
        if stage == DEPLOY and name in self._environments:
            return DEPLOY
        if name not in self._actions:
            message, mend = unknown("action", name, self._actions)
            hint = f"give it a command (`{name}: pytest tests/unit`), or `uses`; {mend}"
            self._problems.add(message, line=line, key=key, mend=hint)
            return ""
        return name


def _made(stage: str, name: str, uses: str, settings: Mapping[str, Any], section: Section) -> Step:
    given, deploys = section.lines, uses == DEPLOY
    needs = tuple(need if "." in need else f"{stage}.{need}" for need in section["needs"])
    return Step(
        id=f"{stage}.{name}",
        stage=stage,
        uses=uses,
        settings=settings,
        needs=needs if "needs" in given else (_UNSAID,),
        inputs=section["inputs"] if "inputs" in given else None,
        timeout=None if deploys and "timeout" not in given else section["timeout"],
        retries=section["retries"],
        variables=section["variables"],
        secrets=section["secrets"],
        allow_failure=section["allow_failure"],
        cache=not deploys and section["cache"],
    )


def _ordered(steps: list[Step]) -> Iterator[Step]:
    """What the file leaves unsaid: an action waits for the one it builds on, deployments for one another."""
    before = ""
    for step in steps:
        needs = step.needs
        if needs == (_UNSAID,):
            after = actions()[step.uses].after if step.uses in actions() else ""
            needs = tuple(other.id for other in steps if after and other.uses == after)
            if step.uses == DEPLOY and before:
                needs = (before,)
        if step.uses == DEPLOY:
            before = step.id
        yield replace(step, needs=needs)


def _mapping(line: int, entries: Mapping[str, Node]) -> document.Mapping:
    return document.Mapping(line, entries, dict.fromkeys(entries, line))


def _only(node: document.Mapping, keys: Iterable[str]) -> document.Mapping:
    """Without the settings of an action that only its plugin understands."""
    entries = {key: value for key, value in node.entries.items() if key in keys}
    return document.Mapping(node.line, entries, {key: node.lines[key] for key in entries})
