"""The graph: what needs what, in which order, and what is wrong with it in words."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.errors import ConfigurationError
from esclusa.core.project import Step
from esclusa.pipeline.graph import Graph
from tests.pipeline.pipelines import stages, step

USUAL = stages(
    step("source.checkout"),
    step("source.dependencies", "source.checkout"),
    step("build.artifact"),
    step("build.sbom", "build.artifact"),
    step("test.unit"),
    step("test.integration"),
    step("test.report", "test.unit", "test.integration", "build.sbom"),
)


def test_steps_of_a_stage_come_in_waves() -> None:
    graph = Graph(USUAL)
    waves = [[[step.id for step in wave] for wave in graph.levels(stage)] for stage in graph.stages]
    assert waves == [
        [["source.checkout"], ["source.dependencies"]],
        [["build.artifact"], ["build.sbom"]],
        [["test.unit", "test.integration"], ["test.report"]],
    ]


def test_every_step_of_an_earlier_stage_is_needed_without_being_named() -> None:
    graph = Graph(USUAL)
    assert graph.before("build.artifact") == {"source.checkout", "source.dependencies"}
    assert graph.before("test.unit") == {
        "source.checkout",
        "source.dependencies",
        "build.artifact",
        "build.sbom",
    }
    assert graph.before("source.checkout") == frozenset()


def test_a_failure_reaches_what_needs_it_and_all_that_comes_later() -> None:
    graph = Graph(USUAL)
    assert graph.after("test.unit") == {"test.report"}
    assert graph.after("build.artifact") == {"build.sbom", "test.unit", "test.integration", "test.report"}
    assert graph.after("test.unit", "test.integration") == {"test.report"}
    assert graph.after() == frozenset()


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            [step("a.one", "a.three"), step("a.two", "a.one"), step("a.three", "a.two"), step("a.four")],
            "these steps need each other in a circle: ",
        ),
        ([step("a.one", "a.one")], "these steps need each other in a circle: a.one -> a.one"),
        ([step("a.one", "a.two")], "needs `a.two`, and there is no such step"),
        ([step("a.one", "b.two"), step("b.two")], "needs `b.two`, which is of a later stage"),
        ([step("a.one"), step("a.one")], "there are two steps `a.one`"),
    ],
)
def test_a_wrong_graph_is_refused_by_name(steps: list[Step], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Graph(stages(*steps))
    assert message in caught.value.message
    assert caught.value.key.startswith("stages.a.")


def test_a_circle_is_named_in_the_direction_of_need() -> None:
    circle = [step("a.one", "a.three"), step("a.two", "a.one"), step("a.three", "a.two")]
    with pytest.raises(ConfigurationError) as caught:
        Graph(stages(*circle))
    names = caught.value.message.rpartition(": ")[2].split(" -> ")
    needs = {given.id: given.needs for given in circle}
    assert names[0] == names[-1]
    assert all(needed in needs[name] for name, needed in pairwise(names))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Up to four stages of up to five steps; a step may need any that stands before it."""
    names = [
        f"s{stage}.{number}"
        for stage in range(draw(st.integers(1, 4)))
        for number in range(draw(st.integers(1, 5)))
    ]
    steps = []
    for i, name in enumerate(names):
        needs = draw(st.lists(st.sampled_from(names[:i]), unique=True, max_size=3)) if i else []
        steps.append(step(name, *needs))
    return Graph(stages(*steps))


@given(graphs())
def test_before_and_after_are_the_same_relation_seen_from_both_ends(graph: Graph) -> None:
    for one in graph.steps:
        assert graph.after(one) == {other for other in graph.steps if one in graph.before(other)}


@given(graphs())
def test_going_through_the_waves_nothing_begins_too_early_and_nothing_is_left_out(graph: Graph) -> None:
    ended: set[str] = set()
    for stage in graph.stages:
        for wave in graph.levels(stage):
            for each in wave:
                assert graph.before(each.id) <= ended
            ended |= {each.id for each in wave}
    assert ended == set(graph.steps)
