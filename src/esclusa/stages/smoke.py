"""The smoke suite of an environment: what was deployed must answer it, or the environment goes back."""

from esclusa.core.action import Task
from esclusa.core.errors import StepFailed
from esclusa.core.events import StepFinished
from esclusa.core.evidence import Evidence, Failure, Rate, Scores
from esclusa.core.project import DIRECT, Environment
from esclusa.core.rollout import Rollout, RolloutState
from esclusa.core.run import StepState
from esclusa.core.value import replace
from esclusa.evals.suite import load_suite
from esclusa.stages.eval import ask
from esclusa.stages.rollouts import begin_rollout, follow
from esclusa.stages.serve import Served
from esclusa.stages.workshop import Workshop


class Smoke:
    """Asks an environment's smoke suite of the release that a rollout brought there."""

    def __init__(self, workshop: Workshop, environment: Environment) -> None:
        self._workshop = workshop
        self._environment = environment

    def answered(self, rollout: Rollout) -> bool:
        """Whether the run of this rollout saw the suite answered correctly."""
        finished = (
            recorded.event
            for recorded in self._workshop.journal.read(run=rollout.run)
            if isinstance(recorded.event, StepFinished)
        )
        return any(
            event.state is StepState.SUCCEEDED
            and event.evidence.outputs.get(self._environment.name) == rollout.candidate
            and "accuracy" in event.evidence.measurements
            for event in finished
        )

    async def run(self, rollout: Rollout, task: Task) -> Evidence:
        """Ask it; a wrong answer takes the environment back, once: a resumed run only sees how that ended."""
        back = self._workshop.rollouts.load(_name_of_way_back(rollout))
        if back is not None:
            return await self._went_back(back, "the smoke suite was not answered correctly before", task)
        evidence = await self._asked(rollout, task)
        wrong = smoke_failure(evidence)
        if not wrong:
            task.say("every smoke case answered correctly")
            return evidence
        ended = await self._went_back(self._way_back(rollout, task), wrong, task)
        return replace(evidence, outputs={"rollout": rollout.id}, failure=ended.failure)

    async def _asked(self, rollout: Rollout, task: Task) -> Evidence:
        workshop, name = self._workshop, self._environment.name
        target = workshop.target(self._environment.target)
        seen = await target.observe(name)
        if seen.endpoint is None or task.source is None:
            raise StepFailed(f"{name} cannot be asked: its router is {seen.router}")
        if workshop.rollouts.serving(name) != rollout.candidate:
            raise StepFailed(
                f"{name} does not serve {rollout.candidate[:12]} any more: its smoke suite cannot be asked",
                mend="esclusa run",
            )
        suite = load_suite(task.source / self._environment.smoke)
        task.say(f"asking {len(suite.dataset.questions)} smoke cases of {name}")
        place = Served.at(seen.endpoint, seen, target)
        return await ask(workshop, suite, place, task, release=rollout.candidate)

    def _way_back(self, rollout: Rollout, task: Task) -> Rollout | None:
        # What a person rolled back to is not taken away again: the release that it replaced is worse.
        if not rollout.stable or not rollout.run:
            return None
        return begin_rollout(
            self._workshop,
            self._environment,
            rollout.stable,
            run=task.run,
            name=_name_of_way_back(rollout),
            spec=self._workshop.project.strategies[DIRECT],
            undoes=rollout.id,
        )

    async def _went_back(self, back: Rollout | None, wrong: str, task: Task) -> Evidence:
        name = self._environment.name
        if back is None:
            return self._failed(task, f"{wrong}; {name} serves it: there is no earlier release to go back to")
        task.say(f"going back to {back.candidate[:12]}")
        ended = await follow(self._workshop, back, task)
        if ended.state is RolloutState.PROMOTED:
            return self._failed(task, f"{wrong}; went back to {back.candidate[:12]}")
        state = ended.state.value.replace("_", " ")
        return self._failed(task, f"{wrong}; going back to {back.candidate[:12]} {state}: {ended.reason}")

    def _failed(self, task: Task, message: str) -> Evidence:
        message = f"{self._environment.name}: {message}"
        return Evidence(failure=Failure(reason="gate", message=message, mend="esclusa logs " + task.step.id))


def smoke_failure(evidence: Evidence, which: str = "smoke") -> str:
    """Why a smoke suite is not fully answered and correct; empty if it is."""
    coverage = evidence.coverage
    if coverage is None or coverage.total == 0:
        return f"no {which} case was asked"
    if coverage.seen < coverage.total:
        return f"only {coverage.seen} of {coverage.total} {which} cases could be asked"
    accuracy = evidence.measurements.get("accuracy")
    if not isinstance(accuracy, Rate | Scores):
        return (
            f"the {which} suite measured no accuracy: {evidence.missing.get('accuracy', 'it has no scorer')}"
        )
    wrong = [case for case, score in accuracy.cases.items() if score < 1]
    return (
        f"{len(wrong)} of {len(accuracy.cases)} {which} cases answered wrongly: {', '.join(wrong[:5])}"
        if wrong
        else ""
    )


def _name_of_way_back(rollout: Rollout) -> str:
    return f"{rollout.id}.smoke-failed"
