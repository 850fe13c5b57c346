"""The reporter: the trial of a rollout, from the log alone, once its time is over."""

import time
from collections.abc import Mapping
from datetime import timedelta

from esclusa.core.errors import OutsideError
from esclusa.core.rollout import Rollout, RolloutState
from esclusa.core.traffic import Request
from esclusa.core.trial import Finding, Trial
from esclusa.core.value import replace
from esclusa.deploy.engine import set_out
from esclusa.deploy.reporter import Reporter
from esclusa.deploy.strategies.ab import ab
from esclusa.deploy.witness import LAG, Reading
from tests.deploy.fleets import serving, shape
from tests.fakes import START

SINCE = START.timestamp() + 10
HELD = 60 + 30 + LAG
"""`hold`, `deadline`, and what a line may be late."""


class Log:
    """A log that is read a hundred requests at a time."""

    def __init__(self, requests: list[Request]) -> None:
        self.requests = requests
        self.broken = False

    def read(self, offset: Mapping[str, int]) -> Reading:
        if self.broken:
            raise OutsideError("the disk is gone")
        at = offset.get("byte", 0)
        some = self.requests[at : at + 100]
        return Reading(some, {"byte": at + len(some)})


def rollout(state: RolloutState = RolloutState.BAKING, position: int = 1) -> Rollout:
    spec = shape(uses="ab", steps=(), split=0.5, hold=60.0)
    begun = set_out(
        rollout="r",
        project="p",
        run="",
        spec=spec,
        strategy=ab,
        old=serving("old"),
        new=serving("new"),
        now=START,
    )
    since = START + timedelta(seconds=10)
    return replace(begun, state=state, position=position, since=since, shifts=(SINCE - 5, SINCE))


def requests(talks: int = 400) -> list[Request]:
    """Every other conversation is the candidate's, and fails at its first turn."""
    return [
        Request(f"{n}.{turn}", f"c{n}", ("old", "new")[n % 2], at, at + 0.2, n % 2 == 1 and turn == 0)
        for n in range(talks)
        for turn in range(2)
        for at in (SINCE + n / 10 + turn,)
    ]


def reported(reporter: Reporter) -> Trial | None:
    """Once it is counted."""
    for _ in range(500):
        trial = reporter.look(rollout(), SINCE + HELD)
        if trial is not None:
            return trial
        time.sleep(0.01)
    return None


def test_it_reports_when_the_time_is_over_and_the_log_has_been_read() -> None:
    reporter = Reporter(Log(requests()))
    looks = [reporter.look(rollout(), SINCE + second) for second in (1, HELD - LAG - 1)]
    assert looks == [None, None]
    trial = reported(reporter)
    assert trial is not None
    assert (trial.finding, trial.seconds) == (Finding.WORSE, 60.0)
    assert [(one.name, one.release, one.share, one.turns) for one in trial.variants] == [
        ("A", "old", 0.5, 400),
        ("B", "new", 0.5, 400),
    ]


def test_one_that_comes_late_counts_the_same_and_what_comes_later_changes_nothing() -> None:
    known = requests(700)
    steady = Reporter(Log(known))
    for second in range(90):
        steady.look(rollout(), SINCE + second)
    trial = reported(steady)
    assert trial is not None
    assert trial == reported(Reporter(Log(known)))
    assert trial == reported(steady)
    assert trial.variants[0].turns < 700, "what started after the time was over"


def test_while_the_log_cannot_be_read_nothing_is_reported() -> None:
    log = Log(requests())
    log.broken = True
    reporter = Reporter(log)
    assert reporter.look(rollout(), SINCE + HELD) is None
    log.broken = False
    assert reported(reporter) is not None


def test_other_phases_have_nothing_to_report() -> None:
    reporter = Reporter(Log(requests()))
    for state, position in (
        (RolloutState.SHIFTING, 1),
        (RolloutState.PROMOTING, 2),
        (RolloutState.PAUSED, 1),
    ):
        assert reporter.look(rollout(state, position), SINCE + HELD) is None
