"""`uses: eval`: a suite asked of the built release, served as production serves it."""

from esclusa.core.action import Task
from esclusa.core.errors import StepFailed
from esclusa.core.evidence import Evidence
from esclusa.core.project import Step
from esclusa.evals.kept import Answers
from esclusa.evals.load.run import run_load
from esclusa.evals.panel import check_suite
from esclusa.evals.runner import run_suite
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import Suite, load_suite
from esclusa.gates.stopping import Stopping, waiting
from esclusa.stages.baseline import baseline
from esclusa.stages.serve import Served, served, trial
from esclusa.stages.workshop import Workshop


class RunSuite:
    """Serves the release in an environment of its own, asks the suite, and removes it again."""

    def __init__(self, workshop: Workshop, step: Step) -> None:
        self._workshop = workshop
        self._step = step
        self._suite: str = step.settings["suite"]

    async def run(self, task: Task) -> Evidence:
        """The suite's measurements; ConfigurationError before anything is served when the suite is wrong."""
        release = task.output("release")
        if task.source is None or not release:
            raise StepFailed(
                "there is no built release to evaluate",
                mend="put `checkout:` in the source stage and `artifact:` in the build stage",
            )
        suite = load_suite(task.source / self._suite)
        check_suite(suite)
        what = "a load" if suite.load else f"{len(suite.dataset.questions)} cases"
        task.say(f"serving release {release[:12]} for {what}")
        async with served(self._workshop, release, trial(self._step.id, task.run)) as place:
            return await ask(
                self._workshop,
                suite,
                place,
                task,
                release=release,
                cached=suite.cache,
                stop=self._stop(),
            )

    def _stop(self) -> Stopping:
        """What the cases are to settle, where the suite may stop then."""
        project, workshop = self._workshop.project, self._workshop
        evals = [step.id for stage in project.stages for step in stage.steps if step.uses == self._step.uses]
        _, before = baseline(project.environments, workshop.rollouts, workshop.releases, workshop.journal)
        rules = waiting(project.gates, self._step.id, evals)
        return Stopping(rules, self._step.id, (before or {}).get(self._step.id))


async def ask(
    workshop: Workshop,
    suite: Suite,
    place: Served,
    task: Task,
    *,
    release: str,
    cached: bool = False,
    stop: Stopping | None = None,
) -> Evidence:
    """Ask a suite of a served release; a failed call counts against the agent while its services are up.

    `cached`: what the release answered before will do. Whoever asks whether it answers now does not say so.
    """
    site = Site(
        url=place.endpoint.url,
        directory=task.source or workshop.root,
        clock=workshop.clock,
        patient=suite.load is None,
    )
    how = suite.ask or workshop.project.agent.ask
    subject = build_subject(how, site)
    if suite.load is not None:
        return await run_load(
            suite,
            subject,
            clock=workshop.clock,
            prices=workshop.project.prices,
            tell=task.tell,
            say=task.say,
            outside=place.trouble,
        )
    return await run_suite(
        suite,
        subject,
        clock=workshop.clock,
        prices=workshop.project.prices,
        log=workshop.cases,
        run=task.run,
        step=task.step.id,
        release=release,
        tell=task.tell,
        say=task.say,
        outside=place.trouble,
        asked=task.directory.parent / "asked",
        kept=Answers(workshop.answers, release, how) if cached else None,
        stop=stop,
    )
