"""`esclusa rollout plan`: the strategy of an environment, played before anything sets out."""

from pathlib import Path

import pytest

from esclusa.core.errors import UsageError
from esclusa.workspace.opened import Opened
from esclusa.workspace.rollout_plan import PlannedStep, rollout_plan
from tests.fakes import FakeClock
from tests.workspace import projects

CANARY = """
strategies:
  canary: {steps: [10%, 50%], bake: 60 s, min_samples: 50, guard: [error_rate <= baseline + 0.5%]}
  shadow: {mirror: 50%, side_effects: none, bake: 60 s, min_samples: 50, guard: [error_rate <= baseline + 0.5%]}
  ab: {cookie: plan=b, hold: 1 h, guard: [error_rate <= baseline + 0.5%]}
"""


def opened(root: Path, strategy: str) -> Opened:
    file = projects.FILE.replace("{production: {}}", f"{{production: {{strategy: {strategy}}}}}")
    (root / "esclusa.yaml").write_text(file + CANARY)
    return Opened(root=root, clock=FakeClock())


def test_the_steps_last_as_long_as_bake_and_samples_ask_and_worse_is_seen_more(tmp_path: Path) -> None:
    plan = rollout_plan(opened(tmp_path, "canary"), "", rate=2.0, baseline=0.01)
    assert (plan.environment, plan.strategy) == ("production", "canary")
    assert plan.steps == (
        PlannedStep(name="10 %", share=0.1, seconds=250.0, turns=50.0),
        PlannedStep(name="50 %", share=0.5, seconds=60.0, turns=60.0),
    )
    assert [one.candidate for one in plan.prospects] == [0.01, 0.02, 0.05, 0.1, 0.3, 1.0]
    caught = [one.caught for one in plan.prospects]
    assert caught == sorted(caught)
    assert caught[0] <= 0.05
    assert caught[-1] == 1.0
    assert not (tmp_path / ".esclusa").exists(), "nothing is touched"


def test_a_strategy_that_judges_nothing_sees_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`direct`, the strategy of production, judges nothing on the way"):
        rollout_plan(opened(tmp_path, "direct"), "production", rate=2.0, baseline=0.01)
    with pytest.raises(UsageError, match="there is no environment 'nowhere'"):
        rollout_plan(opened(tmp_path, "canary"), "nowhere", rate=2.0, baseline=0.01)


def test_copies_are_a_step_that_exposes_nobody(tmp_path: Path) -> None:
    plan = rollout_plan(opened(tmp_path, "shadow"), "production", rate=2.0, baseline=0.01)
    assert plan.steps == (
        PlannedStep(name="mirror 50 %", share=0.5, seconds=90.0, turns=90.0),
    )  # and the deadline
    assert [one.exposed for one in plan.prospects] == [0.0] * len(plan.prospects)
    assert plan.prospects[-1].caught == 1.0


def test_of_a_share_that_nobody_sets_there_is_no_plan(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is said by a header or a cookie: nobody knows how many will"):
        rollout_plan(opened(tmp_path, "ab"), "production", rate=2.0, baseline=0.01)
