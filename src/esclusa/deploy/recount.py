"""A recount: the statistics of a rollout, told again from the router's log alone.

What controllers have written through any number of deaths must be what one look at the whole log gives.
"""

from collections.abc import Mapping

from esclusa.core.errors import OutsideError
from esclusa.core.rollout import Rollout
from esclusa.core.traffic import Request
from esclusa.core.value import EMPTY, Value
from esclusa.deploy.witness import TrafficLog, terms_of
from esclusa.gates.live_gate import LiveGate

PATIENCE = 100
"""How often a log that grows under our eyes is read again."""


class Totals(Value, frozen=True, kw_only=True):
    """What two ways of counting must agree on, to the last bit."""

    exposed: int
    harmed: int
    units: int
    units_failed: int
    baseline: int
    baseline_failed: int
    capital: tuple[tuple[float, ...], ...]
    """The log capital of every bet of every rule."""
    dropped: int
    late: int
    """Lines that came too late to be betted on: a recount has none, it knows them all."""


def recount(rollout: Rollout, traffic: TrafficLog) -> Totals:
    """The totals of all that the rollout has read of the log, counted in one go."""
    analysis = LiveGate.new(terms_of(rollout))
    for shift in rollout.shifts:
        analysis.shifted(shift)
    analysis.observe(_consumed(rollout.offset, traffic))
    # A restart that was noticed late had no say in what had been closed by then.
    for down, up, judged in rollout.restarts:
        analysis.advance(judged)
        analysis.restarted(down, up)
    analysis.advance(rollout.judged)
    return totals(analysis)


def recorded(rollout: Rollout) -> Totals:
    """The totals as the controllers wrote them. StateError when they cannot be read."""
    return totals(LiveGate.read(rollout.analysis))


def totals(analysis: LiveGate) -> Totals:
    """What an analysis came to."""
    return Totals(
        exposed=analysis.errors.exposed,
        harmed=analysis.errors.harmed,
        units=analysis.errors.candidate.turns,
        units_failed=analysis.errors.candidate.turns_failed,
        baseline=analysis.errors.baseline.turns,
        baseline_failed=analysis.errors.baseline.turns_failed,
        capital=tuple(tuple(guard.capital) for guard in analysis.guards),
        dropped=analysis.errors.dropped,
        late=analysis.late,
    )


def _consumed(offset: Mapping[str, int], traffic: TrafficLog) -> list[Request]:
    """Everything up to an offset: the log from its beginning, less what came after."""
    for _ in range(PATIENCE):
        whole, end = _read_on(EMPTY, traffic)
        after, last = _read_on(offset, traffic)
        beyond, final = _read_on(end, traffic)
        if last == final:
            return whole[: len(whole) - (len(after) - len(beyond))]
    raise OutsideError("the traffic log grows faster than it can be read")


def _read_on(offset: Mapping[str, int], traffic: TrafficLog) -> tuple[list[Request], Mapping[str, int]]:
    requests: list[Request] = []
    while True:
        reading = traffic.read(offset)
        if reading.health:
            raise OutsideError(f"the traffic log cannot be read: {reading.health}")
        requests.extend(reading.requests)
        if reading.offset == offset:
            return requests, offset
        offset = reading.offset
