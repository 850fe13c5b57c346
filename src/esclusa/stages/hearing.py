"""Hearing: what a rollout takes evidence with beside the router's log, made by the room of evals."""

from pathlib import Path

from esclusa.core.ports import Clock
from esclusa.core.rollout import Hearing
from esclusa.evals.live import LiveScoring, live_metrics
from esclusa.evals.replay import Replay
from esclusa.evals.runner import run_suite
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import load_suite
from esclusa.stages.smoke import smoke_failure


def scoring_of(hearing: Hearing, clock: Clock) -> LiveScoring | None:
    """What scores live conversations; None when nobody does. ConfigurationError when the suite cannot be
    read.
    """
    if not hearing.score:
        return None
    suite = load_suite(Path(hearing.score))
    subject = build_subject(suite.ask or hearing.ask, Site(clock=clock))
    return LiveScoring(suite, subject, hearing.prices)


def replay_of(hearing: Hearing, clock: Clock) -> Replay | None:
    """What replays cases, for the metrics that live conversations do not tell. ConfigurationError too."""
    if not hearing.replay:
        return None
    told = live_metrics(load_suite(Path(hearing.score))) if hearing.score else ()
    return Replay(load_suite(Path(hearing.replay)), hearing.ask, hearing.prices, clock, told)


class SuitePreflight:
    """Asks the preflight suite (core.ports.Preflight)."""

    def __init__(self, hearing: Hearing, clock: Clock) -> None:
        self._hearing = hearing
        self._clock = clock

    async def ask(self, url: str) -> str:
        """Why the suite is not answered correctly; ConfigurationError when it cannot be read."""
        suite = load_suite(Path(self._hearing.preflight))
        subject = build_subject(suite.ask or self._hearing.ask, Site(url=url, clock=self._clock))
        evidence = await run_suite(suite, subject, clock=self._clock, prices=self._hearing.prices)
        return smoke_failure(evidence, "preflight")
