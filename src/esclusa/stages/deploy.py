"""`uses: deploy`: a sealed release handed to an environment's rollout, followed until it is over.

It decides nothing: the strategy plans, the controller drives, and this step reads the journal. Killing it
changes nothing; a resumed run finds its rollout again by name.
"""

import anyio

from esclusa import plugins
from esclusa.core.action import Task
from esclusa.core.errors import StateError, StepFailed
from esclusa.core.events import Event, RolloutJudged, RolloutMoved
from esclusa.core.evidence import Evidence, Failure, Rate
from esclusa.core.fleet import Fleet
from esclusa.core.gate import RuleJudgement
from esclusa.core.project import DIRECT, Environment, Step, StrategySpec
from esclusa.core.rollout import FINAL, Rollout, RolloutState
from esclusa.core.value import replace
from esclusa.deploy.engine import created, set_out
from esclusa.evals.suite import load_suite
from esclusa.releases.fleet import fleet_of
from esclusa.stages.eval import ask
from esclusa.stages.serve import Served, known_release
from esclusa.stages.workshop import Workshop

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
        if await serves(self._workshop, self._environment, release):
            task.say(f"{self._environment.name} serves {release[:12]} already")
            return Evidence(outputs={self._environment.name: release})
        rollout = begin_rollout(self._workshop, self._environment, release, run=task.run)
        ended = await follow(self._workshop, rollout, task)
        if ended.state is not RolloutState.PROMOTED or not self._environment.smoke:
            return _evidence(ended, self._environment)
        return await self._smoke(ended, task)

    async def _smoke(self, rollout: Rollout, task: Task) -> Evidence:
        """Ask the smoke suite of what now serves; a wrong answer takes the environment back."""
        workshop, environment = self._workshop, self._environment
        target = workshop.target(environment.target)
        seen = await target.observe(environment.name)
        if seen.endpoint is None or task.source is None:
            raise StepFailed(f"{environment.name} cannot be asked: its router is {seen.router}")
        suite = load_suite(task.source / environment.smoke)
        place = Served.at(seen.endpoint, seen, target)
        task.say(f"asking {len(suite.dataset.questions)} smoke cases of {environment.name}")
        evidence = await ask(workshop, suite, place, task, release=rollout.candidate)
        wrong = smoke_failure(evidence)
        if not wrong:
            task.say("every smoke case answered correctly")
            return replace(_evidence(rollout, environment), measurements=evidence.measurements)
        await self._take_back(rollout, task)
        failure = Failure(
            reason="gate", message=f"{environment.name}: {wrong}", mend="esclusa logs " + task.step.id
        )
        return replace(evidence, outputs={"rollout": rollout.id}, failure=failure)

    async def _take_back(self, rollout: Rollout, task: Task) -> None:
        if not rollout.stable:
            task.say("there is no earlier release to go back to")
            return
        back = begin_rollout(
            self._workshop,
            self._environment,
            rollout.stable,
            run="",
            name=f"{rollout.id}.smoke-failed",
            spec=self._workshop.project.strategies[DIRECT],
        )
        task.say(f"going back to {rollout.stable[:12]}")
        await follow(self._workshop, back, task)


def begin_rollout(
    workshop: Workshop,
    environment: Environment,
    release_id: str,
    *,
    run: str,
    name: str = "",
    spec: StrategySpec | None = None,
) -> Rollout:
    """The rollout of this release into this environment, created unless it exists.

    StateError when another rollout is under way there.
    """
    rollout_id = name or f"{run}.{environment.name}"
    existing = workshop.rollouts.load(rollout_id)
    if existing is not None:
        return existing
    under_way = workshop.rollouts.latest(environment.name)
    if under_way is not None and not under_way.final:
        raise StateError(
            f"{environment.name} is busy with rollout {under_way.id} ({under_way.state})",
            mend=f"wait for it, or end it: esclusa abort {under_way.id}",
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
    workshop.rollouts.create(rollout, created(rollout))
    return rollout


async def serves(workshop: Workshop, environment: Environment, release_id: str) -> bool:
    """Whether the environment has been promoted to this release, and it is there and healthy."""
    if workshop.rollouts.serving(environment.name) != release_id:
        return False
    seen = await workshop.target(environment.target).observe(environment.name)
    return any(one.release == release_id and one.healthy > 0 for one in seen.workloads)


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


def smoke_failure(evidence: Evidence) -> str:
    """Why a smoke suite is not fully answered and correct; empty if it is."""
    coverage = evidence.coverage
    if coverage is None or coverage.total == 0:
        return "no smoke case was asked"
    if coverage.seen < coverage.total:
        return f"only {coverage.seen} of {coverage.total} smoke cases could be asked"
    accuracy = evidence.measurements.get("accuracy")
    if not isinstance(accuracy, Rate):
        return f"the smoke suite measured no accuracy: {evidence.missing.get('accuracy', 'it has no scorer')}"
    wrong = [case for case, score in accuracy.cases.items() if score < 1]
    return (
        f"{len(wrong)} of {accuracy.n} smoke cases answered wrongly: {', '.join(wrong[:5])}" if wrong else ""
    )


def _fleet(workshop: Workshop, environment: Environment, release_id: str, spec: StrategySpec) -> Fleet:
    return fleet_of(known_release(workshop, release_id), environment, sticky=spec.sticky)


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
            # What failed without being judged could not be started.
            reason="gate" if rollout.state is RolloutState.ROLLED_BACK else "outside",
            message=f"{environment.name}: {rollout.state.value.replace('_', ' ')}: {rollout.reason}",
            mend=f"esclusa why {rollout.id}",
        ),
    )
