"""What tests need of evals: a suite's cases, one question of an agent, and all of a suite at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import anyio

from esclusa.core.events import Event
from esclusa.core.run import Outcome, Run
from esclusa.evals.answer import Answer
from esclusa.evals.question import Message, Question
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import load_suite
from esclusa.reports.sheet import Row, Sheet
from esclusa.stages.elsewhere import Elsewhere
from esclusa.system import SystemClock
from esclusa.workspace.evaluate import Asked, evaluate
from esclusa.workspace.opened import open_here
from esclusa.workspace.run import Choice

__all__ = ["Answer", "Outcome", "Question", "Row", "Run", "Sheet", "ask", "cases", "results"]


class Silent:
    """Looks on and says nothing; the test's own report does."""

    def event(self, event: Event, at: datetime) -> None:
        """An event of the run."""

    def line(self, step: str, text: str) -> None:
        """A line that a step wrote."""

    def note(self, text: str) -> None:
        """Something worth knowing."""

    async def choose(self) -> Choice:
        """Ctrl-C ends it."""
        return "abort"


def cases(suite: Path) -> tuple[Question, ...]:
    """The cases of a suite, as its file orders them. ConfigurationError."""
    return load_suite(suite).dataset.questions


def results(suite: Path, *, agent: str, baseline: str, here: Path) -> tuple[Run, Sheet]:
    """Ask the whole suite and judge it, as `esclusa eval` does; the errors are its own."""
    asked = Asked(suite=suite, agent=agent, baseline=baseline, here=here)
    return anyio.run(evaluate, open_here(here), Silent(), asked)


def ask(
    agent: str, said: str | Sequence[Mapping[str, Any]], *, here: Path, how: Mapping[str, Any], timeout: float
) -> Answer:
    """One answer to a text or to chat messages; how the call failed is a value in it. UsageError for an agent
    that cannot be asked. `how` it is asked, if not by OpenAI's API or as the project says.
    """
    opened = open_here(here)
    place = Elsewhere.named(agent, how or (opened.project.agent.ask if opened.has_file else how))
    site = Site(url=place.endpoint.url, directory=opened.root, clock=SystemClock())
    content = said if isinstance(said, str) else tuple(Message(**message) for message in said)

    async def asked() -> Answer:
        async with build_subject(place.how, site) as subject:
            return await subject.ask(Question(id="test", input=content), timeout)

    return anyio.run(asked)
