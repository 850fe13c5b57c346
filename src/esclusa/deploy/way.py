"""The way: a strategy's phases before anything is done with them, and the way back from each of them."""

from collections.abc import Iterable

from esclusa.core.errors import ConfigurationError, EsclusaError
from esclusa.core.fleet import Fleet
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Phase, Rollout, RolloutState
from esclusa.core.strategy import Strategy
from esclusa.core.value import replace

ON_THE_MOVE = frozenset({RolloutState.PREPARING, RolloutState.SHIFTING, RolloutState.PROMOTING})
"""The phase before is in force still, or in part."""


def planned(strategy: Strategy, old: Fleet | None, new: Fleet, spec: StrategySpec) -> tuple[Phase, ...]:
    """The strategy's phases. ConfigurationError when it has none that can be followed.

    A strategy may be a stranger's: whatever it raises or returns is told of as a fault of its settings.
    """
    key = f"strategies.{spec.name}"
    try:
        phases = tuple(strategy(old, new, spec))
    except EsclusaError:
        raise
    except Exception as error:
        raise ConfigurationError(
            f"the strategy `{spec.uses}` failed: {type(error).__name__}: {error}",
            mend="correct its settings, or the strategy",
            key=key,
        ) from error
    odd = _odd(phases, new)
    if odd:
        raise ConfigurationError(
            f"the strategy `{spec.uses}` {odd}", mend="correct its settings, or the strategy", key=key
        )
    return phases


def way_back(rollout: Rollout) -> tuple[Fleet, ...]:
    """The fleets to go through from where a rollout is, the last one as it was before.

    While stable replicas stand there, they get all traffic at once, however few they are: what was shown to
    be harmful serves nobody while the rest is started again. If none is left, the phases are undone one by
    one, so that going back never takes more replicas at once than going on did.
    """
    at = rollout.position
    if rollout.state in ON_THE_MOVE:
        at = max(at - 1, 0)
    path: list[Fleet] = []
    for position in range(at, -1, -1):
        fleet = rollout.phases[position].fleet
        left = _of(fleet, rollout.restore)
        if position < rollout.position and (path or position < at or not left):
            path.append(fleet)
        if left:
            there = left == _of(rollout.restore, rollout.restore)
            return (rollout.restore,) if there else (*path, _alone(fleet, left), rollout.restore)
    return (*path, rollout.restore)


def _of(fleet: Fleet, stable: Fleet) -> dict[str, int]:
    """The replicas of the releases of `stable`, by release."""
    known = {workload.release for workload in stable.workloads}
    return {one.release: one.replicas for one in fleet.workloads if one.release in known and one.replicas}


def _alone(fleet: Fleet, releases: Iterable[str]) -> Fleet:
    """These releases of a fleet without the others, with all traffic."""
    assert fleet.route is not None
    kept = tuple(one for one in fleet.workloads if one.release in releases)
    shares = {release: weight for release, weight in fleet.route.weights if release in releases}
    whole = sum(shares.values())
    weights = tuple(
        (one.release, shares.get(one.release, 0.0) / whole if whole else 1 / len(kept)) for one in kept
    )
    return replace(
        fleet, workloads=kept, route=replace(fleet.route, weights=weights, shadow=None, matches=())
    )


def _odd(phases: tuple[Phase, ...], new: Fleet) -> str:
    if not phases:
        return "plans no phase"
    if not all(isinstance(phase, Phase) for phase in phases):
        return "plans something else than phases"
    ours = {workload.release for workload in new.workloads}
    last = phases[-1].fleet
    serving = {release for release, weight in last.route.weights if weight > 0} if last.route else set()
    if {workload.release for workload in last.workloads} != ours or not serving <= ours or not serving:
        return "does not end with the new release alone"
    return ""
