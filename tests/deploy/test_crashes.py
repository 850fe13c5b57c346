"""A controller or a supervisord that dies in mid-canary changes nothing that anybody can see.

Real Envoy, supervisord, SQLite and replicas, with customers all the time. `python -m benchmarks.crashes` plays
every point and many more moments; here is a seeded selection.
"""

import random
import time
from collections.abc import Iterator

import pytest
from benchmarks.crashes.scene import CONTROLLER, Scene

from esclusa.core.rollout import RolloutState

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    made = Scene(tmp_path_factory.mktemp("crashes"))
    try:
        made.begin()
        yield made
    finally:
        left = made.end()
    assert left == []


def test_a_controller_that_dies_at_every_stop_point_promotes_all_the_same(scene: Scene) -> None:
    # Counts begin anew with each life: it dies in preparing, at the first share, at the second, at the last.
    scene.controller("before-intent#1", "after-intent#2", "after-effect#2", "after-done#2")
    scene.deploy("stops", "v1")
    assert scene.ended("stops").state is RolloutState.PROMOTED
    assert len(scene.recovered("stops")) == 3
    assert scene.complaints("stops") == []


def test_a_controller_that_dies_in_a_rollback_rolls_back_all_the_same(scene: Scene) -> None:
    scene.controller("after-intent#3", "after-effect#1")
    scene.deploy("bad", "v2", failing=0.7)
    ended = scene.ended("bad")
    assert ended.state is RolloutState.ROLLED_BACK
    assert "is violated" in ended.reason
    assert len(scene.recovered("bad")) == 2
    assert scene.complaints("bad") == []


def test_whatever_dies_at_whatever_moment_it_promotes_all_the_same(scene: Scene) -> None:
    drawn = random.Random(20260101)
    scene.controller()
    scene.deploy("random", "v3")
    assert scene.kill("cli")
    for victim in ("supervisord", CONTROLLER):
        time.sleep(drawn.uniform(0, 3))
        assert scene.kill(victim)
        scene.until(lambda: said(scene, victim) == 1, f"{victim} does not come back")  # noqa: B023
    assert scene.ended("random").state is RolloutState.PROMOTED
    assert scene.complaints("random") == []


def said(scene: Scene, victim: str) -> int:
    return sum(line.startswith(f"{victim}: ") for line in scene.recovered("random"))


def test_when_controller_and_supervisord_die_at_once_the_next_verb_brings_them_back(scene: Scene) -> None:
    scene.deploy("both", "v4", failing=0.7)
    scene.until(lambda: scene.now("both").state is RolloutState.BAKING, "it does not bake")
    assert scene.kill("supervisord", CONTROLLER) == 2
    assert scene.verb()
    assert scene.ended("both").state is RolloutState.ROLLED_BACK
    assert scene.complaints("both") == []
