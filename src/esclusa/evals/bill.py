"""The bill: what the models took that scorers asked for one case.

Scorers are strangers' parts, and none of them knows of budgets. So the bill is laid open around a case's
scoring, in the context that all calls made there inherit, and the endpoint that carries a call writes on it.
A call that brought nothing to read took something nobody knows, and is not on it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from esclusa.core.case import Scoring
from esclusa.core.value import replace
from esclusa.evals.answer import Answer


class OverBudget(Exception):
    """A model may not be asked any more; says why."""


class Call(NamedTuple):
    """What a model took for one answer; None where it did not say."""

    model: str
    tokens_in: int | None
    tokens_out: int | None


class Bill:
    """Of one case."""

    def __init__(self, cost: Callable[[Answer], float | None], over: Callable[[], str]) -> None:
        """`cost` prices one call, `over` says why no more may be made, and nothing while they may."""
        self._cost = cost
        self._over = over
        self.calls: list[Call] = []
        self.scoring = Scoring()
        """What was taken so far."""

    def check(self) -> None:
        """OverBudget where nothing is left for one more call."""
        if why := self._over():
            self.scoring = replace(self.scoring, refused=why)
            raise OverBudget(why)

    def add(self, call: Call) -> None:
        """One more, answered."""
        model, tokens_in, tokens_out = call
        cost = self._cost(Answer(model=model, tokens_in=tokens_in, tokens_out=tokens_out))
        known = tokens_in is not None and tokens_out is not None
        taken = Scoring(
            calls=1,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost=cost or 0.0,
            unpriced=(model,) if known and cost is None else (),
        )
        self.calls.append(call)
        self.scoring = together(self.scoring, taken)


def together(one: Scoring, other: Scoring) -> Scoring:
    """What both took."""
    return Scoring(
        calls=one.calls + other.calls,
        tokens_in=_sum(one.tokens_in, other.tokens_in),
        tokens_out=_sum(one.tokens_out, other.tokens_out),
        cost=one.cost + other.cost,
        unpriced=tuple(sorted({*one.unpriced, *other.unpriced})),
        refused=one.refused or other.refused,
    )


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


_OPEN: ContextVar[Bill | None] = ContextVar("bill", default=None)


@contextmanager
def laid_open(bill: Bill) -> Iterator[None]:
    """What is asked in here is written on it."""
    token = _OPEN.set(bill)
    try:
        yield
    finally:
        _OPEN.reset(token)


def open_bill() -> Bill | None:
    """The one that a call made here is written on; None where nobody counts."""
    return _OPEN.get()
