"""Cross checks: what a project refers to must be there, and in an order that can be run. Pure."""

from collections.abc import Iterable, Mapping
from itertools import pairwise, takewhile
from typing import Any

from esclusa.config.placeholders import placeholders
from esclusa.config.problems import Places, unknown
from esclusa.config.providers import Measured, providers, rivals
from esclusa.config.quantities import write_duration
from esclusa.config.windows import always
from esclusa.core.freeze import Freeze
from esclusa.core.gate import Gate, Rule
from esclusa.core.metric import Metric
from esclusa.core.project import (
    DIRECT,
    FLAGS_VARIABLE,
    Agent,
    Approval,
    Environment,
    Project,
    Stage,
    Step,
    StrategySpec,
)
from esclusa.core.scan import ACTIONS
from esclusa.gates.opinions import FEEDBACK

STAGES = ("source", "build", "test", "eval", "deploy")
"""The stages that keep this order among themselves."""


def check_project(
    project: Project, places: Places, metrics: Mapping[str, Metric], measures: Measured
) -> None:
    """Reports everything that leads nowhere or contradicts itself."""
    _Checks(project, places).all()
    for gate in project.gates:
        _check_sources(gate, project, places, metrics, measures)


def _check_sources(
    gate: Gate, project: Project, places: Places, metrics: Mapping[str, Metric], measures: Measured
) -> None:
    """A gate that could be judged over either of two steps would be missing its evidence in every run."""
    for rule in gate.rules:
        _check_repeats(gate, rule, project, places, metrics[rule.metric], measures)
        found = rivals(gate, metrics[rule.metric], project.stages, measures)
        if found:
            places.bad(
                f"gates.{gate.name}",
                f"`{rule.text}`: {' and '.join(found)} measure {rule.metric}, and a rule takes it from one",
                f"say which one is meant, `from: {found[0]}`, or give the gate that step's name",
            )


def _check_repeats(
    gate: Gate, rule: Rule, project: Project, places: Places, metric: Metric, measures: Measured
) -> None:
    """A rule on repeated cases over a suite that asks them too seldom would be missing in every run."""
    _, power, k = metric.name.partition("^")
    if (power or metric.name == "flaky") and not providers(gate, metric, project.stages, measures):
        where = f"in the suite of {' or '.join(gate.sources)}" if gate.sources else "in its suite"
        places.bad(
            f"gates.{gate.name}",
            f"`{rule.text}`: no suite that the gate takes its evidence from asks its cases"
            f" {f'{k} times' if k else 'more than once'} and says right or wrong",
            f"set `repeats: {k or 3}` {where}",
        )


class _Checks:
    def __init__(self, project: Project, places: Places) -> None:
        self._project = project
        self._places = places
        self._bad = places.bad
        self._odd = places.odd

    def all(self) -> None:
        self._stages()
        for stage in self._project.stages:
            for step in stage.steps:
                self._needs(stage, step)
            self._no_cycle(stage)
        self._what_steps_need()
        self._what_scans_look_at()
        self._environments()
        self._services()
        self._gates()
        for spec in self._project.strategies.values():
            self._strategy(spec)
        self._agent(self._project.agent)
        for key, message, mend in placeholders(self._project):
            self._odd(key, message, mend)

    # The agent

    def _agent(self, agent: Agent) -> None:
        """Where customers say what they think no replica is asked, so nothing else may be there."""
        taken = {"asked for answers": _asked_at(agent.ask), "asked whether it is well": agent.health.path}
        for what, path in taken.items():
            if agent.feedback and _same_place(agent.feedback, path):
                self._bad(
                    "agent.feedback",
                    f"the agent is {what} at {path}, and the router would answer there itself",
                    "give feedback a path of its own, such as /feedback",
                )

    # Stages and steps

    @property
    def _steps(self) -> dict[str, Step]:
        return {step.id: step for stage in self._project.stages for step in stage.steps}

    def _stages(self) -> None:
        names = [stage.name for stage in self._project.stages]
        ours = [name for name in names if name in STAGES]
        for earlier, later in pairwise(ours):
            if STAGES.index(earlier) > STAGES.index(later):
                right = ", ".join(f"`{name}`" for name in STAGES if name in names)
                self._bad(
                    f"stages.{later}",
                    f"the stage `{later}` stands after `{earlier}`",
                    f"write them as {right}",
                )
        for stage in self._project.stages:
            if not stage.steps:
                self._odd(f"stages.{stage.name}", "a stage without steps")
            message, _ = unknown("stage", stage.name, STAGES)
            if stage.name not in STAGES and "did you mean" in message:
                self._odd(
                    f"stages.{stage.name}",
                    message.removeprefix("unknown "),
                    "a stage of your own may have any name, but only the known ones have short forms",
                )

    def _needs(self, stage: Stage, step: Step) -> None:
        key = f"{_key(step)}.needs"
        order = [each.name for each in self._project.stages]
        for need in step.needs:
            if need not in self._steps:
                message, mend = unknown("step", need, self._steps)
                self._bad(key, message, mend)
            elif order.index(self._steps[need].stage) > order.index(stage.name):
                self._bad(
                    key,
                    f"`{step.id}` needs `{need}`, which runs in a later stage",
                    f"move one of them, or write the stage `{self._steps[need].stage}` before `{stage.name}`",
                )

    def _no_cycle(self, stage: Stage) -> None:
        steps = {step.id: step for step in stage.steps}
        done: set[str] = set()

        def visit(step_id: str, path: tuple[str, ...]) -> tuple[str, ...]:
            if step_id in path:
                return (*path[path.index(step_id) :], step_id)
            if step_id in done or step_id not in steps:
                return ()
            done.add(step_id)
            return next((c for need in steps[step_id].needs if (c := visit(need, (*path, step_id)))), ())

        for step in stage.steps:
            cycle = visit(step.id, ())
            if cycle:
                key = f"{_key(steps[cycle[0]])}.needs"
                self._bad(key, f"steps need each other: {' -> '.join(cycle)}", "take one of these needs away")

    def _what_steps_need(self) -> None:
        """An eval and a deployment act on a release; dependencies come from a checkout."""
        seen: set[str] = set()
        bases = {"eval": "artifact", "deploy": "artifact", "sbom": "artifact", "dependencies": "checkout"}
        for stage in self._project.stages:
            here = {step.uses for step in stage.steps}
            for step in stage.steps:
                base = bases.get(step.uses, "")
                if base and base not in seen | here:
                    home = "build" if base == "artifact" else "source"
                    self._bad(
                        _key(step),
                        f"`{step.id}` acts on what `{base}` makes, and no step before it uses `{base}`",
                        f"add `{home}: [{base}]` to the stages",
                    )
            seen |= here

    def _what_scans_look_at(self) -> None:
        """Answers are those of evals; all that is looked at is of steps that are over by then."""
        for step in self._steps.values():
            if step.uses in ACTIONS:
                for key in ("answers", "logs", "artifacts"):
                    for name in step.settings.get(key, ()):
                        self._looked_at(step, f"{_key(step)}.{key}", name, key == "answers")
                self._what_scans_go_by(step)

    def _what_scans_go_by(self, step: Step) -> None:
        """Something looks; and of a service and databases one is asked."""
        for key in ("engines", "database", "languages", "allowed"):
            if step.settings.get(key) == ():
                self._bad(f"{_key(step)}.{key}", "nothing is named", "leave it out for what is usual")
        for key in ("database", "oldest"):
            if "service" in step.settings and self._places.written(f"{_key(step)}.{key}"):
                self._bad(
                    f"{_key(step)}.{key}",
                    f"`{key}` says something of databases, and `service` is asked instead",
                    "take one of the two away",
                )

    def _looked_at(self, step: Step, key: str, name: str, answers: bool) -> None:
        other = self._steps.get(name)
        if other is None or (answers and other.uses != "eval"):
            known = [each.id for each in self._steps.values() if each.uses == "eval" or not answers]
            message, mend = unknown("eval step" if answers else "step", name, known)
            self._bad(key, message, mend)
        elif other.id not in before(step, self._project.stages):
            self._bad(
                key,
                f"`{step.id}` looks at what `{name}` leaves, and does not wait for it",
                f"add `needs: [{name}]`, or move it to a later stage",
            )

    # What is referred to

    def _environments(self) -> None:
        names = [environment.name for environment in self._project.environments]
        for step in self._steps.values():
            if step.uses == "deploy" and step.settings.get("environment") not in names:
                message, mend = unknown("environment", str(step.settings.get("environment")), names)
                self._bad(_key(step), message, mend)
        ports: dict[int, str] = {}
        for environment in self._project.environments:
            key = f"environments.{environment.name}"
            if environment.strategy not in self._project.strategies:
                message, mend = unknown("strategy", environment.strategy, self._project.strategies)
                self._bad(f"{key}.strategy", message, f"declare it under `strategies`; {mend}")
            if environment.port and environment.port in ports:
                self._bad(
                    f"{key}.port",
                    f"the port {environment.port} is taken by the environment `{ports[environment.port]}`",
                    "give each environment a port of its own",
                )
            ports.setdefault(environment.port, environment.name)
            if environment.approval is not None:
                self._approval(f"{key}.approval", environment.approval)
            if environment.freeze is not None:
                self._freeze(f"{key}.freeze", environment.freeze)

    def _approval(self, key: str, approval: Approval) -> None:
        if not approval.before:
            self._bad(f"{key}.before", "nothing is named, so nobody would be asked", "write `[traffic]`")
        if approval.deadline <= 0:
            self._bad(f"{key}.deadline", "an answer needs some time", "24 h is usual")

    def _freeze(self, key: str, freeze: Freeze) -> None:
        if not freeze.weekly and not freeze.dates:
            self._bad(key, "no window is named, so nothing is frozen", "add `weekly` or `dates`")
        if always(freeze.weekly):
            never = "these leave no minute of the week open, so nothing would ever set out"
            self._bad(f"{key}.weekly", never, "say from when to when: `mon-fri 22:00-06:00`")

    def _services(self) -> None:
        holders = dict.fromkeys(self._project.agent.variables, "agent.variables")
        if self._project.agent.flags:
            self._flags()
            holders[FLAGS_VARIABLE] = "agent.flags"
        for service in self._project.services:
            if service.variable in holders:
                self._bad(
                    f"services.{service.name}.variable",
                    f"the variable {service.variable} is taken by `{holders[service.variable]}`",
                    "give the address of each service a variable of its own",
                )
            holders[service.variable] = f"services.{service.name}"

    def _flags(self) -> None:
        holders: dict[str, Agent | Environment] = {"agent": self._project.agent}
        holders |= {f"environments.{one.name}": one for one in self._project.environments}
        for key, holder in holders.items():
            for kind, names in (("variables", holder.variables), ("secrets", holder.secrets)):
                if FLAGS_VARIABLE in names:
                    self._bad(
                        f"{key}.{kind}.{FLAGS_VARIABLE}",
                        "this is where replicas find the flags of `agent.flags`",
                        "take one of the two away",
                    )

    def _gates(self) -> None:
        for gate in self._project.gates:
            for source in gate.sources:
                if source not in self._steps:
                    message, mend = unknown("step", source, self._steps)
                    self._bad(f"gates.{gate.name}.from", message, mend)

    def _strategy(self, spec: StrategySpec) -> None:
        key = f"strategies.{spec.name}"
        if spec.name == DIRECT and self._places.written(key):
            self._bad(key, "`direct` is built in and takes no settings", "give your strategy another name")
            return
        if not 0 < spec.alpha < 1:
            self._bad(f"{key}.alpha", "expected a share between 0 and 1, both excluded", "5% is usual")
        if spec.bake >= spec.timeout:
            baked, late = write_duration(spec.bake), write_duration(spec.timeout)
            self._bad(
                f"{key}.bake",
                f"a phase that bakes for {baked} is given up after {late} (`timeout`) and never goes on",
                f"make `timeout` longer than {baked}",
            )
        if any(rule.metric == FEEDBACK for rule in spec.rules):
            self._feedback(key, spec)

    def _feedback(self, key: str, spec: StrategySpec) -> None:
        if not self._project.agent.feedback:
            self._bad(
                key,
                f"a rule on `{FEEDBACK}`, and customers have nowhere to say what they think",
                "add `feedback: /feedback` to `agent`",
            )
        if not spec.sticky:
            self._bad(
                key,
                f"a rule on `{FEEDBACK}`, which is of conversations, and nothing tells them apart",
                "name the header that does in `sticky`",
            )


def before(step: Step, stages: Iterable[Stage]) -> set[str]:
    """The steps that are over when this one begins: of earlier stages, and those it needs, near and far."""
    steps = {each.id: each for stage in stages for each in stage.steps}
    earlier = takewhile(lambda stage: stage.name != step.stage, stages)
    found = {each.id for stage in earlier for each in stage.steps}
    waiting = [*step.needs]
    while waiting:
        name = waiting.pop()
        if name in steps and name not in found:
            found.add(name)
            waiting += steps[name].needs
    return found


def _asked_at(ask: Mapping[str, Any]) -> str:
    """The path at which the agent is asked; empty where it is asked otherwise than over HTTP."""
    settings = next(iter(ask.values()), "")
    path = settings.get("path", "") if isinstance(settings, Mapping) else settings
    return path if isinstance(path, str) else ""


def _same_place(path: str, other: str) -> bool:
    return bool(other) and path.partition("?")[0].strip("/") == other.partition("?")[0].strip("/")


def _key(step: Step) -> str:
    return f"stages.{step.id}"
