"""Arrivals: when each request of an open level is due. Pure; the source of chance is passed in.

A Poisson process, given how many arrivals there are in a stretch, has them uniformly distributed over it
(Kingman 1993, section 2.4). Their number is fixed to what the rate says, so that the offered load is the one
that was asked for and not a draw around it. The ramp is the same process with a rate that rises from 0 to the
level's.
"""

import math
import random
from typing import Literal, NamedTuple

from esclusa.evals.load.profile import Level, Profile


class Due(NamedTuple):
    """Seconds from the beginning of the level at which each request is due, in order."""

    times: tuple[float, ...]
    measured_from: float
    """What is due earlier belongs to the ramp and the warm-up."""
    until: float


def arrivals(profile: Profile, level: Level, source: random.Random) -> Due:
    """The requests of an open level."""
    rate = level.at
    duration = level.requests / rate if level.duration is None and level.requests else level.duration
    assert duration is not None, "a level has a duration or a number of requests"
    steady = profile.ramp + profile.warm_up
    ramp = [
        math.sqrt(2.0 * profile.ramp * share / rate)
        for share in _stretch(rate * profile.ramp / 2.0, profile.arrivals, source)
    ]
    warm_up = [
        profile.ramp + share / rate for share in _stretch(rate * profile.warm_up, profile.arrivals, source)
    ]
    measured = [steady + share / rate for share in _stretch(rate * duration, profile.arrivals, source)]
    return Due(times=(*ramp, *warm_up, *measured), measured_from=steady, until=steady + duration)


def _stretch(expected: float, kind: Literal["poisson", "constant"], source: random.Random) -> list[float]:
    """Where in [0, expected) as many arrivals as expected are, on a scale on which their rate is 1."""
    count = round(expected)
    if kind == "constant":
        return [(number + 0.5) * expected / count for number in range(count)]
    return sorted(source.random() * expected for _ in range(count))
