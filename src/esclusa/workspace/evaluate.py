"""`esclusa eval SUITE`: one suite, asked of an agent that runs or of the project's release, and judged.

What comes of it is kept as a run of its own, `eval-...`, so that `show`, `history` and `logs` know it;
nothing is sealed and nothing deployed.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import anyio

from esclusa.config.load import Checked
from esclusa.core.errors import OutsideError, UsageError
from esclusa.core.evidence import Evidence
from esclusa.core.gate import Gate, Judgement
from esclusa.core.project import Agent, Project, Stage, Step
from esclusa.core.run import Run
from esclusa.core.value import EMPTY, replace
from esclusa.evals.panel import check_suite
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import Suite, load_suite, metrics
from esclusa.evals.workers.cluster import LOCAL, check_workers, host_of, reach
from esclusa.gates.judge import READABLE, judge
from esclusa.gates.samples import chosen
from esclusa.pipeline.exclusive import sole_run
from esclusa.reports.sheet import Sheet
from esclusa.sources.git import Commit
from esclusa.stages.elsewhere import USUAL, Elsewhere
from esclusa.store.store import Store
from esclusa.system import holder, new_id
from esclusa.workspace.baselines import Reference, cases_of, reference, stable
from esclusa.workspace.gating import stable_evidence
from esclusa.workspace.opened import Opened
from esclusa.workspace.run import Passage, Wanted, Watcher, configured, wanted
from esclusa.workspace.sheets import sheet_of

VERB = STAGE = "eval"
REACHED = 10.0
"""Seconds within which an address takes a connection."""
SHOWN = 3
"""Cases that an error names."""
_NOT_NAME = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be done; `here` is where relative paths start."""

    suite: Path
    agent: str = ""
    """Empty: the project's release."""
    baseline: str = ""
    """Empty: the stable release of the last environment, if there is one."""
    dirty: bool = False
    workers: str = ""
    """The Ray cluster that asks; empty: this process."""
    here: Path = Path()


async def evaluate(opened: Opened, watcher: Watcher, asked: Asked) -> tuple[Run, Sheet]:
    """Ask the suite and judge; the run as it ended, and its sheet.

    UsageError and ConfigurationError before anything is asked, built or written; OutsideError too, when
    nothing listens at the agent's address.
    """
    path = (asked.here / asked.suite).resolve()
    _refuse_absent(path, asked.suite)
    suite = load_suite(path)
    check_suite(suite)
    if asked.workers:
        check_workers(asked.workers, suite)
        _refuse_out_of_reach(asked)
    checked = _checked(opened)
    step = _step(opened, checked.project, suite, asked)
    against = await _against(opened, asked, checked, suite, step.id)
    explicit = against if asked.baseline else None
    if explicit is not None:
        _refuse_strange(explicit, suite, asked.suite)
    if asked.agent:
        await _try(asked.agent, suite, checked.project, opened)
    if asked.workers and asked.workers != LOCAL:
        await reach(asked.workers)
    if asked.agent:
        opened.make_state()
        plan = Wanted(
            run=new_id(VERB),
            commit=Commit(sha="", tree="", subject=asked.agent),
            dirty=False,
            until="",
            before=None,
            verb=VERB,
        )
        ended = await _passed(opened, checked, plan, (_stage(step),), watcher, suite, step, explicit)
    else:
        ended = await _released(opened, checked, asked, watcher, suite, step, explicit)
    record = next(one for one in ended.steps if one.id == step.id)
    return ended, sheet_of(opened, ended, record, suite, against)


async def _released(
    opened: Opened,
    checked: Checked,
    asked: Asked,
    watcher: Watcher,
    suite: Suite,
    step: Step,
    explicit: Reference | None,
) -> Run:
    """The release of HEAD, or of the work tree as it is, built as a run builds it."""
    plan = await wanted(
        opened,
        commit="HEAD",
        dirty=asked.dirty,
        until=_built_by(checked.project),
        resume=None,
        run_id=new_id(VERB),
    )
    async with sole_run(opened.store.lease, opened.clock, holder()):
        plan = _as_eval(plan)
        committed, stages = await configured(opened, plan)
        return await _passed(opened, committed, plan, (*stages, _stage(step)), watcher, suite, step, explicit)


async def _passed(
    opened: Opened,
    checked: Checked,
    plan: Wanted,
    stages: tuple[Stage, ...],
    watcher: Watcher,
    suite: Suite,
    step: Step,
    explicit: Reference | None,
) -> Run:
    gates = SuiteGates(checked, opened.store, suite, step.id, explicit)
    return await Passage(opened, checked, plan, stages, watcher, gates).run()


class SuiteGates:
    """The project's gates, with those of their rules that take their evidence from one suite."""

    def __init__(
        self, checked: Checked, store: Store, suite: Suite, step: str, explicit: Reference | None
    ) -> None:
        self._checked = checked
        self._store = store
        self._step = step
        self._explicit = explicit
        measured = {metric.name for metric in metrics(suite)}
        self.gates = tuple(
            filter(None, (_part(gate, checked, step, measured) for gate in checked.project.gates))
        )

    def after(self, stage: Stage, evidence: Mapping[str, Evidence]) -> Sequence[Judgement]:
        """What they came to, once the suite was asked."""
        if all(step.id != self._step for step in stage.steps):
            return ()
        state, before = self._baseline()
        return [judge(gate, evidence, before, baseline_state=state) for gate in self.gates]

    def _baseline(self) -> tuple[str, Mapping[str, Evidence] | None]:
        if self._explicit is not None:
            return READABLE, {self._step: self._explicit.evidence}
        return stable_evidence(self._checked, self._store)


def _part(gate: Gate, checked: Checked, step: str, measured: set[str]) -> Gate | None:
    """The gate with the rules that the step's evidence answers; None if there is no such rule."""
    rules = []
    for rule in gate.rules:
        steps = [name for name, names in checked.measures.items() if rule.metric in names]
        takes = step in gate.sources if gate.sources else step in chosen(gate, steps)
        if takes and rule.metric in measured:
            rules.append(rule)
    return replace(gate, rules=tuple(rules), sources=(step,)) if rules else None


async def _against(
    opened: Opened, asked: Asked, checked: Checked, suite: Suite, step: str
) -> Reference | None:
    if asked.baseline:
        return await reference(opened, asked.baseline, suite, step, here=asked.here)
    # Without a project there is no store yet, and nothing in it.
    return stable(opened, checked, suite, step) if checked.project.environments else None


def _checked(opened: Opened) -> Checked:
    """The project, or what stands in for one where there is only a suite."""
    if opened.has_file:
        return opened.checked
    agent = Agent(serve=(), ask=USUAL, behaviour=EMPTY)
    return Checked(
        project=Project(name=opened.root.name or "eval", agent=agent, stages=()),
        metrics=EMPTY,
        measures=EMPTY,
    )


def _step(opened: Opened, project: Project, suite: Suite, asked: Asked) -> Step:
    """The step that asks it: by the name that the project's own step for this suite has, if there is one."""
    path = Path(suite.file)
    steps = [step for stage in project.stages for step in stage.steps if step.uses == "eval"]
    own = [step.id for step in steps if (opened.root / str(step.settings.get("suite"))).resolve() == path]
    name = _NOT_NAME.sub("-", path.stem).strip("-") or "suite"
    if not own and f"{STAGE}.{name}" in {step.id for step in steps}:
        name = f"{_NOT_NAME.sub('-', path.parent.name).strip('-') or 'other'}-{name}"
    said = {"agent": asked.agent, "workers": asked.workers}
    settings = {"suite": suite.file, **{key: value for key, value in said.items() if value}}
    return Step(
        id=own[0] if own else f"{STAGE}.{name}",
        stage=STAGE,
        uses="eval",
        settings=settings,
        timeout=None,
        cache=False,
    )


def _stage(step: Step) -> Stage:
    return Stage(name=step.id.partition(".")[0], steps=(step,))


def _built_by(project: Project) -> str:
    """The stage that builds the release. UsageError when none does."""
    for stage in project.stages:
        if any(step.uses == "artifact" for step in stage.steps):
            return stage.name
    raise UsageError("there is no release to ask", mend="say who is asked: --agent http://127.0.0.1:8080")


def _as_eval(plan: Wanted) -> Wanted:
    return Wanted(
        run=plan.run, commit=plan.commit, dirty=plan.dirty, until=plan.until, before=None, verb=VERB
    )


async def _try(agent: str, suite: Suite, project: Project, opened: Opened) -> None:
    """Whether it can be asked at all, as far as that is known without asking."""
    place = Elsewhere.named(agent, suite.ask or project.agent.ask)
    url = place.endpoint.url
    if url:
        await _reach(url)
    async with build_subject(place.how, Site(url=url, directory=opened.root, clock=opened.clock)):
        pass


async def _reach(url: str) -> None:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with anyio.fail_after(REACHED):
            await (await anyio.connect_tcp(parts.hostname or "", port)).aclose()
    except (OSError, TimeoutError) as error:
        why = f"nothing answered within {REACHED:g} s" if isinstance(error, TimeoutError) else str(error)
        raise OutsideError(
            f"{url} cannot be reached: {why}", mend="start the agent, or correct the address"
        ) from error


def _refuse_absent(path: Path, named: Path) -> None:
    if path.is_file():
        return
    beside = sorted(one.name for pattern in ("*.yaml", "*.yml") for one in path.parent.glob(pattern))
    near = difflib.get_close_matches(path.name, beside, 1, 0.5)
    mend = f"did you mean {named.with_name(near[0])}?" if near else "name the suite's YAML file"
    raise UsageError(f"there is no suite {named}", mend=mend)


def _refuse_out_of_reach(asked: Asked) -> None:
    """What answers on this machine's loopback address answers no worker on another machine."""
    if asked.workers == LOCAL or _is_loopback(host_of(asked.workers)[0]):
        return
    parts = urlsplit(asked.agent)
    if parts.scheme in ("http", "https") and not _is_loopback(parts.hostname or ""):
        return
    if asked.agent and parts.scheme not in ("http", "https"):
        return  # a function or a command, which each worker has or has not
    what = asked.agent or "the release, which is served on this machine,"
    raise UsageError(
        f"{what} cannot be reached by the workers of {asked.workers}",
        mend="--agent with an address that every node reaches, or `--workers ray` for this machine alone",
    )


def _is_loopback(host: str) -> bool:
    return host == "localhost" or host == "::1" or host.startswith("127.")


def _refuse_strange(against: Reference, suite: Suite, named: Path) -> None:
    """A baseline that was named and saw not one of the suite's cases compares nothing."""
    ours = [question.id for question in suite.dataset.questions]
    theirs = cases_of(against)
    if ours and not theirs.intersection(ours):
        raise UsageError(
            f"{against.name} has not one case of {named}: it has {_some(sorted(theirs))}; the suite has"
            f" {_some(ours)}",
            mend="name a baseline that was measured on this suite",
        )


def _some(ids: Sequence[str]) -> str:
    """The first few of them."""
    more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
    return (", ".join(ids[:SHOWN]) or "none") + more
