"""A load run: one level that is measured, then the search for saturation, if the profile asks for it.

A level is measured undisturbed or not at all: while something that the agent needs is down nothing is sent,
and when it is back the level begins anew. So does the measured one when the generator itself could not keep
up, as on a machine that is busy for a moment: that says nothing of the agent. Nothing is resumed or cached:
half a load is another load.
"""

import random
import resource
from collections import deque
from collections.abc import Callable, Mapping

from esclusa.core.errors import UsageError
from esclusa.core.evidence import Evidence
from esclusa.core.ports import Clock
from esclusa.core.project import Price
from esclusa.core.value import EMPTY
from esclusa.evals.answer import Answer
from esclusa.evals.load.drive import Course, drive, endless
from esclusa.evals.load.measure import evidence, nothing, said
from esclusa.evals.load.passage import Passage, Request, late, latency
from esclusa.evals.load.profile import Level, Profile
from esclusa.evals.load.search import Outcome, described, following, outcome
from esclusa.evals.measure import cost
from esclusa.evals.outage import PATIENCE, Outage, Outside
from esclusa.evals.subjects import Subject
from esclusa.evals.suite import Suite
from esclusa.stats.intervals import quantile

ANEW = 2
"""Times that a level is begun anew which was disturbed, or for which the generator was late."""
RECENT = 500
"""Requests of which the p95 is told while the load runs."""
LINES = 20
"""Failed requests that are named in the step's log."""
SPARE = 100
"""Open files that are not connections to the agent."""


def _nobody(_: object) -> None:
    """Nobody listens."""


async def run_load(
    suite: Suite,
    subject: Subject,
    *,
    clock: Clock,
    prices: Mapping[str, Price] = EMPTY,
    tell: Callable[[Mapping[str, str]], None] = _nobody,
    say: Callable[[str], None] = _nobody,
    outside: Outside | None = None,
    patience: float = PATIENCE,
) -> Evidence:
    """Load the agent as the suite's profile says, and count.

    `outside` is consulted while requests fail, and now and then (evals.outage). UsageError when the machine
    allows too few open files. Cancelling closes every connection.
    """
    profile = suite.load
    assert profile is not None, "a suite with a load profile"
    _check_files(profile)
    source = random.Random(suite.seed)
    outage = Outage(outside, clock, say, patience)

    def priced(answer: Answer) -> float | None:
        return cost(answer.tokens_in, answer.tokens_out, prices.get(answer.model))

    async with subject:
        course = Course(
            subject=subject,
            profile=profile,
            questions=endless(suite.dataset.questions, source),
            timeout=suite.timeout,
            source=source,
            clock=clock,
            outage=outage,
            audience=_Progress(tell, say),
            cost=priced,
        )
        return await _measured(suite, course, say)


async def _measured(suite: Suite, course: Course, say: Callable[[str], None]) -> Evidence:
    profile = course.profile
    say(f"measuring at {described(profile, profile.level.at)}")
    passage = await _on_time(course, profile.level, say)
    if passage is None:
        return nothing(suite, f"the load was given up: {course.outage.known}")
    outcomes: list[Outcome] = []
    while profile.saturation is not None:
        at = following(profile.saturation, outcomes, whole=profile.loop == "closed")
        if at is None:
            break
        level = Level(at=at, duration=profile.saturation.duration, requests=None)
        found = await _undisturbed(course, level, say)
        if found is None:
            outcomes.append(Outcome(at, 0.0, "", course.outage.known))
        else:
            outcomes.append(outcome(found, at, profile.saturation.limits))
        say(said(profile, outcomes[-1]))
    return evidence(suite, profile, passage, outcomes)


async def _on_time(course: Course, level: Level, say: Callable[[str], None]) -> Passage | None:
    """A level at which the generator kept up; the last one, if it never did."""
    for _ in range(ANEW):
        passage = await _undisturbed(course, level, say)
        if passage is None or not (why := late(passage)):
            return passage
        say(f"{described(course.profile, level.at)} is measured anew: {why}")
    return await _undisturbed(course, level, say)


async def _undisturbed(course: Course, level: Level, say: Callable[[str], None]) -> Passage | None:
    """A level during which nothing outside failed; None if there was none."""
    for _ in range(ANEW + 1):
        passage = await drive(course, level)
        if passage is not None:
            return passage
        cause = course.outage.known
        if not await course.outage.over():
            return None
        say(f"{described(course.profile, level.at)} is measured anew, since {cause}")
    course.outage.known = cause
    return None


class _Progress:
    """The numbers of the last requests, and a line for the first that fail."""

    def __init__(self, tell: Callable[[Mapping[str, str]], None], say: Callable[[str], None]) -> None:
        self._tell = tell
        self._say = say
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._count = 0
        self._failed = 0

    def heard(self, request: Request, timeout: float) -> None:
        """One more request."""
        self._count += 1
        seconds = latency(request, timeout)
        if seconds is not None:
            self._recent.append(seconds)
        if request.error:
            self._failed += 1
            if self._failed <= LINES:
                self._say(f"{request.error_kind} error: {request.error.splitlines()[0]}")
            elif self._failed == LINES + 1:
                self._say("(more requests fail)")

    def tell(self) -> None:
        """Hand on the numbers so far."""
        numbers = {"requests": str(self._count)}
        if self._recent:
            numbers["p95"] = f"{quantile(list(self._recent), 0.95):.2f} s"
        if self._failed:
            numbers["failed"] = str(self._failed)
        self._tell(numbers)


def _check_files(profile: Profile) -> None:
    """Whether as many connections as the profile may need can be open at once."""
    levels = profile.saturation.levels if profile.saturation else ()
    most = profile.most_open if profile.loop == "open" else int(max(profile.level.at, *levels, 0))
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed != resource.RLIM_INFINITY and most + SPARE > allowed:
        raise UsageError(
            f"{most} requests at once need {most + SPARE} open files, and this process may have {allowed}",
            mend=f"ulimit -n {most + SPARE}, or a lower `load.most_open`",
        )
