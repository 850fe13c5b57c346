"""Rolling: replica by replica, never more than `max_surge` too many nor `max_unavailable` too few.

The candidate's share of new conversations is its share of the replicas, so while both have some, each step is
judged against stable like a canary's. A step in which stable has none is judged if no rule needs a baseline.
Going back revives what was retired: a fleet says how many there should be, not how many to start.
"""

from collections.abc import Iterator

from esclusa.core.errors import ConfigurationError
from esclusa.core.fleet import Fleet, Workload
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Phase
from esclusa.core.value import replace
from esclusa.deploy.strategies.direct import direct
from esclusa.deploy.strategies.fleets import beside, same, sticky
from esclusa.deploy.strategies.settings import comparing, judged, takes, unjudged


def rolling(old: Fleet | None, new: Fleet, spec: StrategySpec) -> tuple[Phase, ...]:
    """A phase for each step, judged where that can be, then the new release alone. ConfigurationError."""
    _check(spec)
    if old is None or same(old, new):
        return direct(old, new, spec)
    size, was = new.workloads[0].replicas, old.workloads[0].replicas
    if spec.max_unavailable >= size:
        raise ConfigurationError(
            f"`max_unavailable: {spec.max_unavailable}` of {size} replicas would leave none to answer",
            mend="allow one more instead (`max_surge: 1`, `max_unavailable: 0`)",
            key=f"strategies.{spec.name}.max_unavailable",
        )
    steps = tuple(
        _phase(old, new, spec, fresh, left)
        for fresh, left in counts(size, was, spec.max_surge, spec.max_unavailable)
    )
    return (*steps, Phase(name="promote", fleet=sticky(new, spec), exit=unjudged(spec), share=1.0))


def counts(size: int, was: int, surge: int, unavailable: int) -> Iterator[tuple[int, int]]:
    """New and old replicas of each step, until the last one, which is `size` and 0.

    A target starts what is new before it stops what is old, so within a step there are as many as the new
    ones of the step and the old ones of the step before: at most `size + surge`, or `was` if that is more.
    Those that serve are never fewer than `size - unavailable`, or `was` if that is less.
    """
    fresh, left = 0, was
    while True:
        fresh = min(size, max(fresh, size + surge - left))
        left = min(left, max(0, size - unavailable - fresh))
        if fresh == size and left == 0:
            return
        yield fresh, left


def _phase(old: Fleet, new: Fleet, spec: StrategySpec, fresh: int, left: int) -> Phase:
    share = round(fresh / (fresh + left), 9)
    both = beside(_sized(old, left), _sized(new, fresh), share, spec)
    there = tuple(workload for workload in both.workloads if workload.replicas)
    assert both.route is not None
    served = {workload.release for workload in there}
    weights = tuple((release, weight) for release, weight in both.route.weights if release in served)
    fleet = replace(both, workloads=there, route=replace(both.route, weights=weights))
    size = new.workloads[0].replicas
    exit = judged(spec) if fresh and (left or not comparing(spec)) else unjudged(spec)
    return Phase(name=f"{fresh} of {size}", fleet=fleet, exit=exit, share=share)


def _sized(fleet: Fleet, replicas: int) -> Fleet:
    def sized(workload: Workload) -> Workload:
        return replace(workload, replicas=replicas)

    return replace(fleet, workloads=tuple(map(sized, fleet.workloads)))


def _check(spec: StrategySpec) -> None:
    takes(spec, "max_surge", "max_unavailable")
    if spec.max_surge == 0 and spec.max_unavailable == 0:
        raise ConfigurationError(
            "with `max_surge: 0` and `max_unavailable: 0` no replica can be replaced",
            mend="allow one more (`max_surge: 1`) or one less (`max_unavailable: 1`)",
            key=f"strategies.{spec.name}.max_surge",
        )
