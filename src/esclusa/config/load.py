"""`esclusa.yaml` to a Project, strictly: an unknown key, a wrong kind, a name that leads nowhere is an error.

The file is read in three rounds: as YAML with its references filled in, then its shape against the reference,
then what it refers to. Each round tells all that it finds at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from esclusa.config import document, reference
from esclusa.config.checks import check_project
from esclusa.config.counted import counted_metrics
from esclusa.config.files import check_files
from esclusa.config.hints import give_hints
from esclusa.config.imported import check_imports, imported_metrics
from esclusa.config.problems import Places, Problems, unknown
from esclusa.config.programs import check_programs
from esclusa.config.reader import Section
from esclusa.config.shapes import GateDraft, Known, RuleText, Shapes
from esclusa.config.suites import Measures, MeasuresLive, Suites
from esclusa.core.errors import ConfigurationError
from esclusa.core.fleet import Health
from esclusa.core.freeze import Freeze
from esclusa.core.gate import Gate, Rule
from esclusa.core.metric import Metric
from esclusa.core.project import (
    DIRECT,
    PROMOTION,
    TRAFFIC,
    Agent,
    Approval,
    Channel,
    CountedRate,
    Environment,
    Price,
    Project,
    Prometheus,
    ServiceSpec,
    Stage,
    StrategySpec,
)
from esclusa.core.rollout import Phase
from esclusa.core.scan import ACTIONS, Kind
from esclusa.core.value import EMPTY, Value, replace
from esclusa.gates.catalogue import catalogue
from esclusa.gates.language import BadRule, parse

FILE = "esclusa.yaml"
WITHOUT_DECLARATION = StrategySpec(name=DIRECT, uses=DIRECT, bake=0.0, min_samples=0)

Planner = Callable[[StrategySpec, int], tuple[Phase, ...]]
"""The phases of a rollout by this strategy with so many replicas; ConfigurationError if it makes no sense."""
FlagCheck = Callable[[Path], Iterable[ConfigurationError]]
"""What is odd about a file of flags; ConfigurationError when it is wrong."""
Subjects = Callable[[Mapping[str, Any]], None]
"""Makes the subject that `ask` names, asking nothing; ConfigurationError when its settings are wrong."""

ScanCheck = Callable[[Kind, Mapping[str, Any]], Iterable[ConfigurationError]]
"""What is wrong with the settings of a scan: by key, or in a file that they name."""


class Checked(Value, frozen=True, kw_only=True):
    """A file that can be used: the project, what its suites measure, and what is probably not meant so."""

    project: Project
    metrics: Mapping[str, Metric]
    """Every metric that a rule may name."""
    measures: Mapping[str, tuple[str, ...]]
    """Step id -> the metrics that it will measure, for the steps that say so."""
    phases: Mapping[str, tuple[Phase, ...]] = EMPTY
    """Environment -> how a release would take over from another one there."""
    warnings: tuple[str, ...] = ()


def load(path: Path, environ: Mapping[str, str], **more: Any) -> Project:
    """The project. Takes what `check` takes, and raises what it raises."""
    return check(path, environ, **more).project


def check(
    path: Path,
    environ: Mapping[str, str],
    *,
    known: Known | None = None,
    root: Path | None = None,
    suite_metrics: Measures | None = None,
    live_metrics: MeasuresLive | None = None,
    plan_rollout: Planner | None = None,
    check_flags: FlagCheck | None = None,
    try_subject: Subjects | None = None,
    check_scan: ScanCheck | None = None,
    plugin_metrics: Iterable[Metric] = (),
) -> Checked:
    """Read and check the file.

    `known` are the names of the plugins, `root` the directory in which files that are named must exist,
    `plan_rollout` what a strategy makes of its settings, `check_flags` what a file of flags is worth,
    `try_subject` what a subject does, `check_scan` what a scan understands; without one of them, that is not
    checked.
    ConfigurationError or ConfigurationErrors with file, line, key and the mend.
    """
    problems = Problems(str(path))
    root_node = _document(path, problems, environ)
    problems.stop_if_any()
    section = _shape(root_node, problems, known or Known())
    problems.stop_if_any()
    stages = tuple(section["stages"].values())
    suites = Suites(root, suite_metrics, live_metrics, problems)
    measured = suites.of(stages) | imported_metrics(stages)
    named = [each[key] or "" for each in section["strategies"].values() for key in ("score", "replay")]
    scoring = suites.scoring(named)
    counted = counted_metrics(section["strategies"].values(), problems)
    metrics = _metrics((*plugin_metrics, *counted), {**measured, **scoring}, problems)
    project = _project(section, stages, _Rules(metrics, problems))
    places = Places(problems, document.lines(root_node))
    measures = {step: tuple(metric.name for metric in found) for step, found in measured.items()}
    check_project(project, places, metrics, measures)
    check_imports(stages, places)
    _refuse_silent(section["notify"], project, places)
    suites.check_smoke(project, places)
    suites.check_live(project, places)
    phases = _phases(project, places, plan_rollout)
    if try_subject is not None:
        _ask(project, places, try_subject)
    if check_scan is not None:
        _check_scans(project, places, problems, check_scan)
    give_hints(project, places, environ)
    if root is not None:
        check_files(project, places, root)
        _check_flags(root / project.agent.flags, check_flags, problems, places)
        check_programs(project, places, root)
    problems.stop_if_any()
    return Checked(
        project=project,
        metrics=metrics,
        measures=measures,
        phases=phases,
        warnings=tuple(str(warning) for warning in problems.warnings),
    )


def _document(path: Path, problems: Problems, environ: Mapping[str, str]) -> document.Mapping:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(
            "there is no such file",
            file=str(path),
            mend="write one with `esclusa init`",
        ) from None
    except IsADirectoryError:
        raise ConfigurationError(
            "this is a directory", file=str(path), mend=f"name the {FILE} in it"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", file=str(path)) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        raise ConfigurationError("this is not UTF-8", file=str(path), line=line) from None
    node = document.read(text, problems, environ)
    if not isinstance(node, document.Mapping):
        raise ConfigurationError(
            f"expected sections such as `project` and `agent`, found {node.shown}",
            file=str(path),
            line=node.line,
        )
    return _without_extensions(node)


def _without_extensions(node: document.Mapping) -> document.Mapping:
    """`x-` keys are the user's own: a place for anchors."""
    entries = {key: value for key, value in node.entries.items() if not key.startswith("x-")}
    return document.Mapping(node.line, entries, {key: node.lines[key] for key in entries})


def _shape(node: document.Mapping, problems: Problems, known: Known) -> Section:
    environments = node.entries.get("environments")
    names = environments.entries if isinstance(environments, document.Mapping) else ()
    return Shapes(problems, known, names).reader.section(reference.sections(), node, "", 1)


MANY = 100
"""Replicas with which an idle strategy is tried, so that only its settings can be wrong."""


def _phases(
    project: Project, places: Places, plan_rollout: Planner | None
) -> Mapping[str, tuple[Phase, ...]]:
    """How each environment's strategy goes about it. One that nobody uses is tried all the same."""
    if plan_rollout is None:
        return {}
    found: dict[str, tuple[Phase, ...]] = {}
    refused: dict[tuple[str, str], str] = {}
    used = {one.name: (one.strategy, one.replicas) for one in project.environments}
    idle = set(project.strategies) - {strategy for strategy, _ in used.values()}
    tried = [(name, *use) for name, use in used.items() if use[0] in project.strategies]
    for environment, strategy, replicas in (*tried, *(("", name, MANY) for name in sorted(idle))):
        spec = project.strategies[strategy]
        try:
            phases = plan_rollout(spec, replicas)
            _refuse_unjudged(spec, phases, replicas)
            _refuse_unflown(spec, phases)
        except ConfigurationError as error:
            refused[(error.key or f"strategies.{strategy}", error.message)] = error.mend
        else:
            if environment:
                found[environment] = phases
                _refuse_unknown_phases(project.environment(environment), phases, places)
    for (key, message), mend in refused.items():
        places.bad(key, message, mend)
    return found


def _ask(project: Project, places: Places, try_subject: Subjects) -> None:
    try:
        try_subject(project.agent.ask)
    except ConfigurationError as error:
        places.bad(f"agent.{error.key or 'ask'}", error.message, error.mend)


def _check_scans(project: Project, places: Places, problems: Problems, check_scan: ScanCheck) -> None:
    """Several scans may name one file, of which everything is said once."""
    said = set()
    for step in (step for stage in project.stages for step in stage.steps if step.uses in ACTIONS):
        for error in check_scan(ACTIONS[step.uses], step.settings):
            if not error.file:
                places.bad(f"stages.{step.id}.{error.key}", error.message, error.mend)
            elif str(error) not in said:
                said.add(str(error))
                problems.include(error)


def _refuse_silent(notify: Mapping[str, Section], project: Project, places: Places) -> None:
    """Somebody who would be told nothing, or of nowhere."""
    known = [environment.name for environment in project.environments]
    for name, section in notify.items():
        if not section["webhook"] and not section["command"]:
            places.bad(f"notify.{name}", "nobody is told", "give it a `webhook` or a `command`")
        if not section["on"]:
            places.bad(f"notify.{name}.on", "nothing is told", "leave it out for what matters most")
        for environment in section["environments"]:
            if environment not in known:
                places.bad(f"notify.{name}.environments", *unknown("environment", environment, known))


def _refuse_unknown_phases(environment: Environment, phases: Sequence[Phase], places: Places) -> None:
    """A person would never be asked before a phase that does not come."""
    names = [TRAFFIC, PROMOTION, *(phase.name for phase in phases)]
    for number, word in enumerate(environment.approval.before if environment.approval else ()):
        if word not in names:
            key = f"environments.{environment.name}.approval.before[{number}]"
            places.bad(key, *unknown("phase", word, dict.fromkeys(names)))


def _refuse_unjudged(spec: StrategySpec, phases: Sequence[Phase], replicas: int) -> None:
    """ConfigurationError when there are rules, and no phase and no watch in which they are judged."""
    ruled = spec.guard or spec.prove or spec.max_harmed is not None
    if ruled and not spec.watch and not any(phase.exit.judged for phase in phases):
        counted = f"with {replicas} replica{'s' if replicas != 1 else ''} " if replicas != MANY else ""
        more = "use more replicas, " if counted else ""
        raise ConfigurationError(
            f"{counted}`{spec.uses}` has no phase in which its rules are judged",
            mend=f"{more}take a `canary`, or `watch:` the release after promotion",
            key=f"strategies.{spec.name}",
        )


def _refuse_unflown(spec: StrategySpec, phases: Sequence[Phase]) -> None:
    """ConfigurationError when the new release never stands there without traffic."""
    if spec.preflight and not any(phase.share == 0 and not phase.exit.judged for phase in phases):
        raise ConfigurationError(
            f"`{spec.uses}` has no phase in which the new release stands ready without traffic",
            mend="take a `canary` or `blue-green`, or give the environment a `smoke` suite",
            key=f"strategies.{spec.name}.preflight",
        )


def _check_flags(path: Path, check_flags: FlagCheck | None, problems: Problems, places: Places) -> None:
    if check_flags is None or not path.is_file():
        return
    try:
        problems.include_odd(check_flags(path))
    except ConfigurationError as error:
        if error.file:
            problems.include(error)
        else:
            places.bad("agent.flags", error.message, error.mend)


def _metrics(
    plugin_metrics: Iterable[Metric], measured: Mapping[str, Iterable[Metric]], problems: Problems
) -> Mapping[str, Metric]:
    """All that a rule may name. One name for two metrics leaves every rule open: nothing goes on."""
    try:
        return catalogue((*plugin_metrics, *(metric for found in measured.values() for metric in found)))
    except ConfigurationError as error:
        mend = "give the scorers of the suites different names, or remove a plugin"
        problems.add(error.message, key="stages", mend=mend)
        problems.stop_if_any()
        raise


class _Rules:
    """Parses the rules of one file."""

    def __init__(self, metrics: Mapping[str, Metric], problems: Problems) -> None:
        self._metrics = metrics
        self._problems = problems

    def gate(self, name: str, draft: GateDraft) -> Gate:
        if not draft.rules:
            mend = "add one: `accuracy > 85%`"
            self._problems.add("the gate has no rules", line=draft.line, key=f"gates.{name}", mend=mend)
        rules = self(draft.rules)
        if draft.population:
            rules = tuple(self._of_population(name, draft, rule) for rule in rules)
        return Gate(name=name, rules=rules, sources=draft.sources, mode=draft.mode)

    def _of_population(self, name: str, draft: GateDraft, rule: Rule) -> Rule:
        """The rule asked beyond the dataset; a problem where no number of cases could tell."""
        counted = self._metrics[rule.metric].kind == "count"
        if counted or rule.estimator == "max":
            what = (
                "findings are counted" if counted else "no number of cases says that none is beyond a limit"
            )
            self._problems.add(
                f"`{rule.text}` cannot be asked of a population: {what}",
                line=draft.line,
                key=f"gates.{name}",
                mend="put it into a gate without `for: population`",
            )
        return replace(rule, population=True)

    def __call__(self, texts: Iterable[RuleText]) -> tuple[Rule, ...]:
        return tuple(rule for text in texts if (rule := self._rule(text)) is not None)

    def _rule(self, text: RuleText) -> Rule | None:
        try:
            return parse(text.text, self._metrics, live=text.live)
        except BadRule as bad:
            mend = f"did you mean `{bad.nearest}`?" if bad.nearest else ""
            message = f"`{bad.text}`, column {bad.column}: {bad.problem}; expected {bad.expected}"
            self._problems.add(message, line=text.line, key=text.key, mend=mend)
            return None


def _project(section: Section, stages: tuple[Stage, ...], rules: _Rules) -> Project:
    return Project(
        name=section["project"],
        agent=_agent(section["agent"]),
        stages=stages,
        gates=tuple(rules.gate(name, draft) for name, draft in section["gates"].items()),
        services=tuple(_service(name, each) for name, each in section["services"].items()),
        environments=tuple(_environment(name, each) for name, each in section["environments"].items()),
        strategies={
            DIRECT: WITHOUT_DECLARATION,
            **{name: _strategy(name, each, rules) for name, each in section["strategies"].items()},
        },
        prices={name: Price(**each.values) for name, each in section["prices"].items()},
        notify=tuple(each for name, given in section["notify"].items() for each in _channels(name, given)),
        store=section["store"] or "",
    )


def _agent(section: Section) -> Agent:
    # As the release names it, whichever way it was written.
    flags = PurePosixPath(section["flags"]).as_posix() if section["flags"] else ""
    behaviour = dict(section["behaviour"] or EMPTY)
    if flags and not any(flags in paths for paths in behaviour.values()):
        behaviour["flags"] = (*behaviour.get("flags", ()), flags)
    return Agent(
        **{
            **section.values,
            "health": _health(section),
            "behaviour": behaviour or EMPTY,
            "flags": flags,
            "feedback": section["feedback"] or "",
        }
    )


def _service(name: str, section: Section) -> ServiceSpec:
    return ServiceSpec(name=name, **{**section.values, "health": _health(section)})


def _health(section: Section) -> Health:
    return Health(**section["health"].values)


def _environment(name: str, section: Section) -> Environment:
    given = {
        "port": section["port"] or 0,
        "smoke": section["smoke"] or "",
        "approval": Approval(**section["approval"].values) if "approval" in section.lines else None,
        "freeze": Freeze(**section["freeze"].values) if "freeze" in section.lines else None,
    }
    return Environment(name=name, **{**section.values, **given})


def _channels(name: str, section: Section) -> Iterator[Channel]:
    """One for each way of telling: a webhook and a command are delivered, and fail, each by itself."""
    given = {key: section[key] for key in ("on", "environments", "timeout")}
    if section["webhook"]:
        yield Channel(name=name, webhook=section["webhook"], headers=section["headers"], **given)
    if section["command"]:
        also = f"{name}.command" if section["webhook"] else name
        yield Channel(name=also, command=section["command"], secrets=section["secrets"], **given)


def _strategy(name: str, section: Section, rules: _Rules) -> StrategySpec:
    return StrategySpec(
        name=name,
        **{
            **section.values,
            "uses": section["uses"] or name,
            "sticky": section["sticky"] or "",
            "keep": section["keep"] or 0.0,
            "score": section["score"] or "",
            "replay": section["replay"] or "",
            "preflight": section["preflight"] or "",
            "prometheus": _prometheus(section["prometheus"]),
            "mirror": section["mirror"] or 0.0,
            "side_effects": section["side_effects"] or "",
            "split": section["split"] or 0.0,
            "header": section["header"] or "",
            "cookie": section["cookie"] or "",
            "hold": section["hold"] or 0.0,
            "guard": rules(section["guard"]),
            "prove": rules(section["prove"]),
        },
    )


def _prometheus(section: Section) -> Prometheus | None:
    if section["url"] is None:
        return None
    rates = {name: CountedRate(**each.values) for name, each in section["rates"].items()}
    return Prometheus(**{**section.values, "rates": rates})
