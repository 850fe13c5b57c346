"""The way there and back: what a strategy may plan, and what a rollback goes through."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from esclusa.core.errors import ConfigurationError
from esclusa.core.fleet import Fleet
from esclusa.core.rollout import Exit, Phase, Rollout, RolloutState
from esclusa.core.strategy import Strategy
from esclusa.core.value import replace
from esclusa.deploy.engine import set_out
from esclusa.deploy.strategies.blue_green import blue_green
from esclusa.deploy.strategies.canary import canary
from esclusa.deploy.strategies.direct import direct
from esclusa.deploy.strategies.rolling import rolling
from esclusa.deploy.way import ON_THE_MOVE, planned, way_back
from tests.deploy.fleets import LIMIT, serving, shape
from tests.fakes import START

S = RolloutState


def rolled(strategy: Strategy, state: RolloutState, position: int, size: int = 3, **settings: Any) -> Rollout:
    known = set_out(
        rollout="r",
        project="p",
        run="",
        spec=shape(**settings),
        strategy=strategy,
        old=serving("old", replicas=size),
        new=serving("new", replicas=size),
        now=START,
    )
    return replace(known, state=state, position=position)


def replicas(fleet: Fleet) -> dict[str, int]:
    return {one.release: one.replicas for one in fleet.workloads}


def traffic(fleet: Fleet) -> dict[str, float]:
    return dict(fleet.route.weights) if fleet.route else {}


@pytest.mark.parametrize(
    ("strategy", "settings"),
    [
        (canary, {}),
        (blue_green, {"uses": "blue-green", "steps": (), "guard": (LIMIT,), "keep": 60.0}),
        (direct, {"uses": "direct"}),
    ],
)
@pytest.mark.parametrize("state", sorted({*ON_THE_MOVE, S.BAKING, S.PAUSED, S.WATCHING}))
def test_where_stable_stands_at_full_size_the_way_back_is_one_step(
    strategy: Strategy, settings: dict[str, Any], state: RolloutState
) -> None:
    known = rolled(strategy, state, 0, **{"steps": (), **settings} if strategy is direct else settings)
    for position in range(len(known.phases)):
        assert way_back(replace(known, position=position)) == (known.restore,)


@pytest.mark.parametrize(
    ("state", "name", "way"),
    [
        # Stable replicas stand there: they get everything at once, then the others are started again.
        (S.BAKING, "1 of 3", [({"old": 2}, {"old": 1.0}), ({"old": 3}, {"old": 1.0})]),
        (S.BAKING, "2 of 3", [({"old": 1}, {"old": 1.0}), ({"old": 3}, {"old": 1.0})]),
        # On the way from one phase to the next those of the earlier one still count.
        (S.SHIFTING, "1 of 3", [({"old": 2}, {"old": 1.0}), ({"old": 3}, {"old": 1.0})]),
        (S.SHIFTING, "2 of 3", [({"old": 2}, {"old": 1.0}), ({"old": 3}, {"old": 1.0})]),
        (S.PROMOTING, "promote", [({"old": 1}, {"old": 1.0}), ({"old": 3}, {"old": 1.0})]),
        # None is left: back through the phase before.
        (
            S.WATCHING,
            "promote",
            [
                ({"new": 2, "old": 1}, {"new": 0.666666667, "old": 0.333333333}),
                ({"old": 1}, {"old": 1.0}),
                ({"old": 3}, {"old": 1.0}),
            ],
        ),
    ],
)
def test_where_stable_is_smaller_it_takes_all_traffic_before_it_grows(
    state: RolloutState, name: str, way: list[tuple[dict[str, int], dict[str, float]]]
) -> None:
    known = rolled(rolling, state, 0, uses="rolling", steps=())
    position = [phase.name for phase in known.phases].index(name)
    back = way_back(replace(known, position=position))
    assert [(replicas(fleet), traffic(fleet)) for fleet in back] == way
    assert back[-1] == known.restore


@given(size=some.integers(1, 8), surge=some.integers(0, 3), data=some.data())
def test_a_way_back_never_takes_more_room_than_the_way_there(
    size: int, surge: int, data: some.DataObject
) -> None:
    unavailable = data.draw(some.integers(0, size - 1)) if size > 1 else 0
    surge = max(surge, 0 if unavailable else 1)
    known = rolled(
        rolling, S.BAKING, 0, size, uses="rolling", steps=(), max_surge=surge, max_unavailable=unavailable
    )
    position = data.draw(some.integers(0, len(known.phases) - 1))
    here = known.phases[position].fleet
    for before, after in pairwise((here, *way_back(replace(known, position=position)))):
        kept = replicas(before).keys() | replicas(after)
        most = sum(max(replicas(before).get(one, 0), replicas(after).get(one, 0)) for one in kept)
        assert most <= size + surge
        assert sum(replicas(after).values()) > 0


def test_a_first_release_goes_back_to_nothing() -> None:
    known = set_out(
        rollout="r",
        project="p",
        run="",
        spec=shape(),
        strategy=canary,
        old=None,
        new=serving("new"),
        now=START,
    )
    assert way_back(replace(known, state=S.PROMOTING)) == (known.restore,)


NEW, OLD = serving("new"), serving("old")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda *_: (), "plans no phase"),
        (lambda *_: ("promote",), "plans something else than phases"),
        (lambda *_: None, "failed: TypeError"),
        (lambda *_: 1 / 0, "failed: ZeroDivisionError"),
        (lambda *_: (Phase(name="p", fleet=OLD, exit=Exit()),), "does not end with the new release alone"),
        (
            lambda *_: (Phase(name="p", fleet=replace(NEW, route=None)),),
            "does not end with the new release alone",
        ),
    ],
)
def test_what_a_strategy_cannot_mean_is_refused_before_anything_is_done(made: Any, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        planned(made, OLD, NEW, shape(uses="strange", name="mine"))
    assert said in refused.value.message
    assert "`strange`" in refused.value.message
    assert (refused.value.key, bool(refused.value.mend)) == ("strategies.mine", True)
