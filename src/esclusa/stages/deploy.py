"""`uses: deploy`: a sealed release handed to an environment's rollout, followed until it is over.

It decides nothing: the strategy plans, the controller drives, and this step reads the journal. Killing it
changes nothing; a resumed run finds its rollout again by name.
"""

import anyio

from esclusa import plugins
from esclusa.core.action import Task
from esclusa.core.errors import StateError, StepFailed
from esclusa.core.events import Event, RolloutCreated, RolloutJudged, RolloutMoved
from esclusa.core.evidence import Evidence, Failure
from esclusa.core.fleet import Fleet
from esclusa.core.gate import RuleJudgement
from esclusa.core.project import Environment, Step, StrategySpec
from esclusa.core.rollout import FINAL, Rollout, RolloutState
from esclusa.releases.fleet import fleet_of
from esclusa.stages.serve import known_release
from esclusa.stages.workshop import Workshop

DIRECT = StrategySpec(name="direct", uses="direct", bake=0.0, min_samples=0)
LOOK = 3.0
"""Seconds without news after which the controller is made sure of again."""


class Deploy:
    """Brings the run's release into one environment."""

    def __init__(self, workshop: Workshop, step: Step) -> None:
        self._workshop = workshop
        self._environment = workshop.project.environment(step.settings["environment"])

    async def run(self, task: Task) -> Evidence:
        """Outputs: `rollout`, and `<environment>` (the release that serves it now)."""
        release = task.output("release")
        if not release:
            raise StepFailed("there is no release to deploy", mend="add `artifact:` to the build stage")
        await self._workshop.begin_deploy(task.run, release)
        rollout = plan_rollout(self._workshop, self._environment, release, run=task.run)
        if rollout is None:
            task.say(f"{self._environment.name} serves {release[:12]} already")
            return Evidence(outputs={self._environment.name: release})
        ended = await follow(self._workshop, rollout, task)
        return _evidence(ended, self._environment)


def plan_rollout(
    workshop: Workshop, environment: Environment, release_id: str, *, run: str, name: str = ""
) -> Rollout | None:
    """The rollout of this release into this environment, created unless it exists; None if it serves already.

    StateError when another rollout is under way there.
    """
    rollout_id = name or f"{run}.{environment.name}"
    existing = workshop.rollouts.load(rollout_id)
    if existing is not None:
        return existing
    stable = workshop.rollouts.serving(environment.name)
    if stable == release_id:
        return None
    under_way = workshop.rollouts.latest(environment.name)
    if under_way is not None and not under_way.final:
        raise StateError(
            f"{environment.name} is busy with rollout {under_way.id} ({under_way.state})",
            mend=f"wait for it, or end it: esclusa abort {under_way.id}",
        )
    rollout = _planned(workshop, environment, release_id, stable, rollout_id, run)
    workshop.rollouts.create(rollout, _created(rollout))
    return rollout


async def follow(workshop: Workshop, rollout: Rollout, task: Task) -> Rollout:
    """Tell the rollout's news until it is final."""
    await workshop.hand_over()
    after = 0
    while True:
        with anyio.move_on_after(LOOK):
            async for recorded in workshop.journal.follow(after=after, rollout=rollout.id):
                after = recorded.sequence
                _tell(recorded.event, task)
                if isinstance(recorded.event, RolloutMoved) and recorded.event.state in FINAL:
                    return _loaded(workshop, rollout.id)
        # Nothing for a while: whoever killed the controller and its supervisor left this process to notice.
        await workshop.hand_over()


def _planned(
    workshop: Workshop, environment: Environment, release_id: str, stable: str, rollout_id: str, run: str
) -> Rollout:
    spec = workshop.project.strategies.get(environment.strategy, DIRECT)
    new = fleet_of(known_release(workshop, release_id), environment, sticky=spec.sticky)
    old = fleet_of(known_release(workshop, stable), environment, sticky=spec.sticky) if stable else None
    now = workshop.clock.now()
    return Rollout(
        id=rollout_id,
        project=workshop.project.name,
        environment=environment.name,
        candidate=release_id,
        stable=stable,
        run=run,
        spec=spec,
        phases=plugins.load("strategies", spec.uses)(old, new, spec),
        restore=old or Fleet(environment=environment.name, port=environment.port),
        started=now,
        since=now,
    )


def _created(rollout: Rollout) -> RolloutCreated:
    return RolloutCreated(
        rollout=rollout.id,
        run=rollout.run,
        environment=rollout.environment,
        candidate=rollout.candidate,
        stable=rollout.stable,
        strategy=rollout.spec.name,
        steps=tuple(phase.share for phase in rollout.phases),
    )


def _loaded(workshop: Workshop, rollout_id: str) -> Rollout:
    rollout = workshop.rollouts.load(rollout_id)
    if rollout is None:
        raise StateError(f"rollout {rollout_id} has vanished from the store", mend="esclusa doctor")
    return rollout


def _tell(event: Event, task: Task) -> None:
    if isinstance(event, RolloutMoved):
        task.say(
            f"{event.state}, candidate at {event.share:.0%}" + (f": {event.reason}" if event.reason else "")
        )
        task.tell({"state": event.state.value, "share": f"{event.share:.0%}", **_exposure(event)})
    elif isinstance(event, RolloutJudged):
        task.tell({**_exposure(event), **_evidence_so_far(event.judgement.rules)})


def _exposure(event: RolloutMoved | RolloutJudged) -> dict[str, str]:
    return {"exposed": str(event.exposed), "harmed": str(event.harmed)}


def _evidence_so_far(rules: tuple[RuleJudgement, ...]) -> dict[str, str]:
    return {
        f"evidence against {rule.metric}": f"{rule.e_value:.2g} of {rule.threshold:.0f}"
        for rule in rules
        if rule.e_value is not None and rule.threshold is not None
    }


def _evidence(rollout: Rollout, environment: Environment) -> Evidence:
    if rollout.state is RolloutState.PROMOTED:
        return Evidence(outputs={"rollout": rollout.id, environment.name: rollout.candidate})
    return Evidence(
        outputs={"rollout": rollout.id},
        failure=Failure(
            reason="gate" if rollout.state is RolloutState.ROLLED_BACK else "step",
            message=f"{environment.name}: {rollout.state.value.replace('_', ' ')}: {rollout.reason}",
            mend=f"esclusa why {rollout.id}",
        ),
    )
