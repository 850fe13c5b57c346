"""What was done need not be done again, what must be done anew is, and both are said."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from esclusa.core.action import Task
from esclusa.core.errors import StepFailed
from esclusa.core.events import StepFinished
from esclusa.core.evidence import Coverage, Evidence, Failure
from esclusa.core.project import Step
from esclusa.core.run import Outcome, StepState
from esclusa.core.value import digest
from tests.pipeline.pipelines import Pipeline, step

FAILED = Evidence(failure=Failure(reason="step", message="no"))


def counting(pipeline: Pipeline, *names: str, evidence: Evidence | None = None) -> list[str]:
    """Let these steps note that they were done."""
    done: list[str] = []

    async def deed(task: Task) -> Evidence:
        done.append(task.step.id)
        return evidence or Evidence(outputs={"by": task.step.id})

    pipeline.deeds.update(dict.fromkeys(names, deed))
    return done


def test_the_same_content_is_done_once_and_marked_as_reused(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("a.one"), step("b.two"))
    pipeline.keys = lambda step, _needs: step.id
    done = counting(pipeline, "a.one", "b.two")
    first, second = pipeline.run("r1"), pipeline.run("r2")
    assert done == ["a.one", "b.two"]
    assert second.evidence == first.evidence
    assert pipeline.finished()[2:] == [
        StepFinished(
            run="r2",
            step=name,
            state=StepState.SUCCEEDED,
            evidence=Evidence(outputs={"by": name}),
            cached=True,
            key=name,
        )
        for name in ("a.one", "b.two")
    ]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"uses": "deploy"}, "key"),
        ({"uses": "health"}, "key"),
        ({"cache": False}, "key"),
        ({}, None),
    ],
)
def test_some_steps_are_always_done(changes: dict[str, Any], key: str | None, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("a.one", **changes))
    pipeline.keys = lambda _step, _needs: key
    done = counting(pipeline, "a.one")
    pipeline.run()
    pipeline.run()
    assert done == ["a.one", "a.one"]
    assert pipeline.cache.results == {}


@pytest.mark.parametrize("changes", [{}, {"allow_failure": True}])
def test_a_failure_is_never_kept(changes: dict[str, Any], tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("a.one", **changes))
    pipeline.keys = lambda _step, _needs: "key"
    done = counting(pipeline, "a.one", evidence=FAILED)
    pipeline.run()
    pipeline.run()
    assert done == ["a.one", "a.one"]


@pytest.mark.parametrize(("seen", "times"), [(3, 1), (2, 2)], ids=["all seen", "one with an error"])
def test_an_evaluation_with_errors_is_made_again(seen: int, times: int, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, step("a.one"))
    pipeline.keys = lambda _step, _needs: "key"
    coverage = Coverage(total=3, seen=seen, errored=3 - seen)
    done = counting(pipeline, "a.one", evidence=Evidence(coverage=coverage))
    pipeline.run("r1")
    pipeline.run("r2")
    assert done == ["a.one"] * times


def test_a_key_that_cannot_be_found_out_is_the_steps_failure(tmp_path: Path) -> None:
    def key(_step: Step, _needs: Mapping[str, Evidence]) -> str:
        raise StepFailed("its input 'data' is not in the commit")

    pipeline = Pipeline(tmp_path, step("a.one"))
    pipeline.keys = key
    ended = pipeline.run()
    assert (ended.outcome, ended.reason) == (Outcome.FAILED, "a.one: its input 'data' is not in the commit")
    assert pipeline.states() == {"a.one": StepState.FAILED}


def test_a_resumed_run_repeats_nothing_that_succeeded(tmp_path: Path) -> None:
    pipeline = Pipeline(
        tmp_path, step("a.one"), step("a.two", allow_failure=True), step("b.three"), step("c.four")
    )
    done = counting(pipeline, "a.one", "c.four")
    tried = counting(pipeline, "a.two", "b.three", evidence=FAILED)
    assert pipeline.run("r").outcome is Outcome.FAILED
    earlier = tuple(pipeline.finished())
    again = counting(pipeline, "b.three")
    ended = pipeline.run("r", earlier=earlier)
    assert ended.outcome is Outcome.PASSED
    assert done == ["a.one", "c.four"]
    assert tried == ["a.two", "b.three", "a.two"]
    assert again == ["b.three"]
    assert ended.evidence["a.one"] == Evidence(outputs={"by": "a.one"})
    assert [event.step for event in pipeline.finished()[len(earlier) :]] == ["a.two", "b.three", "c.four"]


def test_a_resumed_deployment_that_succeeded_is_not_repeated_though_it_is_never_reused(
    tmp_path: Path,
) -> None:
    pipeline = Pipeline(
        tmp_path, step("deploy.staging", uses="deploy"), step("deploy.smoke", "deploy.staging")
    )
    done = counting(pipeline, "deploy.staging")
    counting(pipeline, "deploy.smoke", evidence=FAILED)
    pipeline.run("r")
    pipeline.run("r", earlier=tuple(pipeline.finished()))
    assert done == ["deploy.staging"]


NAMES = ("a.one", "a.two", "a.three", "b.four", "b.five", "c.six")


class Rebuilding(RuleBasedStateMachine):
    """Inputs change, steps break and are mended, runs come and go: a step is done just when something that it is
    made of is not what it was the last time it succeeded.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.contents = dict.fromkeys(NAMES, 0)
        self.broken: set[str] = set()
        self.done: list[str] = []
        self.made: dict[str, set[str]] = {name: set() for name in NAMES}

    def teardown(self) -> None:
        self.folder.cleanup()

    @initialize(data=st.data())
    def draw_a_pipeline(self, data: st.DataObject) -> None:
        steps = []
        for number, name in enumerate(NAMES):
            near = [other for other in NAMES[:number] if other[0] == name[0]]
            needs = data.draw(st.lists(st.sampled_from(near), unique=True)) if near else []
            steps.append(step(name, *needs))
        self.pipeline = Pipeline(Path(self.folder.name), *steps)
        self.pipeline.keys = self.key
        self.pipeline.deeds = dict.fromkeys(NAMES, self.deed)
        self.needs = {each.id: each.needs for each in steps}

    def key(self, step: Step, needs: Mapping[str, Evidence]) -> str:
        return digest(
            [step.id, self.contents[step.id], sorted((n, e.outputs["made"]) for n, e in needs.items())]
        )

    async def deed(self, task: Task) -> Evidence:
        name = task.step.id
        if name in self.broken:
            return FAILED
        self.done.append(name)
        return Evidence(outputs={"made": self.key(task.step, task.needs)})

    @rule(name=st.sampled_from(NAMES), content=st.integers(0, 2))
    def change(self, name: str, content: int) -> None:
        self.contents[name] = content

    @rule(name=st.sampled_from(NAMES))
    def break_or_mend(self, name: str) -> None:
        self.broken ^= {name}

    @rule(width=st.integers(1, 4))
    def run(self, width: int) -> None:
        self.done.clear()
        ended = self.pipeline.run(width=width)
        fresh = [name for name in NAMES if self.made_of(name) not in self.made[name]]
        assert len(self.done) == len(set(self.done))
        if ended.outcome is Outcome.PASSED:
            assert sorted(self.done) == sorted(fresh)
        else:
            assert ended.step in self.broken
            assert set(self.done) < set(fresh)
        for name in self.done:
            self.made[name].add(self.made_of(name))
        for name, seen in ended.evidence.items():
            if seen.failure is None:
                assert seen.outputs["made"] == self.made_of(name)

    def made_of(self, name: str) -> str:
        """What the step's result would be, worked out without the runner."""
        before = {other for other in NAMES if other[0] < name[0]}
        ahead = list(self.needs[name])
        while ahead:
            near = ahead.pop()
            before.add(near)
            ahead.extend(self.needs[near])
        return digest([name, self.contents[name], sorted((other, self.made_of(other)) for other in before)])

    @invariant()
    def nothing_broken_is_ever_kept(self) -> None:
        if hasattr(self, "pipeline"):
            assert all(kept.failure is None for kept in self.pipeline.cache.results.values())


class TestRebuilding(Rebuilding.TestCase):  # type: ignore[valid-type, misc]
    settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
