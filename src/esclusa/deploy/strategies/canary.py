"""Canary: the candidate's share of new conversations rises step by step, each step judged against stable.

With `mirror` it is sent copies of some conversations first, and judged by them before it answers any.
A step of 100 % keeps the holdback on stable, so that a baseline remains until promotion; the last phase is
the new release alone, and what it no longer names drains.
"""

from itertools import pairwise

from esclusa.core.errors import ConfigurationError
from esclusa.core.fleet import Fleet
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Phase
from esclusa.deploy.strategies.direct import direct
from esclusa.deploy.strategies.fleets import beside, percent, same, sticky
from esclusa.deploy.strategies.settings import comparing, judged, takes, unjudged
from esclusa.deploy.strategies.shadow import check_mirror, mirrored


def canary(old: Fleet | None, new: Fleet, spec: StrategySpec) -> tuple[Phase, ...]:
    """Prepare at weight 0, a judged phase per step, promote. ConfigurationError if that makes no sense."""
    _check(spec)
    if old is None or same(old, new):
        return direct(old, new, spec)
    prepare = Phase(name="prepare", fleet=beside(old, new, 0.0, spec), exit=unjudged(spec))
    ramp = tuple(
        Phase(name=_name(step, share), fleet=beside(old, new, share, spec), exit=judged(spec), share=share)
        for step, share in _shares(spec)
    )
    promote = Phase(name="promote", fleet=sticky(new, spec), exit=unjudged(spec), share=1.0)
    return (prepare, *mirrored(old, new, spec), *ramp, promote)


def _check(spec: StrategySpec) -> None:
    takes(spec, "steps", "holdback", "mirror", "side_effects")
    check_mirror(spec)
    key = f"strategies.{spec.name}"
    if not spec.steps:
        raise ConfigurationError(
            "a canary has no steps", mend="say them, as in `steps: [5%, 25%, 50%, 100%]`", key=f"{key}.steps"
        )
    if not all(0 < step <= 1 for step in spec.steps) or any(b <= a for a, b in pairwise(spec.steps)):
        raise ConfigurationError(
            f"the steps of a canary must rise within (0 %, 100 %]: {', '.join(map(percent, spec.steps))}",
            mend="sort them, and name each share once",
            key=f"{key}.steps",
        )
    if not 0 <= spec.holdback < 1:
        raise ConfigurationError(
            f"a holdback is a share of traffic in [0 %, 100 %), not {percent(spec.holdback)}",
            mend="5 % is usual",
            key=f"{key}.holdback",
        )
    rule = comparing(spec)
    if spec.steps[-1] == 1 and spec.holdback == 0 and rule:
        raise ConfigurationError(
            f"`{rule}` needs a baseline, and a step of 100 % without holdback leaves none",
            mend="keep a holdback (`holdback: 5%`), or end the steps before 100 %",
            key=f"{key}.holdback",
        )


def _shares(spec: StrategySpec) -> list[tuple[float, float]]:
    """Each step with the share it gets; a share never falls, so an earlier step may outbid the holdback."""
    shares: list[tuple[float, float]] = []
    for step in spec.steps:
        before = shares[-1][1] if shares else 0.0
        shares.append((step, max(before, round(1 - spec.holdback, 9)) if step == 1 else step))
    return shares


def _name(step: float, share: float) -> str:
    """The share that it gets: where that is not what the step says, a holdback stays on stable."""
    return percent(share) if share == step else f"{percent(share)} (the rest held back)"
