"""`esclusa run`: a commit through the stages, with the commit's own esclusa.yaml.

What it started it stops; a rollout it handed over goes on without it.
"""

import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

import anyio

from esclusa import plugins
from esclusa.config.load import FILE, Checked
from esclusa.core.action import Action
from esclusa.core.errors import ConfigurationError, EsclusaError, StepFailed, UsageError
from esclusa.core.events import (
    Event,
    ReleaseSealed,
    RunFinished,
    RunResumed,
    RunStarted,
    StepFinished,
)
from esclusa.core.evidence import Evidence
from esclusa.core.gate import Judgement
from esclusa.core.project import Environment, Project, Stage, Step
from esclusa.core.rollout import Decision, RolloutState, Wish
from esclusa.core.run import Outcome, Run, StepState
from esclusa.core.secret import Secret
from esclusa.core.value import replace
from esclusa.masking import Masker
from esclusa.pipeline.exclusive import sole_run
from esclusa.pipeline.runner import Ended, Plan, run_stages
from esclusa.sources.git import Commit, lay_out, lay_out_dirty, uncommitted
from esclusa.stages.closed import closed
from esclusa.stages.named import named_commit
from esclusa.stages.workshop import Workshop
from esclusa.system import holder, new_id
from esclusa.workspace.content import content_key
from esclusa.workspace.controller import keep_secrets, told_by
from esclusa.workspace.gating import Gates, Gating
from esclusa.workspace.opened import Opened
from esclusa.workspace.ports import refuse_taken_ports
from esclusa.workspace.project import read_project
from esclusa.workspace.show import find_run
from esclusa.workspace.workshop import workshop_of

INHERITED = frozenset(
    {"CI", "HOME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "SHELL", "TERM", "TZ", "USER"}
    | {"TEMP", "TMP", "TMPDIR", "SSL_CERT_DIR", "SSL_CERT_FILE"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"}
)
"""What a step's programs get of our environment; all else they are given by the file."""


Choice = Literal["detach", "abort"]


class Watcher(Protocol):
    """Looks on, and is asked what Ctrl-C means while a rollout is under way."""

    def event(self, event: Event, at: datetime) -> None:
        """An event of this run, as it happens."""
        ...

    def line(self, step: str, text: str) -> None:
        """A line that a step's program wrote."""
        ...

    def note(self, text: str) -> None:
        """Something worth knowing before it starts."""
        ...

    async def choose(self) -> Choice:
        """What to do now; cancelled when another signal decides."""
        ...


async def run(
    opened: Opened,
    watcher: Watcher,
    *,
    commit: str = "HEAD",
    dirty: bool = False,
    until: str = "",
    resume: str | None = None,
    run_id: str = "",
    override: Decision | None = None,
) -> Run:
    """Take a commit through the stages, or go on with an interrupted run; the run as it ended.

    `override` goes on in spite of a lock or a freeze. UsageError and ConfigurationError before anything is
    started or written.
    """
    asked = await wanted(
        opened, commit=commit, dirty=dirty, until=until, resume=resume, run_id=run_id, override=override
    )
    async with sole_run(opened.store.lease, opened.clock, holder()):
        checked, stages = await configured(opened, asked)
        return await Passage(opened, checked, asked, stages, watcher, Gating(checked, opened.store)).run()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a run is asked to do; `before` is the run as it was left, when it is to go on."""

    run: str
    commit: Commit
    dirty: bool
    until: str
    before: Run | None
    override: Decision | None = None
    verb: str = "run"


async def wanted(
    opened: Opened,
    *,
    commit: str,
    dirty: bool,
    until: str,
    resume: str | None,
    run_id: str = "",
    override: Decision | None = None,
) -> Wanted:
    """What is asked for, its names found. UsageError when there is no such commit or interrupted run."""
    before = _interrupted(opened, resume) if resume is not None else None
    return Wanted(
        run=before.id if before else run_id or new_id("run"),
        commit=await named_commit(opened.root, before.commit if before else commit),
        dirty=before.dirty if before else dirty,
        until=before.until if before else until,
        before=before,
        override=override,
    )


async def configured(opened: Opened, wanted: Wanted) -> tuple[Checked, tuple[Stage, ...]]:
    """The project as the commit itself declares it, and the stages to pass. Wrong, it leaves nothing.

    PortTaken when somebody else has the port of an environment that is to be deployed to.
    """
    opened.make_state()
    directory = tree_of(opened, wanted.run)
    try:
        checked = await _configuration(opened, wanted, directory)
        stages = _until(checked.project, wanted.until)
        _refuse_closed(opened, checked.project, stages, wanted)
        await refuse_taken_ports(opened, _to_deploy(checked.project, stages, wanted.before))
        return checked, stages
    except EsclusaError:
        if wanted.dirty and wanted.before is not None:
            raise  # the work tree as it was is nowhere else
        shutil.rmtree(directory, ignore_errors=True)
        with contextlib.suppress(OSError):  # a run that is to go on has more there
            directory.parent.rmdir()
        raise


def _refuse_closed(opened: Opened, project: Project, stages: tuple[Stage, ...], wanted: Wanted) -> None:
    """UsageError when the run would end at a closed environment: nobody waits for an eval to learn that."""
    steps = [step for stage in stages for step in stage.steps if step.uses == "deploy"]
    for step in steps if wanted.override is None else ():
        environment = project.environment(step.settings["environment"])
        found = closed(environment, opened.store.locks, opened.clock.now())
        begun = opened.store.rollouts.load(f"{wanted.run}.{environment.name}") is not None
        if found is not None and not begun:
            raise UsageError(found.why, mend=f"{found.mend}; or stop before: --until STAGE")


def _interrupted(opened: Opened, name: str) -> Run:
    """The run to go on with. UsageError unless it was interrupted, failed or crashed."""
    run = find_run(opened, name)
    if run.verb != "run":
        raise UsageError(f"{run.id} is no run of the pipeline", mend=f"start it again: esclusa {run.verb}")
    if run.outcome not in (Outcome.INTERRUPTED, Outcome.FAILED):
        raise UsageError(
            f"run {run.id} is not interrupted: {run.outcome.value.replace('_', ' ')}",
            mend="see how it goes: esclusa status"
            if run.outcome is Outcome.RUNNING
            else "start a new one: esclusa run",
        )
    return run


async def _configuration(opened: Opened, wanted: Wanted, directory: Path) -> Checked:
    """The project as the commit itself declares it."""
    if wanted.dirty:
        await _keep_work_tree(opened, wanted, directory)
    else:
        shutil.rmtree(directory, ignore_errors=True)
        await lay_out(opened.root, wanted.commit, directory)
    if not (directory / FILE).is_file():
        raise ConfigurationError(
            f"commit {wanted.commit.sha[:12]} has no {FILE}",
            mend=f"git add {FILE} && git commit, or run the work tree as it is: esclusa run --dirty",
        )
    try:
        return read_project(directory)
    except ConfigurationError as error:
        raise _in_commit(error, wanted, directory) from None


async def _keep_work_tree(opened: Opened, wanted: Wanted, directory: Path) -> None:
    """Lay the work tree out as it is now, once for a run: from its first step to its last it is one tree.

    UsageError when a run that is to go on has lost its own.
    """
    if directory.is_dir():
        return
    if wanted.before is not None:
        raise UsageError(
            f"the work tree that run {wanted.run} began with is not kept any more",
            mend="start a new one: esclusa run --dirty",
        )
    await lay_out_dirty(opened.root, directory)


def _in_commit(error: ConfigurationError, wanted: Wanted, directory: Path) -> ConfigurationError:
    """The same error, its file named as it is in the commit."""
    place = "the work tree" if wanted.dirty else f"commit {wanted.commit.sha[:12]}"
    text = str(error).replace(f"{directory}{os.sep}", "")
    return ConfigurationError(f"in {place}: {text}")


def _until(project: Project, until: str) -> tuple[Stage, ...]:
    names = [stage.name for stage in project.stages]
    if not until:
        return project.stages
    if until not in names:
        raise UsageError(f"there is no stage '{until}'", mend=f"stages are {', '.join(names)}")
    return project.stages[: names.index(until) + 1]


def tree_of(opened: Opened, run: str) -> Path:
    """Where a run keeps the tree that it was configured by; of a dirty one, it is all there is of it."""
    return opened.state / "runs" / run / "configuration"


def _to_deploy(project: Project, stages: tuple[Stage, ...], before: Run | None) -> list[Environment]:
    """The environments that the run has yet to deploy to."""
    done = {step.id for step in before.steps if step.state is StepState.SUCCEEDED} if before else set()
    steps = [
        step for stage in stages for step in stage.steps if step.uses == "deploy" and step.id not in done
    ]
    return [project.environment(step.settings["environment"]) for step in steps]


class Passage:
    """One passage of one run, from its first event to its last."""

    def __init__(
        self,
        opened: Opened,
        checked: Checked,
        wanted: Wanted,
        stages: tuple[Stage, ...],
        watcher: Watcher,
        gates: Gates,
    ) -> None:
        self._opened = opened
        self._store = opened.store
        self._checked = checked
        self._wanted = wanted
        self._stages = stages
        self._watcher = watcher
        self._before = wanted.before
        self._gates = gates
        self._judgements: dict[str, Judgement] = {}
        self._interrupted = ""

    async def run(self) -> Run:
        self._begin()
        if self._wanted.commit.sha and not self._wanted.dirty and self._before is None:
            await self._say_uncommitted()
        self._finish(await self._pass_through())
        return find_run(self._opened, self._wanted.run)

    def _begin(self) -> None:
        if self._before is not None:
            self._note(RunResumed(run=self._wanted.run, holder=holder()))
            self._recall()
            return
        wanted = self._wanted
        steps = tuple(step.id for stage in self._stages for step in stage.steps)
        self._note(
            RunStarted(
                run=wanted.run,
                project=self._checked.project.name,
                commit=wanted.commit.sha,
                subject=wanted.commit.subject,
                dirty=wanted.dirty,
                until=wanted.until,
                steps=steps,
                holder=holder(),
                verb=wanted.verb,
            )
        )

    def _note(self, event: Event) -> None:
        self._store.journal.append(event)
        self._show(event)

    def _show(self, event: Event) -> None:
        self._watcher.event(event, self._opened.clock.now())

    def _recall(self) -> None:
        """Show the watcher what stands of the earlier passage."""
        for recorded in self._store.journal.read(run=self._wanted.run):
            event = recorded.event
            stands = isinstance(event, StepFinished) and event.state is StepState.SUCCEEDED
            if stands or isinstance(event, RunStarted):
                self._watcher.event(event, recorded.at)

    async def _say_uncommitted(self) -> None:
        left = await uncommitted(self._opened.root)
        if left:
            shown = ", ".join(left[:3]) + (", …" if len(left) > 3 else "")
            self._watcher.note(f"{len(left)} uncommitted paths are not part of this run: {shown}")

    async def _pass_through(self) -> Ended | None:
        """None when a person or a signal ended it."""
        ended: Ended | None = None
        async with anyio.create_task_group() as group:
            group.start_soon(self._heed_signals, group.cancel_scope)
            ended = await run_stages(
                self._plan(),
                journal=self._store.journal,
                cache=self._store.cache,
                clock=self._opened.clock,
                masker=self._masker(),
            )
            group.cancel_scope.cancel()
        return ended

    def _plan(self) -> Plan:
        workshop = workshop_of(
            self._opened,
            self._checked.project,
            snapshot=tree_of(self._opened, self._wanted.run) if self._wanted.dirty else None,
            override=self._wanted.override,
            begin_deploy=self._seal,
        )
        return Plan(
            run=self._wanted.run,
            commit=self._wanted.commit.sha,
            stages=self._stages,
            state=self._opened.state,
            build=partial(_built, workshop),
            variables=self._variables,
            fingerprint=partial(content_key, prices=self._checked.project.prices),
            judge=self._judge,
            earlier=self._earlier(),
            on_line=self._watcher.line,
            on_event=self._show,
        )

    def _earlier(self) -> tuple[StepFinished, ...]:
        if self._before is None:
            return ()
        events = (recorded.event for recorded in self._store.journal.read(run=self._wanted.run))
        return tuple(event for event in events if isinstance(event, StepFinished))

    def _judge(self, stage: Stage, evidence: Mapping[str, Evidence]) -> list[Judgement]:
        judged = list(self._gates.after(stage, evidence))
        self._judgements.update({judgement.gate: judgement for judgement in judged})
        return judged

    async def _seal(self, run: str, release_id: str) -> None:
        """Seal the release with what this run came to. StepFailed while a gate is closed or not judged."""
        unjudged = [gate.name for gate in self._checked.project.gates if gate.name not in self._judgements]
        closed = [name for name, judgement in self._judgements.items() if not judgement.opens]
        if unjudged or closed:
            raise StepFailed(
                f"the release is not sealed: gate {', '.join([*closed, *unjudged])} is not open",
                mend="esclusa show tells why",
            )
        release = self._store.releases.get(release_id)
        if release is None:
            raise StepFailed(f"release {release_id[:12]} is not known", mend="run the commit again")
        if release.sealed is None or release.run != run:
            sealed = replace(
                release, run=run, sealed=self._opened.clock.now(), judgements=tuple(self._judgements.values())
            )
            self._store.releases.add(sealed, ReleaseSealed(run=run, release=sealed))
        keep_secrets(self._opened, self._checked.project)
        self._opened.keep(self._checked.project)

    def _variables(self, step: Step) -> dict[str, str]:
        inherited = {name: text for name, text in os.environ.items() if name in INHERITED}
        secret = {
            name: self._opened.secrets.get(reference).reveal() for name, reference in step.secrets.items()
        }
        return {**inherited, **step.variables, **secret}

    def _masker(self) -> Masker:
        """Masks every secret that the project refers to and that is there."""
        project = self._checked.project
        steps = [step for stage in project.stages for step in stage.steps]
        named = [project.agent.secrets, *(one.secrets for one in project.services)]
        named += [*(one.secrets for one in project.environments), *(one.secrets for one in steps)]
        references = {reference for secrets in named for reference in secrets.values()} | told_by(project)
        return Masker(list(filter(None, map(self._secret, sorted(references)))))

    def _secret(self, reference: str) -> Secret | None:
        try:
            return self._opened.secrets.get(reference)
        except ConfigurationError:
            return None  # whoever needs it will say so

    async def _heed_signals(self, scope: anyio.CancelScope) -> None:
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
            async for number in signals:
                if await self._wants_to_leave(number, signals):
                    scope.cancel()
                    return

    async def _wants_to_leave(self, number: int, signals: AsyncIterator[signal.Signals]) -> bool:
        rollout = self._under_way()
        if rollout is None:
            self._interrupted = "interrupted"
            return True
        if number == signal.SIGINT and await chosen(self._watcher, signals) == "abort":
            self._store.rollouts.wish(rollout, Wish(verb="abort", by="Ctrl-C"))
            return False
        self._interrupted = f"detached; rollout {rollout} goes on"
        return True

    def _under_way(self) -> str | None:
        for rollout in self._store.rollouts.open():
            if rollout.run == self._wanted.run and not rollout.undoes:
                return rollout.id
        return None

    def _finish(self, ended: Ended | None) -> None:
        outcome, reason = self._ending(ended)
        self._note(RunFinished(run=self._wanted.run, outcome=outcome, reason=reason))

    def _ending(self, ended: Ended | None) -> tuple[Outcome, str]:
        if ended is None:
            return Outcome.INTERRUPTED, self._interrupted
        if ended.outcome is Outcome.PASSED:
            return self._passed(ended)
        if ended.outcome is Outcome.FAILED:
            return self._failed(ended)
        return ended.outcome, ended.reason

    def _passed(self, ended: Ended) -> tuple[Outcome, str]:
        rollouts = [seen.outputs["rollout"] for seen in ended.evidence.values() if "rollout" in seen.outputs]
        deployed = any(step.uses == "deploy" for stage in self._stages for step in stage.steps)
        last = self._store.rollouts.load(rollouts[-1]) if rollouts else None
        reason = last.reason if last else "it serves already" if deployed else ""
        if last is not None and last.state is RolloutState.CONCLUDED:
            return Outcome.CONCLUDED, reason
        return (Outcome.PROMOTED if deployed else Outcome.PASSED), reason

    def _failed(self, ended: Ended) -> tuple[Outcome, str]:
        evidence = ended.evidence.get(ended.step, Evidence())
        rollout = self._store.rollouts.load(evidence.outputs.get("rollout", ""))
        if rollout is not None and rollout.state in _BY_ROLLOUT:
            return _BY_ROLLOUT[rollout.state], rollout.reason
        if evidence.failure is not None and evidence.failure.reason == "gate":
            return Outcome.BLOCKED, ended.reason
        return Outcome.FAILED, ended.reason


async def chosen(watcher: Watcher, signals: AsyncIterator[signal.Signals]) -> Choice:
    """What the watcher chooses. Who signals again does not want to be asked: that is to detach."""
    choice: Choice = "detach"
    async with anyio.create_task_group() as group:

        async def ask() -> None:
            nonlocal choice
            choice = await watcher.choose()
            group.cancel_scope.cancel()

        group.start_soon(ask)
        await anext(signals)
        group.cancel_scope.cancel()
    return choice


_BY_ROLLOUT = {RolloutState.ROLLED_BACK: Outcome.ROLLED_BACK, RolloutState.SUPERSEDED: Outcome.SUPERSEDED}


def _built(workshop: Workshop, step: Step) -> Action:
    make: Callable[[Workshop, Step], Action] = plugins.load("actions", step.uses)
    return make(workshop, step)
