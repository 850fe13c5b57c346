"""The plan: what a run of the project would do, in which order, and what its gates would need. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from esclusa.config.describe import (
    how_it_takes_over,
    listed,
    what_is_special,
    what_it_does,
    what_turns_it_back,
    when_it_is_frozen,
    who_is_asked,
)
from esclusa.config.load import Checked
from esclusa.config.providers import providers
from esclusa.core.gate import Gate, Mode, Rule
from esclusa.core.project import FLAGS_VARIABLE, Environment, Project, Stage, Step, StrategySpec
from esclusa.core.rollout import Phase
from esclusa.core.value import Value
from esclusa.gates.catalogue import need

SECURITY = ("secrets", "vulnerabilities", "pii")
"""Metrics without which nothing is known about a release's safety."""


class PlannedStep(Value, frozen=True, kw_only=True):
    """One step: what it does in words, and those of its stage that it waits for."""

    id: str
    does: str
    needs: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


class PlannedRule(Value, frozen=True, kw_only=True):
    """One rule: what it needs, and which steps provide it. Without providers its gate stays shut."""

    text: str
    metric: str
    needs: str
    measured_by: str
    providers: tuple[str, ...]
    mode: Mode


class PlannedGate(Value, frozen=True, kw_only=True):
    """One gate; `after` is the stage whose end it is judged at the latest."""

    name: str
    mode: Mode
    after: str
    sources: tuple[str, ...]
    rules: tuple[PlannedRule, ...]


class PlannedStage(Value, frozen=True, kw_only=True):
    """One stage. Steps of one level run in parallel; a level begins when its needs are met."""

    name: str
    levels: tuple[tuple[PlannedStep, ...], ...]
    gates: tuple[PlannedGate, ...] = ()


class PlannedEnvironment(Value, frozen=True, kw_only=True):
    """Where releases would live, and how a new one would take over, in words."""

    name: str
    target: str
    port: int
    replicas: int
    smoke: str
    strategy: str
    takeover: tuple[str, ...]
    watches: tuple[str, ...]


class Plan(Value, frozen=True, kw_only=True):
    """What a run would do."""

    project: str
    stages: tuple[PlannedStage, ...]
    environments: tuple[PlannedEnvironment, ...] = ()
    services: Mapping[str, str] = {}
    flags: str = ""
    """The file of flag definitions; empty when there is none."""
    notes: tuple[str, ...] = ()


def plan_of(checked: Checked) -> Plan:
    """The plan of a checked project."""
    project = checked.project
    gates = [_gate(gate, checked) for gate in project.gates]
    environments = tuple(
        _environment(each, project.strategies[each.strategy], checked.phases.get(each.name, ()))
        for each in project.environments
    )
    return Plan(
        project=project.name,
        stages=tuple(_stage(stage, gates) for stage in project.stages),
        environments=environments,
        services={service.name: " ".join(service.serve) for service in project.services},
        flags=project.agent.flags,
        notes=tuple(_notes(project, gates, environments)),
    )


def levels(stage: Stage) -> tuple[tuple[Step, ...], ...]:
    """The steps of a stage, by how many others of the stage must end before each; needs without cycles."""
    steps = {step.id: step for step in stage.steps}
    depth: dict[str, int] = {}

    def of(step: Step) -> int:
        if step.id not in depth:
            depth[step.id] = max((of(steps[need]) + 1 for need in step.needs if need in steps), default=0)
        return depth[step.id]

    deepest = max((of(step) for step in stage.steps), default=-1)
    return tuple(
        tuple(step for step in stage.steps if depth[step.id] == level) for level in range(deepest + 1)
    )


# Stages


def _stage(stage: Stage, gates: Sequence[PlannedGate]) -> PlannedStage:
    return PlannedStage(
        name=stage.name,
        levels=tuple(tuple(_step(step) for step in level) for level in levels(stage)),
        gates=tuple(gate for gate in gates if gate.after == stage.name),
    )


def _step(step: Step) -> PlannedStep:
    return PlannedStep(
        id=step.id,
        does=what_it_does(step),
        needs=tuple(need for need in step.needs if need.startswith(f"{step.stage}.")),
        remarks=tuple(what_is_special(step)),
    )


# Gates


def due(gate: Gate, checked: Checked) -> str:
    """The stage after which a gate is judged: the last that tells it something, else before deploying."""
    telling = set(gate.sources) or {step for rule in gate.rules for step in _providers(gate, rule, checked)}
    stages = checked.project.stages
    last = [stage.name for stage in stages if any(step.id in telling for step in stage.steps)]
    if last:
        return last[-1]
    first = next(
        (at for at, stage in enumerate(stages) if any(s.uses == "deploy" for s in stage.steps)), None
    )
    return stages[len(stages) - 1 if first is None else max(first - 1, 0)].name


def _gate(gate: Gate, checked: Checked) -> PlannedGate:
    return PlannedGate(
        name=gate.name,
        mode=gate.mode,
        after=due(gate, checked),
        sources=gate.sources,
        rules=tuple(_rule(rule, gate, checked) for rule in gate.rules),
    )


def _rule(rule: Rule, gate: Gate, checked: Checked) -> PlannedRule:
    metric = checked.metrics[rule.metric]
    needed = need(rule, metric)
    of_stable = ", and that of the serving release on the same cases" if needed.baseline else ""
    return PlannedRule(
        text=rule.text,
        metric=rule.metric,
        needs=needed.quantity + of_stable,
        measured_by=needed.measured_by,
        providers=_providers(gate, rule, checked),
        mode=rule.mode,
    )


def _providers(gate: Gate, rule: Rule, checked: Checked) -> tuple[str, ...]:
    return providers(gate, checked.metrics[rule.metric], checked.project.stages, checked.measures)


# Environments and strategies


WHEN_BUSY = {
    "queue": ("waits while another release is on its way here",),
    "replace": ("takes another release back that is on its way here",),
}


def _environment(environment: Environment, spec: StrategySpec, phases: Sequence[Phase]) -> PlannedEnvironment:
    return PlannedEnvironment(
        name=environment.name,
        target=environment.target,
        port=environment.port,
        replicas=environment.replicas,
        smoke=environment.smoke,
        strategy=spec.name,
        takeover=tuple(how_it_takes_over(spec, phases)),
        watches=(
            *what_turns_it_back(spec),
            *WHEN_BUSY.get(environment.when_busy, ()),
            *who_is_asked(environment.approval),
            *when_it_is_frozen(environment.freeze),
        ),
    )


# Notes


def _notes(
    project: Project, gates: Sequence[PlannedGate], environments: Sequence[PlannedEnvironment]
) -> Iterable[str]:
    for gate in gates:
        for rule in gate.rules:
            if not rule.providers:
                ends = "is missing" if Mode.WARN in (gate.mode, rule.mode) else "is missing and stops the run"
                where = f" ({listed(gate.sources)})" if gate.sources else ""
                what = f"gate {gate.name}: `{rule.text}` {ends}, for no step{where} measures {rule.metric}"
                yield f"{what}; it is measured by {rule.measured_by}"
    if not gates:
        yield "no gates: a run is stopped only by a step that fails"
    asked = {rule.metric for gate in gates for rule in gate.rules}
    if open_ := [metric for metric in SECURITY if metric not in asked]:
        yield f"no gate asks for {listed(open_)}; `esclusa scan` shows what there is"
    if "cost_per_query" in asked and not project.prices:
        yield "no prices: `cost_per_query` is missing for a model that esclusa[prices] has no list price of"
    if any("serving release" in rule.needs for gate in gates for rule in gate.rules):
        yield "rules that mention `baseline` are not applicable until a release serves"
    if any(len(environment.takeover) > 1 for environment in environments):
        yield "the first release of an environment always goes the direct way"
    uses = {step.uses for stage in project.stages for step in stage.steps}
    if "deploy" not in uses:
        yield "nothing is deployed: no step uses `deploy`"
    elif not uses & {"eval", "import"}:
        yield "nothing is evaluated before it is deployed: no step uses `eval`"


# In plain text


def plan_lines(plan: Plan) -> list[str]:
    """The plan for a terminal without colours."""
    count = f"{len(plan.stages)} stages, one after the other" if len(plan.stages) != 1 else "1 stage"
    lines = [f"{plan.project}: {count}; steps with the same number run in parallel"]
    width = max(
        (len(_short(step)) for stage in plan.stages for level in stage.levels for step in level), default=0
    )
    for stage in plan.stages:
        lines += ["", stage.name, *_stage_lines(stage, width)]
    for environment in plan.environments:
        lines += ["", *_environment_lines(environment)]
    if plan.services:
        lines += ["", "backing services, one of each for every environment"]
        lines += [f"  {name}: {serve}" for name, serve in plan.services.items()]
    if plan.flags:
        lines += [
            "",
            f"flags of {plan.flags}, sealed with each release, which finds them at {FLAGS_VARIABLE}",
        ]
    if plan.notes:
        lines += ["", "notes", *(f"  {note}" for note in plan.notes)]
    return lines


def _stage_lines(stage: PlannedStage, width: int) -> Iterable[str]:
    for number, level in enumerate(stage.levels, 1):
        for step in level:
            remarks = f" ({', '.join(step.remarks)})" if step.remarks else ""
            yield f"  {number}  {_short(step):{width}}  {step.does}{remarks}"
    for gate in stage.gates:
        yield from _gate_lines(gate)


def _gate_lines(gate: PlannedGate) -> Iterable[str]:
    providers = {rule.providers for rule in gate.rules}
    common = providers.pop() if len(providers) == 1 else ()
    yield f"  gate {gate.name}{_from(common)}: {'blocks' if gate.mode is Mode.BLOCK else 'warns'}"
    longest = max(len(rule.text) for rule in gate.rules)
    for rule in gate.rules:
        provided = "" if common else _from(rule.providers) or ", which nothing measures"
        yield f"     {rule.text:{longest}}  needs {rule.needs}{provided}"


def _from(steps: Sequence[str]) -> str:
    return f", from {listed(steps)}" if steps else ""


def _environment_lines(environment: PlannedEnvironment) -> Iterable[str]:
    where = f"port {environment.port}" if environment.port else "a free port"
    replicas = "1 replica" if environment.replicas == 1 else f"{environment.replicas} replicas"
    yield f"environment {environment.name}: {environment.target}, {where}, {replicas}"
    first, *more = environment.takeover
    yield f"  {environment.strategy}: {first}"
    for line in (*more, *environment.watches):
        yield f"    {line}"
    if environment.smoke:
        yield f"  done when {environment.smoke} is answered correctly"


def _short(step: PlannedStep) -> str:
    return step.id.partition(".")[2]
