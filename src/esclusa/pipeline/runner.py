"""The runner: takes a commit through the stages, and leaves nothing running when it stops.

Stages go in order, the steps of a stage side by side unless they need each other. After each stage its gates
are judged, and the next one begins only when they are open. A failing step that blocks ends everything that
runs.

It knows no action: those are handed to it, and so are the journal, the cache, what the content of a step is,
and the judge.
"""

import shutil
import traceback
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import anyio
import msgspec

from esclusa import shell
from esclusa.core.action import Action, Task
from esclusa.core.errors import EsclusaError, OutsideError, in_words
from esclusa.core.events import Event, GateJudged, StepFinished, StepStarted, StepTold
from esclusa.core.evidence import Evidence, Failure
from esclusa.core.gate import Judgement
from esclusa.core.ports import Clock, Journal, StepCache
from esclusa.core.project import Stage, Step
from esclusa.core.run import Outcome, StepState
from esclusa.core.value import replace
from esclusa.masking import Masker
from esclusa.pipeline.graph import Graph
from esclusa.pipeline.record import Log, Record

NEVER_REUSED = frozenset({"deploy", "health"})
"""Actions whose result is about the outside world as it is now."""
RUN_VARIABLE = "ESCLUSA_RUN"
STEP_VARIABLE = "ESCLUSA_STEP"
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before the second attempt, the third, and so on."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run: what it passes through, and whom it asks."""

    run: str
    commit: str
    stages: tuple[Stage, ...]
    state: Path
    """The project's state directory; this run's own is `runs/<run>` below it."""
    build: Callable[[Step], Action]
    variables: Callable[[Step], Mapping[str, str]]
    """The whole environment of a step's programs, secrets revealed."""
    fingerprint: Callable[[Step, Mapping[str, Evidence]], str | None]
    """The content key of a step, given what was seen before it; None if it is to be done anew."""
    judge: Callable[[Stage, Mapping[str, Evidence]], Sequence[Judgement]]
    """The gates that can be judged after a stage, over the evidence of all steps so far."""
    earlier: tuple[StepFinished, ...] = ()
    """A passage that was interrupted: what succeeded in it is not repeated."""
    width: int = 8
    on_line: Callable[[str, str], None] = lambda _step, _line: None
    """Step and line, masked, as it comes."""
    on_event: Callable[[Event], None] = lambda _event: None
    """Each event of the run, as it happens."""

    @property
    def directory(self) -> Path:
        """The run's own directory."""
        return self.state / "runs" / self.run


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How the passage ended: PASSED, BLOCKED or FAILED, and all that was seen."""

    outcome: Outcome
    reason: str = ""
    step: str = ""
    """The step that failed."""
    evidence: Mapping[str, Evidence]
    judgements: tuple[Judgement, ...] = ()


async def run_stages(
    plan: Plan, *, journal: Journal, cache: StepCache, clock: Clock, masker: Masker
) -> Ended:
    """Take the run through its stages.

    A failure is a value. What is raised is cancellation, with the end of every step in the journal and every
    process gone; ConfigurationError for a wrong graph; and the store's own failures.
    """
    graph = Graph(plan.stages)
    record = Record(journal, cache, clock, plan.on_event)
    passage = _Passage(plan, graph, record, cache, clock, masker)
    if plan.earlier:
        await shell.sweep(RUN_VARIABLE, plan.run)
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(record.write)
            try:
                await passage.run()
            finally:
                record.flush()
            group.cancel_scope.cancel()
    except BaseExceptionGroup as errors:
        raise _first(errors) from None
    finally:
        if passage.ended.outcome is not Outcome.PASSED:
            with anyio.CancelScope(shield=True):
                await shell.sweep(RUN_VARIABLE, plan.run)
    return passage.ended


class _Passage:
    """One run on its way."""

    def __init__(
        self, plan: Plan, graph: Graph, record: Record, cache: StepCache, clock: Clock, masker: Masker
    ) -> None:
        self._plan = plan
        self._graph = graph
        self._record = record
        self._cache = cache
        self._clock = clock
        self._masker = masker
        self._earlier = {
            event.step: event.evidence for event in plan.earlier if event.state is StepState.SUCCEEDED
        }
        self._evidence: dict[str, Evidence] = {}
        self._judgements: dict[str, Judgement] = {}
        self._failed: Step | None = None
        self.ended = self._end(Outcome.INTERRUPTED)

    async def run(self) -> None:
        for stage in self._plan.stages:
            await self._stage(stage)
            if self._failed is not None:
                self.ended = self._end(Outcome.FAILED, self._why_failed(self._failed), self._failed.id)
                return
            closed = self._judge(stage)
            self._record.flush()  # the next stage may read what the gates came to
            if closed is not None:
                self.ended = self._end(Outcome.BLOCKED, closed.sentence)
                return
        self.ended = self._end(Outcome.PASSED)

    async def _stage(self, stage: Stage) -> None:
        sorter = self._graph.sorter(stage)
        sorter.prepare()
        before = {name: self._evidence[name] for name in self._graph.steps if name in self._evidence}
        ready: deque[str] = deque()
        free = self._plan.width

        def start() -> None:
            nonlocal free
            ready.extend(sorter.get_ready())
            while ready and free:
                free -= 1
                group.start_soon(one, ready.popleft())

        async def one(name: str) -> None:
            nonlocal free
            step = self._graph.steps[name]
            state = await self._step(step, {**before, **self._beside(step, before)})
            free += 1
            if state is StepState.FAILED:
                self._failed = self._failed or step
                group.cancel_scope.cancel()
            if self._failed is None:
                sorter.done(name)
                start()

        async with anyio.create_task_group() as group:
            start()

    def _beside(self, step: Step, before: Mapping[str, Evidence]) -> Mapping[str, Evidence]:
        """What was seen by those steps of its own stage that it needs, directly or not."""
        if not step.needs:
            return {}
        needed = self._graph.before(step.id)
        return {name: seen for name, seen in self._evidence.items() if name in needed and name not in before}

    async def _step(self, step: Step, needs: Mapping[str, Evidence]) -> StepState:
        """Take over its result from the earlier passage or from the cache, or do it."""
        if step.id in self._earlier:
            self._evidence[step.id] = self._earlier[step.id]
            return StepState.SUCCEEDED
        try:
            key = self._key(step, needs)
        except EsclusaError as error:
            return self._finish(step, Evidence(failure=_failure(error)), _failed_state(step))
        kept = self._cache.get(key) if key else None
        if kept is not None:
            return self._finish(step, kept, StepState.SUCCEEDED, cached=True, key=key)
        return await self._do(step, needs, key)

    def _key(self, step: Step, needs: Mapping[str, Evidence]) -> str:
        if not step.cache or step.uses in NEVER_REUSED:
            return ""
        return self._plan.fingerprint(step, needs) or ""

    async def _do(self, step: Step, needs: Mapping[str, Evidence], key: str) -> StepState:
        began = self._clock.monotonic()
        home = self._plan.directory / step.id
        evidence: Evidence | None = None
        try:
            with Log(home / "log", partial(self._plan.on_line, step.id)) as log:
                task = self._task(step, needs, _fresh(home / "work"), log)
                evidence = self._masker.value(await self._attempts(step, task))
        except EsclusaError as error:  # not the action's: its log or its directory
            evidence = Evidence(failure=_failure(error))
        finally:
            self._record.settle(step.id)
            if evidence is None:
                state, evidence = StepState.CANCELLED, Evidence(failure=self._cancelled())
            else:
                state = _failed_state(step) if evidence.failure is not None else StepState.SUCCEEDED
            self._finish(step, evidence, state, seconds=self._clock.monotonic() - began, key=key)
        if state is StepState.SUCCEEDED and key and _whole(evidence):
            self._record.keep(key, evidence)
        return state

    async def _attempts(self, step: Step, task: Task) -> Evidence:
        for attempt in range(1, step.retries + 1):
            evidence = await self._attempt(step, task, attempt)
            if evidence.failure is None:
                return evidence
            pause = PAUSES[min(attempt, len(PAUSES)) - 1]
            task.say(f"attempt {attempt} of {step.retries + 1} failed: {evidence.failure.message}")
            task.say(f"once more in {pause:g} s")
            await self._clock.sleep(pause)
        return await self._attempt(step, task, step.retries + 1)

    async def _attempt(self, step: Step, task: Task, attempt: int) -> Evidence:
        self._record.note(
            StepStarted(run=task.run, step=step.id, attempt=attempt, log=f"runs/{task.run}/{step.id}/log")
        )
        try:
            variables = self._variables(step)
            with anyio.move_on_after(step.timeout) as limit:
                return _checked(await self._plan.build(step).run(replace(task, variables=variables)))
            assert limit.cancelled_caught
            return Evidence(failure=_overdue(step))
        except Exception as error:  # a stranger's action may raise anything; the run goes on to say so
            cause = in_words(_first(error))
            if not isinstance(cause, EsclusaError):
                task.say("".join(traceback.format_exception(cause)).rstrip())
            return Evidence(failure=_failure(cause))

    def _task(self, step: Step, needs: Mapping[str, Evidence], work: Path, log: Log) -> Task:
        run = self._plan.run

        def say(text: str) -> None:
            for line in self._masker.line(text).split("\n"):
                log.say(shell.clean(line))

        def tell(numbers: Mapping[str, str]) -> None:
            self._record.tell(StepTold(run=run, step=step.id, numbers=self._masker.plain(numbers)))

        task = Task(
            run=run,
            step=step,
            commit=self._plan.commit,
            directory=work,
            source=None,
            variables={},
            needs=needs,
            say=say,
            tell=tell,
        )
        source = task.output("source")
        return replace(task, source=Path(source)) if source else task

    def _variables(self, step: Step) -> Mapping[str, str]:
        variables = self._plan.variables(step)
        if step.uses in NEVER_REUSED:
            return variables  # what a deployment starts is to outlive the run, and must not carry its mark
        return {**variables, RUN_VARIABLE: self._plan.run, STEP_VARIABLE: step.id}

    def _finish(
        self,
        step: Step,
        evidence: Evidence,
        state: StepState,
        *,
        cached: bool = False,
        seconds: float = 0.0,
        key: str = "",
    ) -> StepState:
        self._evidence[step.id] = evidence
        self._record.note(
            StepFinished(
                run=self._plan.run,
                step=step.id,
                state=state,
                evidence=evidence,
                cached=cached,
                seconds=seconds,
                key=key,
            )
        )
        return state

    def _judge(self, stage: Stage) -> Judgement | None:
        """Judge the gates that this stage was the last to give evidence for; the first that stays closed."""
        closed = None
        for judgement in self._plan.judge(stage, self._evidence):
            self._judgements[judgement.gate] = judgement
            self._record.note(GateJudged(run=self._plan.run, judgement=judgement))
            if not judgement.opens:
                closed = closed or judgement
        return closed

    def _cancelled(self) -> Failure:
        why = f"because {self._failed.id} failed" if self._failed is not None else "by an interruption"
        return Failure(reason="cancelled", message=f"stopped {why}")

    def _why_failed(self, step: Step) -> str:
        failure = self._evidence[step.id].failure
        return f"{step.id}: {failure.message}" if failure is not None else step.id

    def _end(self, outcome: Outcome, reason: str = "", step: str = "") -> Ended:
        return Ended(
            outcome=outcome,
            reason=reason,
            step=step,
            evidence=self._evidence,
            judgements=tuple(self._judgements.values()),
        )


def _fresh(directory: Path) -> Path:
    """The directory, empty: an attempt that was interrupted may have left something in it."""
    try:
        if directory.exists():
            shutil.rmtree(directory)
        directory.mkdir()
    except OSError as error:
        raise OutsideError(
            f"{directory} cannot be made: {error.strerror}", mend="free some space, see who owns it"
        ) from error
    return directory


def _whole(evidence: Evidence) -> bool:
    """Whether every case was answered: what errors came to once is no result to use again."""
    coverage = evidence.coverage
    return coverage is None or coverage.seen == coverage.total


def _failed_state(step: Step) -> StepState:
    return StepState.TOLERATED if step.allow_failure else StepState.FAILED


def _checked(evidence: object) -> Evidence:
    if not isinstance(evidence, Evidence):
        raise TypeError(f"an action returns Evidence, and this one returned {type(evidence).__name__}")
    return evidence


def _overdue(step: Step) -> Failure:
    return Failure(
        reason="timeout",
        message=f"took longer than {step.timeout:g} s and was stopped",
        mend=f"give `{step.id}` a longer `timeout:`, or see in its log what it waited for",
    )


def _failure(error: BaseException) -> Failure:
    if isinstance(error, EsclusaError):
        reason: Literal["outside", "step"] = "outside" if isinstance(error, OutsideError) else "step"
        return Failure(reason=reason, message=error.message, mend=error.mend)
    return Failure(
        reason="step",
        message=f"{type(error).__name__}: {error}",
        detail="".join(traceback.format_exception(error)),
        mend="this is a bug of the action; its log has the traceback",
    )


def _first(error: BaseException) -> BaseException:
    """Of a group of errors one that was meant for the user, or else the first."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    causes = [_first(each) for each in error.exceptions]
    return next((cause for cause in causes if isinstance(cause, EsclusaError)), causes[0])
