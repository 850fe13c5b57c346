"""The runner: order, width, failure, time, attempts, gates, and what it leaves in journal and log."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from esclusa.core.action import Task
from esclusa.core.errors import ConfigurationError, OutsideError, StepFailed, UsageError
from esclusa.core.events import GateJudged, RunStarted, StepFinished, StepStarted, StepTold
from esclusa.core.evidence import Evidence, Failure, Rate
from esclusa.core.gate import Judgement, Mode, Verdict
from esclusa.core.project import Stage
from esclusa.core.run import Outcome, StepState
from esclusa.core.secret import Secret
from esclusa.core.value import encode, replace
from esclusa.pipeline.runner import PAUSES, Ended
from tests.pipeline.pipelines import Deed, Pipeline, step

FAILED = Evidence(failure=Failure(reason="step", message="it broke", exit_code=3))


async def fail(_task: Task) -> Evidence:
    return FAILED


async def wait(_task: Task) -> Evidence:
    await anyio.sleep_forever()
    raise AssertionError


def raising(error: BaseException) -> Deed:
    async def deed(_task: Task) -> Evidence:
        raise error

    return deed


def seeing(evidence: Evidence) -> Deed:
    async def deed(_task: Task) -> Evidence:
        return evidence

    return deed


def test_a_run_without_trouble_is_told_step_by_step(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("build.one"), step("test.two"))
    seen = Evidence(outputs={"release": "abc"}, measurements={"accuracy": Rate(hits=9, n=10)})
    pipeline.deeds = {"build.one": seeing(seen)}
    ended = pipeline.run("r")
    assert ended == Ended(outcome=Outcome.PASSED, evidence={"build.one": seen, "test.two": Evidence()})
    assert [replace(e, seconds=0.0) if isinstance(e, StepFinished) else e for e in pipeline.events] == [
        StepStarted(run="r", step="build.one", log="runs/r/build.one/log"),
        StepFinished(run="r", step="build.one", state=StepState.SUCCEEDED, evidence=seen),
        StepStarted(run="r", step="test.two", log="runs/r/test.two/log"),
        StepFinished(run="r", step="test.two", state=StepState.SUCCEEDED, evidence=Evidence()),
    ]
    assert pipeline.journal.events == pipeline.events


def test_steps_run_side_by_side_unless_they_need_each_other(tmp_path: Path) -> None:
    """The three would never end if one of them had to wait for another."""
    pipeline = Pipeline(
        tmp_path,
        step("a.one"),
        step("a.two"),
        step("a.three"),
        step("a.last", "a.one", "a.two"),
        step("b.next"),
    )
    ended: list[str] = []

    async def main() -> None:
        meeting = anyio.Event()
        there: list[str] = []

        async def meet(task: Task) -> Evidence:
            there.append(task.step.id)
            if len(there) == 3:
                meeting.set()
            await meeting.wait()
            ended.append(task.step.id)
            return Evidence()

        async def note(task: Task) -> Evidence:
            ended.append(task.step.id)
            return Evidence()

        names = ("a.one", "a.two", "a.three")
        pipeline.deeds = {**dict.fromkeys(names, meet), "a.last": note, "b.next": note}
        with anyio.fail_after(30):
            await pipeline.passes()

    anyio.run(main)
    assert set(ended[:3]) == {"a.one", "a.two", "a.three"}
    assert ended[3:] == ["a.last", "b.next"]


def test_no_more_run_at_once_than_the_width_allows(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, *(step(f"a.{number}") for number in range(12)))
    running, most = 0, 0

    async def count(_task: Task) -> Evidence:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(5):
            await anyio.lowlevel.checkpoint()
        running -= 1
        return Evidence()

    pipeline.deeds = {f"a.{number}": count for number in range(12)}
    assert pipeline.run(width=3).outcome is Outcome.PASSED
    assert most == 3


def test_a_step_sees_the_evidence_of_those_before_it_and_of_no_others(tmp_path: Path) -> None:
    pipeline = Pipeline(
        tmp_path,
        step("a.one"),
        step("a.far", "a.one"),
        step("a.side"),
        step("b.two", "b.three"),
        step("b.three"),
    )
    seen: dict[str, list[str]] = {}

    async def look(task: Task) -> Evidence:
        seen[task.step.id] = list(task.needs)
        return Evidence(outputs={"by": task.step.id})

    pipeline.deeds = dict.fromkeys(["a.one", "a.far", "a.side", "b.two", "b.three"], look)
    pipeline.run()
    assert seen == {
        "a.one": [],
        "a.far": ["a.one"],
        "a.side": [],
        "b.three": ["a.one", "a.far", "a.side"],
        "b.two": ["a.one", "a.far", "a.side", "b.three"],
    }


def test_a_step_has_an_empty_directory_a_source_and_its_variables(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("source.checkout"), step("test.unit"))
    left = tmp_path / "runs" / "r" / "test.unit" / "work"
    left.mkdir(parents=True)
    (left / "junk").touch()
    tasks: list[Task] = []

    async def look(task: Task) -> Evidence:
        assert list(task.directory.iterdir()) == []
        tasks.append(task)
        return Evidence(outputs={"source": "/the/checkout"})

    pipeline.deeds = {"source.checkout": look, "test.unit": look}
    pipeline.run("r")
    assert [task.source for task in tasks] == [None, Path("/the/checkout")]
    assert tasks[1].variables == {
        **pipeline.variables,
        "ESCLUSA_RUN": "r",
        "ESCLUSA_STEP": "test.unit",
    }
    assert (tasks[1].run, tasks[1].commit, tasks[1].directory) == ("r", "c", left)


def test_what_a_deployment_starts_does_not_carry_the_mark_of_the_run(tmp_path: Path) -> None:
    """It is to outlive the run; a sweep must not find it."""
    pipeline = Pipeline(tmp_path, step("deploy.production", uses="deploy"))
    variables: list[object] = []

    async def look(task: Task) -> Evidence:
        variables.append(task.variables)
        return Evidence()

    pipeline.deeds = {"deploy.production": look}
    pipeline.run()
    assert variables == [pipeline.variables]


def test_a_failing_step_ends_the_others_and_what_comes_later_never_begins(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("a.bad"), step("a.waiting"), step("a.after", "a.bad"), step("b.later"))
    pipeline.deeds = {"a.bad": fail, "a.waiting": wait}
    ended = pipeline.run()
    assert (ended.outcome, ended.reason, ended.step) == (Outcome.FAILED, "a.bad: it broke", "a.bad")
    assert pipeline.states() == {"a.bad": StepState.FAILED, "a.waiting": StepState.CANCELLED}
    assert ended.evidence["a.waiting"].failure == Failure(
        reason="cancelled", message="stopped because a.bad failed"
    )


def test_a_failure_that_is_allowed_is_tolerated_and_seen_by_others(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("a.bad", allow_failure=True), step("b.later"))
    seen: list[Failure | None] = []

    async def look(task: Task) -> Evidence:
        seen.append(task.needs["a.bad"].failure)
        return Evidence()

    pipeline.deeds = {"a.bad": fail, "b.later": look}
    assert pipeline.run().outcome is Outcome.PASSED
    assert pipeline.states() == {"a.bad": StepState.TOLERATED, "b.later": StepState.SUCCEEDED}
    assert seen == [FAILED.failure]


def test_a_step_whose_time_is_over_is_stopped_and_says_so(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("a.slow", timeout=0.05))
    stopped: list[str] = []

    async def slow(_task: Task) -> Evidence:
        try:
            return await wait(_task)
        finally:
            stopped.append("stopped")

    pipeline.deeds = {"a.slow": slow}
    ended = pipeline.run()
    assert ended.reason == "a.slow: took longer than 0.05 s and was stopped"
    failure = ended.evidence["a.slow"].failure
    assert failure is not None
    assert (failure.reason, stopped) == ("timeout", ["stopped"])
    assert "timeout:" in failure.mend


@pytest.mark.parametrize(
    ("error", "reason", "message"),
    [
        (OutsideError("the mirror is down", mend="wait"), "outside", "the mirror is down"),
        (StepFailed("no"), "step", "no"),
        (UsageError("wrong"), "step", "wrong"),
        (ExceptionGroup("several", [ValueError("x"), OutsideError("down")]), "outside", "down"),
        (ValueError("a bug"), "step", "ValueError: a bug"),
        (
            OSError(28, "No space left on device", "/x"),
            "outside",
            "/x cannot be written: No space left on device",
        ),
        (ExceptionGroup("one", [ExceptionGroup("deep", [KeyError("k")])]), "step", "KeyError: 'k'"),
    ],
)
def test_whatever_an_action_raises_is_a_failure(
    error: Exception, reason: str, message: str, tmp_path: Path
) -> None:
    pipeline = Pipeline(tmp_path, step("a.one"))
    pipeline.deeds = {"a.one": raising(error)}
    failure = pipeline.run().evidence["a.one"].failure
    assert failure is not None
    assert (failure.reason, failure.message) == (reason, message)


def test_only_a_bug_has_its_traceback_in_the_log(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("a.bug", allow_failure=True), step("b.expected"))
    pipeline.deeds = {"a.bug": raising(ValueError("oh")), "b.expected": raising(StepFailed("no"))}
    pipeline.run("r")
    log = (tmp_path / "runs/r/a.bug/log").read_text()
    assert log.startswith("Traceback (most recent call last):")
    assert log.endswith("ValueError: oh\n")
    assert (tmp_path / "runs/r/b.expected/log").read_text() == ""


def test_an_action_that_returns_something_else_has_a_bug(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("a.one"))
    pipeline.deeds = {"a.one": seeing(None)}  # type: ignore[arg-type]
    assert pipeline.run().reason == (
        "a.one: TypeError: an action returns Evidence, and this one returned NoneType"
    )


def test_an_action_that_cannot_be_built_and_variables_that_are_not_there_are_failures(tmp_path: Path) -> None:
    def no_secret(_step: object) -> dict[str, str]:
        raise ConfigurationError("the secret TOKEN is not set", mend="export TOKEN")

    pipeline = Pipeline(tmp_path, step("a.one"))
    ended = pipeline.run(variables=no_secret)
    assert (ended.outcome, ended.reason) == (Outcome.FAILED, "a.one: the secret TOKEN is not set")
    failure = ended.evidence["a.one"].failure
    assert failure is not None
    assert failure.mend == "export TOKEN"


def test_a_log_that_cannot_be_written_is_a_failure_too(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("a.one"))
    (tmp_path / "runs" / "r").mkdir(parents=True)
    (tmp_path / "runs" / "r" / "a.one").write_text("in the way")
    ended = pipeline.run("r")
    assert ended.outcome is Outcome.FAILED
    assert "a.one/log cannot be written: File exists" in ended.reason


def failing(times: int) -> Callable[[Task], Awaitable[Evidence]]:
    left = times

    async def deed(_task: Task) -> Evidence:
        nonlocal left
        left -= 1
        return FAILED if left >= 0 else Evidence()

    return deed


@pytest.mark.parametrize(
    ("failures", "attempts", "state"),
    [(0, 1, StepState.SUCCEEDED), (2, 3, StepState.SUCCEEDED), (3, 3, StepState.FAILED)],
)
def test_a_step_is_tried_as_often_as_it_may_be_and_no_oftener(
    failures: int, attempts: int, state: StepState, tmp_path: Path
) -> None:
    pipeline = Pipeline(tmp_path, step("a.flaky", retries=2))
    pipeline.deeds = {"a.flaky": failing(failures)}
    pipeline.run()
    started = [event.attempt for event in pipeline.events if isinstance(event, StepStarted)]
    assert started == list(range(1, attempts + 1))
    assert pipeline.states() == {"a.flaky": state}
    assert [seconds for seconds in pipeline.clock.slept if seconds in PAUSES] == list(PAUSES[: attempts - 1])


def judgement(gate: str, verdict: Verdict, mode: Mode = Mode.BLOCK) -> Judgement:
    return Judgement(gate=gate, mode=mode, verdict=verdict, rules=(), sentence=f"{gate} says {verdict}")


def test_a_gate_is_judged_over_all_that_was_seen_before_the_next_stage_begins(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("eval.quality"), step("deploy.production"))
    passed = judgement("quality", Verdict.PASS)
    asked: list[tuple[str, list[str]]] = []
    in_journal: list[bool] = []

    def judge(stage: Stage, seen: object) -> Sequence[Judgement]:
        asked.append((stage.name, sorted(seen)))  # type: ignore[call-overload]
        return [passed] if stage.name == "eval" else []

    async def look(_task: Task) -> Evidence:
        in_journal.append(GateJudged(run="r", judgement=passed) in pipeline.journal.events)
        return Evidence()

    pipeline.judge = judge
    pipeline.deeds = {"deploy.production": look}
    ended = pipeline.run("r")
    assert asked == [("eval", ["eval.quality"]), ("deploy", ["deploy.production", "eval.quality"])]
    assert in_journal == [True]
    assert (ended.outcome, ended.judgements) == (Outcome.PASSED, (passed,))


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.UNDECIDED, Verdict.MISSING])
def test_a_gate_that_does_not_open_blocks_and_its_sentence_is_the_reason(
    verdict: Verdict, tmp_path: Path
) -> None:
    pipeline = Pipeline(tmp_path, step("eval.quality"), step("deploy.production"))
    verdicts = [
        judgement("warned", Verdict.FAIL, Mode.WARN),
        judgement("quality", verdict),
        judgement("later", Verdict.FAIL),
    ]
    pipeline.judge = lambda _stage, _seen: verdicts
    ended = pipeline.run("r")
    assert (ended.outcome, ended.reason) == (Outcome.BLOCKED, f"quality says {verdict}")
    assert ended.judgements == tuple(verdicts)
    assert pipeline.states() == {"eval.quality": StepState.SUCCEEDED}
    assert pipeline.journal.events[-3:] == [GateJudged(run="r", judgement=each) for each in verdicts]


def test_a_gate_that_warns_stops_nothing(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("eval.quality"), step("deploy.production"))
    pipeline.judge = lambda _stage, _seen: [judgement("quality", Verdict.MISSING, Mode.WARN)]
    assert pipeline.run().outcome is Outcome.PASSED


def test_no_gate_is_judged_after_a_failure(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("eval.quality"))
    pipeline.deeds = {"eval.quality": fail}
    pipeline.judge = lambda _stage, _seen: [judgement("quality", Verdict.PASS)]
    ended = pipeline.run()
    assert (ended.outcome, ended.judgements) == (Outcome.FAILED, ())


def test_cancelling_stops_every_step_and_the_journal_says_so(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("a.one"), step("a.two"), step("b.three"))
    pipeline.deeds = {"a.two": wait}

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(pipeline.passes)
            while len(pipeline.events) < 3:
                await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()

    anyio.run(main)
    assert pipeline.states() == {"a.one": StepState.SUCCEEDED, "a.two": StepState.CANCELLED}
    assert pipeline.finished()[-1].evidence.failure == Failure(
        reason="cancelled", message="stopped by an interruption"
    )
    assert pipeline.journal.events == pipeline.events


def test_a_secret_shows_nowhere(tmp_path: Path) -> None:
    secret = "correct horse battery staple"
    pipeline = Pipeline(tmp_path, step("a.one", retries=1), step("b.two"))
    pipeline.secrets = (Secret(secret),)
    handed: list[str] = []

    async def leak(task: Task) -> Evidence:
        task.say(f"one {secret}\ntwo {secret}")
        task.tell({"token": secret})
        return Evidence(
            outputs={"token": secret}, failure=Failure(reason="step", message=f"no {secret}", detail=secret)
        )

    async def bug(task: Task) -> Evidence:
        handed.append(task.needs["a.one"].outputs["token"])
        raise ValueError(secret)

    pipeline.stages = (
        replace(pipeline.stages[0], steps=(replace(pipeline.stages[0].steps[0], allow_failure=True),)),
        pipeline.stages[1],
    )
    pipeline.deeds = {"a.one": leak, "b.two": bug}
    ended = pipeline.run()
    assert ended.reason == "b.two: ValueError: ***"
    everything = encode([pipeline.journal.recorded, pipeline.lines, ended.evidence]).decode()
    everything += "".join(path.read_text() for path in tmp_path.rglob("log"))
    assert secret not in everything
    assert everything.count("***") > 10
    assert handed == ["***"]


def test_a_log_is_what_was_shown_live_line_by_line(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("a.one"))
    seen_in_file: list[str] = []

    async def talk(task: Task) -> Evidence:
        task.say("first")
        seen_in_file.append((tmp_path / "runs/r/a.one/log").read_text())
        task.say("\x1b[31mred\x1b[0m\nthird")
        return Evidence()

    pipeline.deeds = {"a.one": talk}
    pipeline.run("r")
    assert seen_in_file == ["first\n"]
    assert (tmp_path / "runs/r/a.one/log").read_text() == "first\nred\nthird\n"
    assert pipeline.lines == [("a.one", "first"), ("a.one", "red"), ("a.one", "third")]


def test_numbers_may_be_told_often_and_are_kept_about_once_a_second(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("a.one"))

    async def count(task: Task) -> Evidence:
        for number in range(1000):
            task.tell({"cases": f"{number}/1000"})
            pipeline.clock.seconds += 0.01
        return Evidence()

    pipeline.deeds = {"a.one": count}
    pipeline.run("r")
    told = [event.numbers["cases"] for event in pipeline.events if isinstance(event, StepTold)]
    assert 9 <= len(told) <= 12
    assert told[0] == "0/1000"


def test_the_last_numbers_are_shown_even_if_nothing_follows_for_long(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("a.one"))

    async def count(task: Task) -> Evidence:
        for number in range(3):
            task.tell({"cases": str(number)})
        with anyio.fail_after(30):
            while StepTold(run="r", step="a.one", numbers={"cases": "2"}) not in pipeline.journal.events:
                await anyio.lowlevel.checkpoint()
        return Evidence()

    pipeline.deeds = {"a.one": count}
    assert pipeline.run("r").outcome is Outcome.PASSED


def test_many_short_steps_share_few_transactions(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, *(step(f"a.{number}") for number in range(50)))
    batches: list[int] = []
    append = pipeline.journal.append

    def count(*events: RunStarted) -> None:
        if events:
            batches.append(len(events))
        append(*events)

    pipeline.journal.append = count  # type: ignore[method-assign, assignment]
    pipeline.run()
    assert sum(batches) == 100
    assert len(batches) <= 10


def test_a_store_that_cannot_be_written_ends_the_run_in_its_own_words(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("a.one"), step("a.two"))
    pipeline.deeds = {"a.two": wait}

    def full(*_events: object) -> None:
        raise OutsideError("the disk is full; nothing was written")

    pipeline.journal.append = full  # type: ignore[method-assign]
    with pytest.raises(OutsideError, match="the disk is full"):
        pipeline.run()
