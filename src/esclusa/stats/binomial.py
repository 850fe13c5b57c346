"""Tails of the binomial distribution, by the incomplete beta function."""

import math

TINY = 1e-300
STEPS = 10_000


def at_most(hits: int, n: int, p: float) -> float:
    """P(X <= hits) for X binomial(n, p)."""
    if hits < 0:
        return 0.0
    if hits >= n:
        return 1.0
    return incomplete_beta(n - hits, hits + 1, 1.0 - p)


def at_least(hits: int, n: int, p: float) -> float:
    """P(X >= hits) for X binomial(n, p)."""
    if hits <= 0:
        return 1.0
    if hits > n:
        return 0.0
    return incomplete_beta(hits, n - hits + 1, p)


def incomplete_beta(a: float, b: float, x: float) -> float:
    """I_x(a, b), regularised, for a, b > 0 and x in [0, 1].

    The continued fraction of DLMF 8.17.22 by Lentz's method (Thompson & Barnett 1986), on the side of
    the mean where it converges in O(sqrt(max(a, b))) steps.
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - incomplete_beta(b, a, 1.0 - x)
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - log_beta) / a
    return min(1.0, front * _continued_fraction(a, b, x))


def _continued_fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1.0 / _away_from_zero(1.0 + term * d)
            c = _away_from_zero(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return value


def _away_from_zero(x: float) -> float:
    return x if abs(x) > TINY else TINY
