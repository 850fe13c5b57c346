"""Means: evidence about the mean of bounded values, looked at after every one of them.

A bettor bets on "the mean is above 0" with a fixed part of the capital: 1 + b z for each value z. While the
mean is at most 0, given all that came before, the capital is expected not to rise, so that P(it ever reaches
1/alpha) <= alpha (Ville 1939). Several parts are betted at once and their capitals added, since the best one
depends on how far above it is (Waudby-Smith & Ramdas 2024, arXiv 2010.09686, the hedged bets of section 4).
"""

import math
from functools import lru_cache

PARTS = (0.05, 0.1, 0.2, 0.4, 0.7, 0.95)
"""The parts of the largest bet with which no value can lose everything."""

START = (-math.log(len(PARTS)),) * len(PARTS)
"""The log capital of each before the first value: 1 together."""


@lru_cache(maxsize=1 << 12)
def bets(lowest: float) -> tuple[float, ...]:
    """What each bets on a value that is never below `lowest` (< 0). ValueError when it could not be
    negative.
    """
    if not lowest < 0.0:
        raise ValueError(f"a value that is at least {lowest:g} cannot be betted on")
    return tuple(part / -lowest for part in PARTS)


def gains(value: float, lowest: float) -> tuple[float, ...]:
    """What one value adds to the log capital of each; a value below `lowest` counts as `lowest`."""
    kept = max(value, lowest)
    return tuple([math.log1p(bet * kept) for bet in bets(lowest)])
