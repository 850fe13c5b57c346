"""What a name on the command line stands for: a run, a release, a log."""

from pathlib import Path

import pytest

from esclusa.core.errors import UsageError
from esclusa.core.events import RunFinished, RunStarted, StepFinished, StepStarted
from esclusa.core.evidence import Evidence
from esclusa.core.run import Outcome, StepState
from esclusa.core.value import replace
from esclusa.workspace.logs import Log, logs
from esclusa.workspace.opened import Opened
from esclusa.workspace.releases import find_release
from esclusa.workspace.show import find_run
from tests.workspace.projects import opened_project, opened_with_releases


def with_run(opened: Opened, run: str, *, failing: str = "", begun: bool = True, key: str = "") -> Opened:
    """One more run of two steps, of which one may have failed."""
    journal = opened.store.journal
    steps = ("test.unit", "eval.quality")
    journal.append(RunStarted(run=run, project="p", commit="c", steps=steps))
    for step in steps if begun else ():
        log = f"runs/{run}/{step}/log"
        (opened.state / log).parent.mkdir(parents=True)
        (opened.state / log).write_text(f"one of {step}\ntwo of {step}\n")
        state = StepState.FAILED if step == failing else StepState.SUCCEEDED
        journal.append(
            StepStarted(run=run, step=step, log=log),
            StepFinished(run=run, step=step, state=state, evidence=Evidence(), key=key and f"{key}{step}"),
        )
    journal.append(RunFinished(run=run, outcome=Outcome.FAILED if failing else Outcome.PASSED))
    return opened


def test_a_run_is_named_by_its_id_a_part_of_it_or_not_at_all(tmp_path: Path) -> None:
    opened = opened_project(tmp_path)
    for name in ("run-1-ab", "run-2-ab", "run-2-abc"):
        with_run(opened, name)
    assert find_run(opened).id == "run-2-abc"
    assert find_run(opened, "1-a").id == "run-1-ab"
    assert find_run(opened, "run-2-ab").id == "run-2-ab"
    with pytest.raises(UsageError, match="'ab' names 3 runs"):
        find_run(opened, "ab")
    with pytest.raises(UsageError, match="there is no run 'x'"):
        find_run(opened, "x")


def test_before_the_first_run_the_mend_is_to_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no run yet\n  mend: esclusa run"):
        find_run(opened_project(tmp_path))


def test_a_release_is_named_by_a_beginning_of_its_id_or_by_its_commit(tmp_path: Path) -> None:
    opened = opened_with_releases(tmp_path)
    twin = opened.store.releases.all()[-1]
    opened.store.releases.add(replace(twin, id="b" * 63 + "0"))
    with pytest.raises(UsageError, match="'bbb' names 2 releases"):
        find_release(opened, "bbb")
    assert find_release(opened, "cccc").commit == "c"
    assert find_release(opened, "e").id == "e" * 64
    for name in ("", "x"):
        with pytest.raises(UsageError, match=f"there is no release '{name}'"):
            find_release(opened, name)


def test_a_log_is_named_by_its_step_its_run_or_both(tmp_path: Path) -> None:
    opened = opened_project(tmp_path)
    with_run(with_run(opened, "run-1", failing="test.unit"), "run-2")
    quality = Log(name="run-2/eval.quality", lines=("two of eval.quality",))
    assert logs(opened, "", 1) == (quality,)
    assert logs(opened, "eval.quality", 1) == (quality,)
    assert logs(opened, "quality", 1) == (quality,)
    assert logs(opened, "run-1/", 1) == logs(opened, "run-1", 1)
    assert logs(opened, "run-1", 2) == (
        Log(name="run-1/test.unit", lines=("one of test.unit", "two of test.unit")),
    )
    assert logs(opened, "run-1/eval.quality", 1) == (
        Log(name="run-1/eval.quality", lines=("two of eval.quality",)),
    )
    with pytest.raises(
        UsageError, match=r"run run-2 has no step 'eval\.x'\n  mend: its steps: test\.unit, eval"
    ):
        logs(opened, "eval.x", 1)


def test_the_logs_of_an_eval_are_its_agents_too_and_of_a_result_used_again_those_of_its_run(
    tmp_path: Path,
) -> None:
    opened = with_run(opened_project(tmp_path), "run-1", key="k")
    served = opened.state / "targets" / "eval-quality-run-1" / "logs"
    served.mkdir(parents=True)
    (served / "abc-0.log").write_text("asked\nanswered\n")
    (served / "router.log").write_text("noise\n")
    told = (
        Log(name="run-1/eval.quality", lines=("two of eval.quality",)),
        Log(name="run-1/eval.quality: abc-0", lines=("answered",)),
    )
    assert logs(opened, "eval.quality", 1) == told
    with_run(opened, "run-2", begun=False)
    again = StepFinished(
        run="run-2",
        step="eval.quality",
        state=StepState.SUCCEEDED,
        evidence=Evidence(),
        cached=True,
        key="keval.quality",
    )
    opened.store.journal.append(again)
    assert find_run(opened).steps[1].cached_from == "run-1"
    assert logs(opened, "quality", 1) == told
    assert logs(opened, "", 1) == told


def test_the_logs_of_an_environment_are_those_of_its_programs(tmp_path: Path) -> None:
    opened = opened_project(tmp_path)
    directory = opened.state / "targets" / "production"
    (directory / "r-0").mkdir(parents=True)
    (directory / "r-0" / "agent.log").write_text("up\n")
    assert logs(opened, "production", 5) == (Log(name="r-0/agent.log", lines=("up",)),)


def test_a_step_that_wrote_no_log_is_said_to_have_none(tmp_path: Path) -> None:
    opened = with_run(opened_project(tmp_path), "run-1", begun=False)
    with pytest.raises(UsageError, match="run run-1 has written no log"):
        logs(opened, "", 1)
    with pytest.raises(UsageError, match=r"step test\.unit of run run-1 has written no log"):
        logs(opened, "test.unit", 1)
