"""`uses: eval`: a suite asked of the built release, served as production serves it.

`esclusa eval --agent` asks the same of an agent that somebody else runs; no file can say so, for what a run
evaluates is what it ships.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from esclusa.core.action import Task
from esclusa.core.errors import StepFailed
from esclusa.core.evidence import Evidence
from esclusa.core.fleet import Endpoint
from esclusa.core.project import Step
from esclusa.core.value import EMPTY, replace
from esclusa.evals.kept import Answers
from esclusa.evals.load.run import run_load
from esclusa.evals.outage import Outside
from esclusa.evals.panel import check_suite, missing
from esclusa.evals.runner import run_suite
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import Suite, load_suite
from esclusa.evals.workers.cluster import Cluster
from esclusa.evals.workers.hand import Job
from esclusa.evals.workers.spread import Spread
from esclusa.gates.stopping import Stopping, families, waiting
from esclusa.stages.baseline import baseline
from esclusa.stages.elsewhere import AGENT, Elsewhere
from esclusa.stages.serve import served, trial
from esclusa.stages.workshop import Workshop


class Place(Protocol):
    """Where an agent answers, and who knows what is wrong with what it needs; None: nobody does."""

    @property
    def endpoint(self) -> Endpoint: ...

    @property
    def trouble(self) -> Outside | None: ...


class RunSuite:
    """Serves the release in an environment of its own, asks the suite, and removes it again."""

    def __init__(self, workshop: Workshop, step: Step) -> None:
        self._workshop = workshop
        self._step = step
        self._suite: str = step.settings["suite"]
        self._agent: str = step.settings.get("agent", "")
        self._workers: str = step.settings.get("workers", "")

    async def run(self, task: Task) -> Evidence:
        """The suite's measurements; ConfigurationError before anything is served when the suite is wrong."""
        if self._agent:
            return await self._elsewhere(task)
        release = task.output("release")
        if task.source is None or not release:
            raise StepFailed(
                "there is no built release to evaluate",
                mend="put `checkout:` in the source stage and `artifact:` in the build stage",
            )
        suite = load_suite(task.source / self._suite)
        check_suite(suite)
        what = "a load" if suite.load else _cases(suite)
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
                workers=self._workers,
            )

    def _stop(self) -> Stopping:
        """What the cases are to settle, where the suite may stop then."""
        project, workshop = self._workshop.project, self._workshop
        evals = [step.id for stage in project.stages for step in stage.steps if step.uses == self._step.uses]
        _, before = baseline(project.environments, workshop.rollouts, workshop.releases, workshop.journal)
        rules = waiting(project.gates, self._step.id, evals)
        return Stopping(rules, self._step.id, (before or {}).get(self._step.id), families(project.gates))

    async def _elsewhere(self, task: Task) -> Evidence:
        suite = load_suite(self._workshop.root / self._suite)
        check_suite(suite)
        place = Elsewhere.named(self._agent, suite.ask or self._workshop.project.agent.ask)
        task.say(f"asking {_cases(suite)} of {self._agent}")
        evidence = await ask(
            self._workshop, suite, place, task, release="", how=place.how, workers=self._workers
        )
        return replace(evidence, outputs={**evidence.outputs, AGENT: self._agent})


def _cases(suite: Suite) -> str:
    """How many, and how often."""
    often = f", each {suite.repeats} times," if suite.repeats > 1 else ""
    return f"{len(suite.dataset.questions)} cases{often}"


async def ask(
    workshop: Workshop,
    suite: Suite,
    place: Place,
    task: Task,
    *,
    release: str,
    how: Mapping[str, Any] = EMPTY,
    cached: bool = False,
    stop: Stopping | None = None,
    workers: str = "",
) -> Evidence:
    """Ask a suite of an agent; a failed call counts against the agent while its services are up.

    `how` it is asked, if not as the suite or the project says. `cached`: what the release answered before
    will do. Whoever asks whether it answers now does not say so. `workers` names the Ray cluster that asks;
    empty for this process.
    """
    site = Site(
        url=place.endpoint.url,
        directory=task.source or workshop.root,
        clock=workshop.clock,
        patient=suite.load is None,
    )
    how = how or suite.ask or workshop.project.agent.ask
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
        crew=_crew(workers, suite, site, how, task) if workers else None,
    )


def _crew(workers: str, suite: Suite, site: Site, how: Mapping[str, Any], task: Task) -> Spread:
    """Who asks and scores, where that is not this process."""
    job = Job(
        suite=suite, ask=how, url=site.url, directory=str(site.directory.resolve()), missing=missing(suite)
    )
    return Spread(Cluster(workers, job), [spec.name for spec in suite.scorers], task.say)
