"""Agreement: how far a judge says what people say, beyond what chance alone would give.

Cohen 1960: kappa = (agreed - by chance) / (1 - by chance), over categories. Where the judge always says the
same, chance explains all of it and kappa is 0.
"""

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from esclusa.stats import intervals
from esclusa.stats.intervals import Interval

Table = Mapping[tuple[str, str], float]
"""How many cases people put into the first category and the judge into the second."""
DRAWS = 2000
PRIOR = 2.0
"""Cases that are added, the same part to each pair of categories: Jeffreys' prior where there are two."""
TAILS = 0.8
"""The part of both tails that is left out: with tens of labels, all of them would cover 93 % for 95 %."""


class Agreement(NamedTuple):
    """A judge beside people."""

    n: int
    agreed: float
    agreed_interval: Interval
    constant: float
    """The share that a judge would get right who always says the commonest of people's categories."""
    kappa: float
    kappa_interval: Interval
    table: Table


def agreement(
    people: Sequence[str], judge: Sequence[str], confidence: float = 0.95, *, seed: int = 0
) -> Agreement:
    """What the two say of the same cases, in one order. ValueError without cases."""
    if not people:
        raise ValueError("expected cases that both said something of")
    pairs = list(zip(people, judge, strict=True))
    table = Counter(pairs)
    n, agreed = len(pairs), sum(one == other for one, other in pairs)
    return Agreement(
        n=n,
        agreed=agreed / n,
        agreed_interval=intervals.wilson(agreed, n, confidence),
        constant=Counter(people).most_common(1)[0][1] / n,
        kappa=kappa(table),
        kappa_interval=_kappa_interval(table, confidence, random.Random(seed)),
        table=dict(table),
    )


def kappa(table: Table) -> float:
    """Cohen's kappa of counts or shares; 1 where the two agree and chance would have them agree too."""
    total = math.fsum(table.values())
    rows: dict[str, float] = {}
    columns: dict[str, float] = {}
    for (one, other), count in table.items():
        rows[one] = rows.get(one, 0.0) + count / total
        columns[other] = columns.get(other, 0.0) + count / total
    agreed = math.fsum(count for (one, other), count in table.items() if one == other) / total
    by_chance = math.fsum(share * columns.get(name, 0.0) for name, share in rows.items())
    return (agreed - by_chance) / (1.0 - by_chance) if by_chance < 1.0 else float(agreed == 1.0)


def _kappa_interval(table: Table, confidence: float, source: random.Random) -> Interval:
    """The middle of kappa's distribution given the counts: shares drawn from their Dirichlet distribution."""
    names = sorted({name for pair in table for name in pair})
    cells = [(one, other) for one in names for other in names]
    added = PRIOR / len(cells)
    drawn = sorted(
        kappa({cell: source.gammavariate(table.get(cell, 0.0) + added, 1.0) for cell in cells})
        for _ in range(DRAWS)
    )
    tail = TAILS * (1.0 - confidence) / 2.0
    return Interval(intervals.quantile(drawn, tail), intervals.quantile(drawn, 1.0 - tail))
