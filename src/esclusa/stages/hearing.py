"""Hearing: what scores the live conversations of a rollout, made of a suite by the room of evals."""

from pathlib import Path

from esclusa.core.ports import Clock, Scoring
from esclusa.core.rollout import Hearing
from esclusa.evals.live import LiveScoring
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import load_suite


def scoring_of(hearing: Hearing, clock: Clock) -> Scoring:
    """ConfigurationError when its suite cannot be read any more."""
    suite = load_suite(Path(hearing.suite))
    subject = build_subject(suite.ask or hearing.ask, Site(clock=clock))
    return LiveScoring(suite, subject, hearing.prices)
