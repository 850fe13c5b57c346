"""What every strategy promises, whatever its shape; and what the two we have look like."""

import math
from importlib.metadata import entry_points
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from esclusa.core.errors import ConfigurationError
from esclusa.core.fleet import Route
from esclusa.core.project import StrategySpec
from esclusa.core.strategy import Strategy
from esclusa.core.value import replace
from esclusa.deploy.strategies.canary import canary
from esclusa.deploy.strategies.direct import direct
from tests.deploy.fleets import GUARD, LIMIT, service, serving, shape

OLD, NEW = serving("old"), serving("new")

steps = some.lists(some.integers(1, 1000), min_size=1, max_size=8, unique=True).map(
    lambda them: tuple(each / 1000 for each in sorted(them))
)
shapes = some.builds(
    shape,
    steps=steps,
    holdback=some.integers(0, 999).map(lambda them: them / 1000),
    guard=some.sampled_from([(), (LIMIT,)]),
    bake=some.floats(0, 3600),
    sticky=some.sampled_from(["", "x-conversation-id"]),
)
strategies = some.sampled_from([direct, canary])


@given(strategies, shapes)
def test_weights_sum_to_one_and_the_newest_stands_first(strategy: Strategy, spec: StrategySpec) -> None:
    for phase in strategy(OLD, NEW, spec):
        assert phase.fleet.route is not None
        assert math.isclose(sum(weight for _, weight in phase.fleet.route.weights), 1.0)
        assert all(0 <= weight <= 1 for _, weight in phase.fleet.route.weights)
        release, weight = phase.fleet.route.weights[0]
        assert (release, weight) == ("new", phase.share)


@given(strategies, shapes)
def test_the_share_never_falls_and_ends_at_everything(strategy: Strategy, spec: StrategySpec) -> None:
    shares = [phase.share for phase in strategy(OLD, NEW, spec)]
    assert all(earlier <= later for earlier, later in pairwise(shares))
    assert shares[0] == 0.0
    assert shares[-1] == 1.0


@given(strategies, shapes)
def test_the_last_fleet_is_the_new_one_and_all_before_run_both_at_full_size(
    strategy: Strategy, spec: StrategySpec
) -> None:
    *before, last = (phase.fleet for phase in strategy(OLD, NEW, spec))
    assert last.route is not None
    assert replace(last, route=replace(last.route, sticky="")) == NEW
    for fleet in before:
        assert fleet.workloads == (*NEW.workloads, *OLD.workloads)


@given(strategies, shapes)
def test_a_baseline_remains_while_anything_is_judged(strategy: Strategy, spec: StrategySpec) -> None:
    for phase in strategy(OLD, NEW, replace(spec, holdback=0.05)):
        assert phase.fleet.route is not None
        assert not phase.exit.judged or dict(phase.fleet.route.weights)["old"] > 0


@given(strategies, shapes)
def test_a_first_release_goes_straight_on(strategy: Strategy, spec: StrategySpec) -> None:
    (only,) = strategy(None, NEW, spec)
    assert (only.fleet, only.share, only.exit.judged) == (NEW, 1.0, False)


@given(strategies, shapes)
def test_the_release_that_already_serves_has_nothing_to_compare_with(
    strategy: Strategy, spec: StrategySpec
) -> None:
    (only,) = strategy(NEW, replace(NEW, port=20081), spec)
    assert only.fleet.port == 20081


def test_a_canary_prepares_rises_keeps_a_holdback_and_promotes() -> None:
    seen = [
        (phase.name, phase.fleet.route, phase.exit.judged, phase.exit.bake, phase.exit.min_samples)
        for phase in canary(OLD, NEW, shape())
    ]

    def at(*weights: float) -> Route:
        return Route(weights=tuple(zip(("new", "old"), weights, strict=False)), sticky="x-conversation-id")

    assert seen == [
        ("prepare", at(0.0, 1.0), False, 0.0, 0),
        ("5 %", at(0.05, 0.95), True, 60.0, 50),
        ("25 %", at(0.25, 0.75), True, 60.0, 50),
        ("100 %", at(0.95, 0.05), True, 60.0, 50),
        ("promote", at(1.0), False, 0.0, 0),
    ]


def test_services_of_both_releases_run_and_a_shared_one_runs_once() -> None:
    old = serving("old", services=(service("a"), service("b")))
    new = serving("new", services=(service("b"), service("c")))
    first = canary(old, new, shape())[0]
    assert [each.key for each in first.fleet.services] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        ({"steps": ()}, "strategies.canary.steps", "no steps"),
        ({"steps": (0.5, 0.25)}, "strategies.canary.steps", "must rise within (0 %, 100 %]: 50 %, 25 %"),
        ({"steps": (0.0, 0.25)}, "strategies.canary.steps", "must rise"),
        ({"steps": (0.5, 1.5)}, "strategies.canary.steps", "must rise"),
        ({"holdback": 1.0}, "strategies.canary.holdback", "not 100 %"),
        ({"holdback": 0.0}, "strategies.canary.holdback", "`error_rate <= baseline + 0.5%` needs a baseline"),
        ({"on_timeout": "promote"}, "strategies.canary.on_timeout", "not `promote`"),
    ],
)
def test_a_shape_without_sense_is_refused(changes: dict[str, object], key: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        canary(OLD, NEW, shape(**changes))
    assert refused.value.key == key
    assert said in refused.value.message
    assert refused.value.mend


def test_a_share_is_the_weight_to_the_last_digit() -> None:
    assert [phase.share for phase in canary(OLD, NEW, shape(steps=(1.0,), holdback=0.283))] == [
        0.0,
        0.717,
        1.0,
    ]


def test_without_a_step_of_everything_no_holdback_is_needed() -> None:
    phases = canary(OLD, NEW, shape(steps=(0.5,), holdback=0.0, guard=(GUARD,)))
    assert [phase.name for phase in phases] == ["prepare", "50 %", "promote"]


def test_both_are_registered_as_plugins() -> None:
    found = {each.name: each.load() for each in entry_points(group="esclusa.strategies")}
    assert found == {"canary": canary, "direct": direct}
