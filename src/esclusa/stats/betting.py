"""Betting against a claimed mean: valid for every distribution on a known range and every number of cases.

A bettor who starts with 1 and bets on "the mean is higher than m" keeps, when it is not, an expected capital
of at most 1; so the chance of ever holding 1/alpha is at most alpha (Ville 1939). Waudby-Smith & Ramdas 2024,
"Estimating means of bounded random variables by betting" (arXiv 2010.09686), sections 3 and 4.
"""

import math
from collections.abc import Sequence

MOST = 0.75
"""The share of the capital that one case can lose at most."""


def p_value_above(values: Sequence[float], mean: float, alpha: float = 0.05) -> float:
    """Evidence against "the mean is at most `mean`", for values in [0, 1] in an order that says nothing.

    The reciprocal of the highest capital reached, at most 1. `alpha` only steers the size of the bets.
    """
    return 1.0 if mean >= 1.0 else min(1.0, math.exp(-highest_log_capital(values, mean, alpha)))


def p_value_below(values: Sequence[float], mean: float, alpha: float = 0.05) -> float:
    """Evidence against "the mean is at least `mean`": the mirror image of `p_value_above`."""
    return p_value_above([1.0 - value for value in values], 1.0 - mean, alpha)


def lower_bound(values: Sequence[float], alpha: float) -> float:
    """The mean of values in [0, 1] is above this with probability at least 1 - alpha."""
    needed = math.log(1.0 / alpha)
    low, high = 0.0, 1.0
    if not values or highest_log_capital(values, low, alpha) < needed:
        return 0.0
    while high - low > 1e-6:
        middle = (low + high) / 2.0
        if highest_log_capital(values, middle, alpha) >= needed:
            low = middle
        else:
            high = middle
    return low


def highest_log_capital(values: Sequence[float], mean: float, alpha: float) -> float:
    """The highest log capital of a bettor on "higher than `mean`"; falls as `mean` rises.

    The bet on a case comes from the cases before it: the predictable plug-in of the paper's equation 26,
    for a fixed number of cases.
    """
    scale = math.sqrt(2.0 * math.log(2.0 / alpha) / max(1, len(values)))
    ceiling = MOST / mean if mean > 0.0 else math.inf
    log_capital = highest = 0.0
    total, squares = 0.5, 0.25
    for seen, value in enumerate(values, start=1):
        bet = min(scale / math.sqrt(squares / seen), ceiling)
        log_capital += math.log1p(bet * (value - mean))
        highest = max(highest, log_capital)
        total += value
        squares += (value - total / (seen + 1)) ** 2
    return highest
