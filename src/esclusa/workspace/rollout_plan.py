"""`esclusa rollout plan`: what the strategy of an environment would see of a regression, and how soon."""

from esclusa.core.errors import UsageError
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Phase
from esclusa.core.value import Value
from esclusa.gates.foresight import Prospect, Step, foresee
from esclusa.workspace.opened import Opened
from esclusa.workspace.rollback import known_environment

WORSE = (0.02, 0.05, 0.1, 0.3, 1.0)
"""The shares of failing turns that are played, beside the baseline's own and twice that."""


class PlannedStep(Value, frozen=True, kw_only=True):
    """A judged phase, and how it goes when all is well."""

    name: str
    share: float
    seconds: float
    """How long it lasts at least: its `bake`, and until `min_samples` turns were seen."""
    turns: float
    """Turns that the candidate answers in it meanwhile."""


class RolloutPlan(Value, frozen=True, kw_only=True):
    """The steps, and what would become of candidates that fail more and more."""

    environment: str
    strategy: str
    rate: float
    baseline: float
    steps: tuple[PlannedStep, ...]
    prospects: tuple[Prospect, ...]


def rollout_plan(opened: Opened, environment: str, *, rate: float, baseline: float) -> RolloutPlan:
    """Play the environment's strategy at `rate` turns a second, of which `baseline` fail today.

    UsageError when there is no such environment, or nothing is judged there.
    """
    name = known_environment(opened, environment)
    project = opened.project
    spec = project.strategies[project.environment(name).strategy]
    phases = opened.checked.phases.get(name, ())
    steps = [_step(phase) for phase in phases if phase.exit.judged and _share(phase) > 0]
    if any(phase.exit.judged and not _share(phase) for phase in phases):
        raise UsageError(
            f"who gets the new release in {name} is said by a header or a cookie: nobody knows how many will",
            mend="plan with a `split` of the share that you expect",
        )
    if not steps:
        raise UsageError(
            f"`{spec.name}`, the strategy of {name}, judges nothing on the way",
            mend="give the environment a `strategy` with steps and a `guard`",
        )
    return RolloutPlan(
        environment=name,
        strategy=spec.name,
        rate=rate,
        baseline=baseline,
        steps=tuple(_planned(step, rate) for step in steps),
        prospects=tuple(_prospect(spec, steps, rate, baseline, share) for share in _shares(baseline)),
    )


def _step(phase: Phase) -> Step:
    exit = phase.exit
    return Step(
        name=phase.name,
        share=_share(phase),
        bake=exit.bake,
        min_samples=exit.min_samples,
        timeout=exit.timeout,
        mirrored=_copied(phase) > 0,
    )


def _share(phase: Phase) -> float:
    """Of the traffic, what the candidate is asked or sent copies of."""
    return _copied(phase) or phase.share


def _copied(phase: Phase) -> float:
    route = phase.fleet.route
    return route.shadow.share if route and route.shadow else 0.0


def _planned(step: Step, rate: float) -> PlannedStep:
    seconds = min(step.timeout, max(step.bake, step.min_samples / (rate * step.share)))
    return PlannedStep(name=step.name, share=step.share, seconds=seconds, turns=seconds * rate * step.share)


def _shares(baseline: float) -> list[float]:
    return sorted({baseline, 2 * baseline, *(share for share in WORSE if share > baseline)})


def _prospect(
    spec: StrategySpec, steps: list[Step], rate: float, baseline: float, candidate: float
) -> Prospect:
    return foresee(
        steps,
        spec.rules,
        prove=spec.prove,
        # A step that waits for a proof may take its whole timeout to play.
        plays=50 if spec.prove else 400,
        rate=rate,
        baseline=baseline,
        candidate=min(candidate, 1.0),
        alpha=spec.alpha,
        max_harmed=spec.max_harmed,
    )
