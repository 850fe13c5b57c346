"""`uses: deploy`: a sealed release handed to an environment's rollout, followed until it is over.

It decides nothing: the strategy plans, the controller drives, and this step reads the journal. Killing it
changes nothing; a resumed run finds its rollout again by name.
"""

from esclusa.core.action import Task
from esclusa.core.errors import StepFailed
from esclusa.core.evidence import Evidence, Failure
from esclusa.core.project import Environment, Step
from esclusa.core.rollout import Rollout, RolloutState
from esclusa.core.value import replace
from esclusa.stages.rollouts import begin_rollout, follow, has_begun, let_in, make_way, serves
from esclusa.stages.smoke import Smoke
from esclusa.stages.workshop import Workshop


class Deploy:
    """Brings the run's release into one environment."""

    def __init__(self, workshop: Workshop, step: Step) -> None:
        self._workshop = workshop
        self._environment = workshop.project.environment(step.settings["environment"])
        self._smoke = Smoke(workshop, self._environment)

    async def run(self, task: Task) -> Evidence:
        """Outputs: `rollout`, and `<environment>` (the release that serves it now) if it was promoted."""
        release = task.output("release")
        if not release:
            raise StepFailed("there is no release to deploy", mend="add `artifact:` to the build stage")
        await self._workshop.begin_deploy(task.run, release)
        if await serves(self._workshop, self._environment, release):
            return await self._served_already(release, task)
        begun = has_begun(self._workshop, self._environment, task.run)
        if not begun:
            let_in(self._workshop, self._environment)
        await make_way(self._workshop, self._environment, release, task, run=task.run)
        # What has set out goes on; and much may have happened while it waited for its way.
        override = None if begun else let_in(self._workshop, self._environment)
        rollout = begin_rollout(
            self._workshop,
            self._environment,
            release,
            run=task.run,
            override=override,
            source=task.source,
        )
        ended = await follow(self._workshop, rollout, task)
        if ended.state is not RolloutState.PROMOTED or not self._environment.smoke:
            return _evidence(ended, self._environment)
        return await self._smoked(ended, task)

    async def _served_already(self, release: str, task: Task) -> Evidence:
        """No rollout; but whoever brought it here may have gone before the smoke suite was answered."""
        task.say(f"{self._environment.name} serves {release[:12]} already")
        rollout = self._workshop.rollouts.promoted(self._environment.name)
        if rollout is None or not self._environment.smoke or self._smoke.answered(rollout):
            return Evidence(outputs={self._environment.name: release})
        return await self._smoked(rollout, task)

    async def _smoked(self, rollout: Rollout, task: Task) -> Evidence:
        evidence = await self._smoke.run(rollout, task)
        if evidence.failure is not None:
            return evidence
        return replace(_evidence(rollout, self._environment), measurements=evidence.measurements)


def _evidence(rollout: Rollout, environment: Environment) -> Evidence:
    if rollout.state is RolloutState.PROMOTED:
        return Evidence(outputs={"rollout": rollout.id, environment.name: rollout.candidate})
    if rollout.state is RolloutState.CONCLUDED:
        return Evidence(outputs={"rollout": rollout.id})
    return Evidence(
        outputs={"rollout": rollout.id},
        failure=Failure(
            # What failed without being judged could not be started.
            reason="gate" if rollout.state is RolloutState.ROLLED_BACK else "outside",
            message=f"{environment.name}: {rollout.state.value.replace('_', ' ')}: {rollout.reason}",
            mend=f"esclusa why {rollout.id}",
        ),
    )
