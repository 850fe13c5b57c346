"""A recount: the statistics of a rollout, told again from the router's log alone.

What controllers have written through any number of deaths must be what one look at the whole log gives.
"""

from esclusa.core.rollout import Rollout
from esclusa.core.value import Value
from esclusa.deploy.witness import TrafficLog, terms_of
from esclusa.gates.live import Analysis, Restart
from esclusa.gates.live import recount as analysed


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


def recount(rollout: Rollout, traffic: TrafficLog) -> Totals:
    """The totals of all that the rollout has read of the log, counted in one go."""
    after = traffic.read(rollout.offset)
    whole = traffic.read({})
    grown = traffic.read(after.offset)
    read = len(whole.requests) - len(after.requests) - len(grown.requests)
    return totals(
        analysed(
            terms_of(rollout),
            whole.requests[:read],
            rollout.judged,
            shifts=rollout.shifts,
            restarts=[Restart(down, up) for down, up in rollout.restarts],
        )
    )


def recorded(rollout: Rollout) -> Totals:
    """The totals as the controllers wrote them. StateError when they cannot be read."""
    return totals(Analysis.read(rollout.analysis))


def totals(analysis: Analysis) -> Totals:
    """What an analysis came to."""
    return Totals(
        exposed=analysis.exposed,
        harmed=analysis.harmed,
        units=analysis.candidate.turns,
        units_failed=analysis.candidate.turns_failed,
        baseline=analysis.baseline.turns,
        baseline_failed=analysis.baseline.turns_failed,
        capital=tuple(tuple(guard.capital) for guard in analysis.guards),
        dropped=analysis.dropped,
        late=analysis.late,
    )
