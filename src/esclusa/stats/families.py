"""Families of tests: several questions asked at once, where noise would find one answer too many."""

from collections.abc import Sequence


def holm(chances: Sequence[float]) -> tuple[float, ...]:
    """The p-values of Holm 1979, in the given order, at most 1: rejecting those at most alpha is wrong about
    any true one with a chance of at most alpha, however they depend on each other.
    """
    order = sorted(range(len(chances)), key=chances.__getitem__)
    adjusted = [1.0] * len(chances)
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(chances) - rank) * chances[place]))
        adjusted[place] = highest
    return tuple(adjusted)
