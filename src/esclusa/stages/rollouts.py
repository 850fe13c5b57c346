"""An environment's rollout: created once for a release, and followed until the controller is done with it."""

from itertools import count
from pathlib import Path

import anyio

from esclusa import plugins
from esclusa.core.action import Task
from esclusa.core.errors import StateError
from esclusa.core.events import Event, RolloutJudged, RolloutMoved
from esclusa.core.fleet import Fleet
from esclusa.core.gate import RuleJudgement
from esclusa.core.project import Environment, StrategySpec
from esclusa.core.rollout import FINAL, Hearing, Rollout, RolloutState, Wish
from esclusa.core.value import replace
from esclusa.deploy.engine import created, set_out
from esclusa.flags.launch import flag_server
from esclusa.releases.fleet import fleet_of
from esclusa.stages.serve import known_release
from esclusa.stages.workshop import Workshop

NOT_CARRIED_OUT = frozenset({RolloutState.FAILED, RolloutState.NEEDS_HUMAN})
"""How a rollout ends that says nothing about its release: what stood in the way may be gone the next time."""
LOOK = 3.0
"""Seconds without news after which the controller is made sure of again."""


def begin_rollout(
    workshop: Workshop,
    environment: Environment,
    release_id: str,
    *,
    run: str,
    name: str = "",
    spec: StrategySpec | None = None,
    undoes: str = "",
    source: Path | None = None,
) -> Rollout:
    """The rollout of this release into this environment, created unless it exists. `source` is the checkout
    that the suites of its strategy are in; without one the project's directory.

    A run that goes on after its rollout could not be carried out begins another one. StateError when another
    rollout is under way there.
    """
    rollout_id, existing = _next_of(workshop, name or f"{run}.{environment.name}", again=not name)
    if existing is not None:
        return existing
    under_way = workshop.rollouts.latest(environment.name)
    if under_way is not None and not under_way.final:
        raise StateError(
            f"{environment.name} is busy with rollout {under_way.id} ({under_way.state})",
            mend=f"wait for it, end it with `esclusa abort {under_way.id}`, or see `when_busy`",
        )
    spec = spec or workshop.project.strategies[environment.strategy]
    stable = workshop.rollouts.serving(environment.name)
    rollout = set_out(
        rollout=rollout_id,
        project=workshop.project.name,
        run=run,
        spec=spec,
        strategy=plugins.load("strategies", spec.uses),
        # The stable release itself, gone down: there is nothing to compare it with.
        old=_fleet(workshop, environment, stable, spec) if stable not in ("", release_id) else None,
        new=_fleet(workshop, environment, release_id, spec),
        now=workshop.clock.now(),
    )
    rollout = replace(
        rollout,
        smoke=bool(run and environment.smoke and not undoes),
        undoes=undoes,
        hearing=_hearing(workshop, spec, source or workshop.root),
        revives=stable == release_id,
    )
    workshop.rollouts.create(rollout, created(rollout))
    return rollout


async def make_way(workshop: Workshop, environment: Environment, release_id: str, task: Task) -> None:
    """Wait for another rollout that is under way there, or take it back, as the environment says."""
    other = workshop.rollouts.latest(environment.name)
    if other is None or other.final or other.run == task.run or environment.when_busy == "refuse":
        return
    if environment.when_busy == "replace":
        task.say(f"taking back {other.id} ({other.state}), which is under way in {environment.name}")
        workshop.rollouts.wish(other.id, Wish(verb="supersede", by=f"release {release_id[:12]}"))
    else:
        task.say(f"waiting for {other.id} ({other.state}), which is under way in {environment.name}")
    await follow(workshop, other, task)


async def serves(workshop: Workshop, environment: Environment, release_id: str) -> bool:
    """Whether the environment has been promoted to this release, and it is there and healthy."""
    if workshop.rollouts.serving(environment.name) != release_id:
        return False
    seen = await workshop.target(environment.target).observe(environment.name)
    return any(one.release == release_id and one.healthy > 0 for one in seen.workloads)


async def follow(workshop: Workshop, rollout: Rollout, task: Task) -> Rollout:
    """Tell the rollout's news until it is final."""
    await workshop.hand_over()
    after, said = 0, ""
    while True:
        with anyio.move_on_after(LOOK):
            async for recorded in workshop.journal.follow(after=after, rollout=rollout.id):
                after = recorded.sequence
                said = _tell(recorded.event, task, said)
                if isinstance(recorded.event, RolloutMoved) and recorded.event.state in FINAL:
                    return _loaded(workshop, rollout.id)
        # Nothing for a while: whoever killed the controller and its supervisor left this process to notice.
        await workshop.hand_over()


def _next_of(workshop: Workshop, name: str, *, again: bool) -> tuple[str, Rollout | None]:
    """The rollout of that name, or the newest `again` with a number behind it; None when it is to begin."""
    for number in count(1):
        rollout_id = f"{name}.{number}" if number > 1 else name
        existing = workshop.rollouts.load(rollout_id)
        if existing is None or not again or existing.state not in NOT_CARRIED_OUT:
            return rollout_id, existing
    raise AssertionError("unreachable: numbers do not end")


def _hearing(workshop: Workshop, spec: StrategySpec, source: Path) -> Hearing | None:
    suites = {name: getattr(spec, name) for name in ("score", "replay", "preflight")}
    if not any(suites.values()):
        return None
    project = workshop.project
    placed = {name: str(source / path) if path else "" for name, path in suites.items()}
    return Hearing(**placed, ask=project.agent.ask, prices=project.prices)


def _fleet(workshop: Workshop, environment: Environment, release_id: str, spec: StrategySpec) -> Fleet:
    release = known_release(workshop, release_id)
    return fleet_of(release, environment, flag_server=flag_server, sticky=spec.sticky)


def _loaded(workshop: Workshop, rollout_id: str) -> Rollout:
    rollout = workshop.rollouts.load(rollout_id)
    if rollout is None:
        raise StateError(f"rollout {rollout_id} has vanished from the store", mend="esclusa doctor")
    return rollout


def _tell(event: Event, task: Task, said: str) -> str:
    """Tell it; a reason that was the last one `said` is not told again. The last one said."""
    if isinstance(event, RolloutMoved):
        news = f": {event.reason}" if event.reason not in ("", said) else ""
        task.say(f"{event.state}, candidate at {event.share:.0%}{news}")
        said = event.reason or said
        task.tell({"state": event.state.value, "share": f"{event.share:.0%}", **_exposure(event)})
    elif isinstance(event, RolloutJudged):
        task.tell({**_exposure(event), **_evidence_so_far(event.judgement.rules)})
    return said


def _exposure(event: RolloutMoved | RolloutJudged) -> dict[str, str]:
    return {"exposed": str(event.exposed), "harmed": str(event.harmed)}


def _evidence_so_far(rules: tuple[RuleJudgement, ...]) -> dict[str, str]:
    return {
        f"evidence against {rule.metric}": f"{rule.e_value:.2g} of {rule.threshold:.0f}"
        for rule in rules
        if rule.e_value is not None and rule.threshold is not None
    }
