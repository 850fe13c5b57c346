"""Answers in words: what a rule can tell with so many cases. An empty text where there is nothing to say."""

from collections.abc import Sequence

from esclusa.gates.estimates import CONFIDENCE
from esclusa.gates.question import Question
from esclusa.gates.units import format_difference, format_value
from esclusa.stats import planning

ALWAYS = 0.999


def beyond(ask: Question, below: float | None, above: float | None, what: str) -> str:
    """What is told from the limit beyond the cases that are asked."""
    low = f"{format_value(below, ask.unit)} or less" if below is not None else ""
    high = f"{format_value(above, ask.unit)} or more" if above is not None else ""
    told = " and of ".join(part for part in (low, high) if part)
    if not told:
        return f"{what} is never clear of the limit beyond these cases"
    return f"{what} of {told} is clear of the limit beyond these cases {ask.often}"


def passes(passing: Sequence[int], n: int) -> str:
    """Which counts of n pass; they have no gap."""
    if not passing:
        return ""
    first, last = passing[0], passing[-1]
    if first == last:
        return f"it passes with {'none' if last == 0 else last} of {n} only"
    return f"it passes with {first} or more of {n}" if last == n else f"it passes with {last} or fewer of {n}"


def least(ask: Question, edge: float, perfect: float, shown: float | None) -> str:
    """How many cases it takes to show at all that a rule with such a limit holds, where these do not: those
    of which the share is `perfect`.
    """
    if shown is not None or not 0.0 < edge < 1.0:
        return ""
    least = planning.cases_against_limit(perfect, edge, power=ask.power, confidence=CONFIDENCE)
    return f"to show at all that it holds beyond them takes {least} cases or more"


def wanted(ask: Question, value: float | None, needed: int | None, what: str) -> str:
    """How many cases tell what is expected."""
    if value is None or needed is None:
        return ""
    return f"for {what} of {format_value(value, ask.unit)} it takes about {needed} cases"


def regression(ask: Question, worse: float | None, unit: str, what: str) -> str:
    """Which change to the worse is called a regression."""
    if worse is None:
        return "no change to the worse is called a regression often enough"
    turn = "fall" if ask.higher else "rise"
    return f"a {turn} of {what} by {_size(worse, unit)} is called a regression {ask.often}"


def let_through(unchanged: float | None) -> str:
    """How often a release that is no worse passes."""
    if unchanged is None:
        return ""
    return f"a release that is no worse is let through in {_often(unchanged)} of runs"


def _often(chance: float) -> str:
    return "over 99.9 %" if chance > ALWAYS else format_value(chance, "share")


def called(drop: float, needed: int | None, unit: str) -> str:
    """How many cases call such a change a regression."""
    return f"for {_size(drop, unit)} it takes about {needed} cases" if needed is not None else ""


def _size(difference: float, unit: str) -> str:
    return format_difference(difference, unit).removeprefix("+")
