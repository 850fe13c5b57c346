"""What every strategy promises, whatever its shape; and what those that we have look like."""

import math
import re
from importlib.metadata import entry_points
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from esclusa.core.errors import ConfigurationError
from esclusa.core.fleet import Fleet, Match, Route, Shadow
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Exit
from esclusa.core.strategy import Strategy
from esclusa.core.value import replace
from esclusa.deploy.engine import set_out
from esclusa.deploy.strategies.ab import ab
from esclusa.deploy.strategies.blue_green import blue_green
from esclusa.deploy.strategies.canary import canary
from esclusa.deploy.strategies.direct import direct
from esclusa.deploy.strategies.rolling import counts, rolling
from esclusa.deploy.strategies.shadow import shadow
from tests.deploy.fleets import GUARD, LIMIT, service, serving, shape
from tests.fakes import START

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
others = some.one_of(
    some.tuples(
        some.just(blue_green),
        some.builds(
            shape,
            uses=some.just("blue-green"),
            steps=some.just(()),
            guard=some.sampled_from([(), (LIMIT,)]),
            keep=some.sampled_from([0.0, 60.0]),
        ),
    ),
    some.tuples(
        some.just(rolling),
        some.builds(
            shape,
            uses=some.just("rolling"),
            steps=some.just(()),
            max_surge=some.integers(1, 3),
            max_unavailable=some.integers(0, 1),
        ),
    ),
)


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


@given(others)
def test_whatever_the_way_it_ends_with_the_new_release_alone_and_never_without_anybody(
    chosen: tuple[Strategy, StrategySpec],
) -> None:
    strategy, spec = chosen
    phases = strategy(OLD, NEW, spec)
    last = phases[-1].fleet
    assert last.route is not None
    assert replace(last, route=replace(last.route, sticky="")) == NEW
    assert phases[-1].share == 1.0
    for phase in phases:
        route = phase.fleet.route
        assert route is not None
        assert math.isclose(sum(weight for _, weight in route.weights), 1.0)
        assert dict(route.weights).get("new", 0.0) == phase.share
        assert {release for release, _ in route.weights} == {one.release for one in phase.fleet.workloads}
        assert all(one.replicas > 0 for one in phase.fleet.workloads)
    assert (strategy(None, NEW, spec)[0].fleet, len(strategy(None, NEW, spec))) == (NEW, 1)


def test_blue_green_switches_at_once_and_keeps_blue_ready_until_it_is_retired() -> None:
    spec = shape(uses="blue-green", steps=(), guard=(LIMIT,), keep=300.0)
    seen = [
        (
            phase.name,
            phase.share,
            {one.release: one.replicas for one in phase.fleet.workloads},
            (phase.exit.judged, phase.exit.bake, phase.exit.min_samples, phase.exit.timeout),
        )
        for phase in blue_green(OLD, NEW, spec)
    ]
    both = {"new": 2, "old": 2}
    assert seen == [
        ("prepare", 0.0, both, (False, 0.0, 0, 600.0)),
        ("switch", 1.0, both, (True, 60.0, 50, 600.0)),
        ("keep", 1.0, both, (True, 300.0, 0, 900.0)),
        ("retire", 1.0, {"new": 2}, (False, 0.0, 0, 600.0)),
    ]


@given(size=some.integers(1, 12), was=some.integers(1, 12), surge=some.integers(0, 4), data=some.data())
def test_rolling_is_never_too_many_nor_too_few_and_always_gets_on(
    size: int, was: int, surge: int, data: some.DataObject
) -> None:
    unavailable = data.draw(some.integers(0, size - 1)) if size > 1 else 0
    surge = max(surge, 1 if unavailable == 0 else 0)
    steps = [(0, was), *counts(size, was, surge, unavailable), (size, 0)]
    for (before, left_before), (fresh, left) in pairwise(steps):
        assert (fresh, left) != (before, left_before)
        assert fresh >= before
        assert left <= left_before
        assert fresh + left_before <= max(size + surge, was)  # new ones are up before old ones go
        assert fresh + left >= min(size - unavailable, was)
        assert fresh + left > 0


@pytest.mark.parametrize(
    ("strategy", "settings", "peak"),
    [
        (canary, {}, 6),
        (blue_green, {"uses": "blue-green", "steps": (), "guard": (LIMIT,)}, 6),
        (rolling, {"uses": "rolling", "steps": ()}, 4),
        (rolling, {"uses": "rolling", "steps": (), "max_surge": 0, "max_unavailable": 1}, 3),
        (direct, {}, 6),
    ],
)
def test_how_many_replicas_run_at_most_is_known_before(
    strategy: Strategy, settings: dict[str, object], peak: int
) -> None:
    rollout = set_out(
        rollout="r",
        project="p",
        run="",
        spec=shape(**settings),
        strategy=strategy,
        old=serving("old", replicas=3),
        new=serving("new", replicas=3),
        now=START,
    )
    assert rollout.peak == peak


@pytest.mark.parametrize(
    ("changes", "names", "judged"),
    [
        ({}, ["1 of 3", "2 of 3", "promote"], [True, True, False]),
        ({"max_surge": 2}, ["2 of 3", "promote"], [True, False]),
        (
            {"max_surge": 0, "max_unavailable": 1},
            ["0 of 3", "1 of 3", "2 of 3", "promote"],
            [False, True, False, False],
        ),
    ],
)
def test_rolling_goes_replica_by_replica_and_judges_while_both_are_there(
    changes: dict[str, object], names: list[str], judged: list[bool]
) -> None:
    spec = shape(uses="rolling", steps=(), **changes)
    phases = rolling(serving("old", replicas=3), serving("new", replicas=3), spec)
    assert [phase.name for phase in phases] == names
    assert [phase.exit.judged for phase in phases] == judged


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
        ("95 % (the rest held back)", at(0.95, 0.05), True, 60.0, 50),
        ("promote", at(1.0), False, 0.0, 0),
    ]


def test_customers_are_heard_all_the_way_where_either_release_has_a_place_for_it() -> None:
    def heard(release: str) -> Fleet:
        fleet = serving(release)
        assert fleet.route is not None
        return replace(fleet, route=replace(fleet.route, feedback=f"/{release}"))

    def paths(old: Fleet, new: Fleet) -> set[str]:
        phases = canary(old, new, shape())
        return {phase.fleet.route.feedback for phase in phases[:-1] if phase.fleet.route}

    assert paths(heard("old"), heard("new")) == {"/new"}
    assert paths(heard("old"), serving("new")) == {"/old"}


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
    ],
)
def test_a_canary_without_sense_is_refused(changes: dict[str, object], key: str, said: str) -> None:
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


def test_all_are_registered_as_plugins() -> None:
    found = {each.name: each.load() for each in entry_points(group="esclusa.strategies")}
    assert found == {
        "ab": ab,
        "blue-green": blue_green,
        "canary": canary,
        "direct": direct,
        "rolling": rolling,
        "shadow": shadow,
    }


MIRRORED: dict[str, object] = {"mirror": 0.1, "side_effects": "none"}


def test_a_shadow_is_sent_copies_and_ends_there() -> None:
    spec = shape(uses="shadow", steps=(), max_harmed=None, **MIRRORED)
    prepare, mirror, promote = shadow(OLD, NEW, spec)
    assert [phase.name for phase in (prepare, mirror, promote)] == ["prepare", "mirror 10 %", "promote"]
    assert mirror.fleet.route == Route(
        weights=(("new", 0.0), ("old", 1.0)),
        sticky="x-conversation-id",
        shadow=Shadow(release="new", share=0.1),
    )
    assert mirror.fleet.workloads == (*NEW.workloads, *OLD.workloads)
    exit = Exit(bake=90.0, min_samples=50, timeout=690.0, judged=True, concludes=True)  # and the deadline
    assert (mirror.share, mirror.exit) == (0.0, exit)
    assert [phase.name for phase in shadow(None, NEW, spec)] == ["switch"]


@pytest.mark.parametrize(
    ("strategy", "settings", "next_one"),
    [(canary, {}, "5 %"), (blue_green, {"uses": "blue-green", "steps": (), "guard": (LIMIT,)}, "switch")],
)
def test_others_may_begin_with_copies_and_go_on(
    strategy: Strategy, settings: dict[str, object], next_one: str
) -> None:
    plain, begun = (strategy(OLD, NEW, shape(**settings, **more)) for more in ({}, MIRRORED))
    assert [phase.name for phase in begun][:3] == ["prepare", "mirror 10 %", next_one]
    assert (begun[0], *begun[2:]) == plain
    assert not begun[1].exit.concludes


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        ({"mirror": 0.0, "side_effects": ""}, "mirror", "a shadow mirrors nothing"),
        ({"side_effects": ""}, "side_effects", "a copy of a request may act once more"),
        ({"max_harmed": 20}, "max_harmed", "nobody meets the answers of a shadow"),
        ({"keep": 9.0}, "keep", "`shadow` has no use for `keep`"),
    ],
)
def test_a_shadow_without_sense_is_refused(changes: dict[str, object], key: str, said: str) -> None:
    settings = {"uses": "shadow", "steps": (), "max_harmed": None, **MIRRORED, **changes}
    with pytest.raises(ConfigurationError, match=re.escape(said)) as refused:
        shadow(OLD, NEW, shape(**settings))
    assert refused.value.key == f"strategies.canary.{key}"
    assert refused.value.mend


def test_side_effects_of_no_copies_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="there are none"):
        canary(OLD, NEW, shape(side_effects="none"))
    with pytest.raises(ConfigurationError, match="`rolling` has no use for `mirror`"):
        rolling(OLD, NEW, shape(uses="rolling", steps=(), **MIRRORED))


AB: dict[str, object] = {"uses": "ab", "steps": (), "hold": 600.0, "min_samples": 50}


@pytest.mark.parametrize(
    ("who", "share", "matches", "name"),
    [
        ({"split": 0.5}, 0.5, (), "split 50 %"),
        (
            {"header": "x-cohort: b"},
            0.0,
            (Match(release="new", header="x-cohort", value="b"),),
            "header x-cohort: b",
        ),
        ({"cookie": "cohort=b"}, 0.0, (Match(release="new", cookie="cohort", value="b"),), "cookie cohort=b"),
    ],
)
def test_an_ab_holds_both_for_its_time_and_what_may_still_be_open(
    who: dict[str, object], share: float, matches: tuple[Match, ...], name: str
) -> None:
    prepare, held, promote = ab(OLD, NEW, shape(**AB, **who))
    assert [phase.name for phase in (prepare, held, promote)] == ["prepare", name, "promote"]
    assert held.fleet.route == Route(
        weights=(("new", share), ("old", 1 - share)), sticky="x-conversation-id", matches=matches
    )
    assert (held.share, held.exit) == (
        share,
        Exit(bake=630.0, timeout=1230.0, judged=True, concludes=True),
    )
    assert "new" in held.fleet.route.asked
    assert [phase.name for phase in ab(None, NEW, shape(**AB, **who))] == ["switch"]


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        ({}, "", "not by 0 of them"),
        ({"split": 0.5, "cookie": "a=b"}, ".cookie", "not by 2 of them"),
        ({"split": 1.0}, ".split", "leaves nobody with A"),
        ({"split": 0.5, "hold": 0.0}, "", "held for a time that is fixed before"),
        ({"split": 0.5, "min_samples": 9}, ".min_samples", "`ab` has no use for `min_samples`"),
        ({"split": 0.5, "steps": (0.5,)}, ".steps", "`ab` has no use for `steps`"),
    ],
)
def test_an_ab_without_sense_is_refused(changes: dict[str, object], key: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(said)) as refused:
        ab(OLD, NEW, shape(**{**AB, **changes}))
    assert refused.value.key == f"strategies.canary{key}"
    assert refused.value.mend
