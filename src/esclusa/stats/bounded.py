"""The mean of values that have a lowest and a highest possible value: scores, and differences of scores.

The Bayesian bootstrap (Rubin 1981) weighs the values at random, with weights from a Dirichlet distribution.
It knows nothing of values that did not happen to come, and with twenty of them that is what matters: so each
end of the interval is that of the values and of one more at the end of what is possible (Gaffke 2005; Phan,
Thomas & Learned-Miller 2021, arXiv 2106.03163, who prove a sibling of it and know of no distribution that it
covers too seldom). For values that are 0 or 1 it is the interval of Clopper & Pearson.

The distribution of such a mean is had without drawing: with G_i of the gamma distribution, the mean is at
most t when the sum of G_i (x_i - t) is at most 0, whose chance is Lugannani & Rice's saddlepoint formula in
the form of Barndorff-Nielsen (1986). It takes no seed, and some milliseconds.

What is not seen costs width: over 20 values it is 1.2 (evenly spread) to 2 times (mostly high) as wide as the
mean and 1.96 standard errors, over 200 values 1.1 to 1.2 times; where nearly all are perfect, 3.8 and 1.5.
"""

import math
from collections import Counter
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

from esclusa.stats.intervals import Interval

CELLS = 256
"""More values than this are rounded to so many cells of equal width between the lowest and the highest."""
CLOSE = 1e-7
"""Of the range: how exactly an end is found."""


class Mass(NamedTuple):
    """A value and how often it was seen, which may be a part of once."""

    value: float
    weight: float


def mean(
    values: Sequence[float],
    confidence: float = 0.95,
    low: float = 0.0,
    high: float = 1.0,
    *,
    more: float = 1.0,
) -> Interval:
    """The interval of a mean of values in [low, high]; all of it without values.

    `more` is the weight of what is added at each end of the range. With 1 it covers at least `confidence`,
    as far as anybody knows; with 1/2 it is right on average, which for 0 and 1 is Jeffreys' interval: for
    differences, whose range is twice as wide as what they are made of.
    """
    if not values:
        return Interval(low, high)
    width = high - low
    scaled = _cells([min(1.0, max(0.0, (value - low) / width)) for value in values])
    tail = (1.0 - confidence) / 2.0
    below = 1.0 - _highest([Mass(1.0 - one.value, one.weight) for one in reversed(scaled)], tail, more)
    above = _highest(scaled, tail, more)
    return Interval(low + width * below, low + width * above)


def _cells(values: Sequence[float]) -> list[Mass]:
    counts = Counter(values)
    if len(counts) > CELLS:
        counts = Counter(round(value * CELLS) / CELLS for value in values)
    return [Mass(value, float(count)) for value, count in sorted(counts.items())]


def _highest(masses: Sequence[Mass], tail: float, more: float) -> float:
    """What a weighted mean of the values, which rise, and of `more` at 1 exceeds with a chance of `tail`."""
    if masses[0].value >= 1.0:
        return 1.0
    weighed = [*masses, Mass(1.0, more)]
    centre = math.fsum(one.value * one.weight for one in weighed) / math.fsum(one.weight for one in weighed)
    wanted = NormalDist().inv_cdf(1.0 - tail)
    low, high, end = centre, 1.0, (centre + 1.0) / 2.0
    while high - low > CLOSE:
        reach = _reach(weighed, end)
        if reach < wanted:
            low = end
        else:
            high = end
        # Standard errors grow nearly in a line with the distance, so that this is soon there.
        end = centre + (end - centre) * wanted / reach
        if abs(reach - wanted) < CLOSE:
            break
        if not low < end < high:
            end = (low + high) / 2.0
    return end


def _reach(masses: Sequence[Mass], end: float) -> float:
    """How many standard errors the chance that the weighted mean is at most `end` is worth; `end` is above
    its centre, and below the highest value.
    """
    moved = [(one.value - end, one.weight) for one in masses]
    tilt = _tilt(moved)
    log, spread = 0.0, 0.0
    for value, weight in moved:
        left = 1.0 - tilt * value
        log += weight * math.log(left)
        spread += weight * (value / left) ** 2
    root = math.sqrt(2.0 * log)
    return root + math.log(tilt * math.sqrt(spread) / root) / root


def _tilt(moved: Sequence[tuple[float, float]]) -> float:
    """The saddlepoint: where the derivative of the cumulant generating function is 0. It rises from below 0
    at 0 to infinity at 1 / the highest value.
    """
    low, high = 0.0, 1.0 / moved[-1][0]
    tilt = high / 2.0
    for _ in range(60):
        slope = curve = 0.0
        for value, weight in moved:
            part = value / (1.0 - tilt * value)
            slope += weight * part
            curve += weight * part * part
        if slope < 0.0:
            low = tilt
        else:
            high = tilt
        step = slope / curve
        tilt -= step
        if not low < tilt < high:
            tilt = (low + high) / 2.0
        elif abs(step) < CLOSE * tilt:
            break
    return tilt
