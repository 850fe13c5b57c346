"""Budgets: what a suite may spend in all, on its agent and on models that score. When it is spent nothing
more is asked; what is left was not run, and what was answered by then is unseen for scorers that have to ask.

A call's price is known only when it has answered, so that as much is set aside for each call under way as one
has cost in the mean so far, to be answered and scored. A single dear answer can still overdraw.
"""

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, get_args

from esclusa.core.case import Case, Scoring
from esclusa.core.errors import ConfigurationError
from esclusa.core.ports import Clock
from esclusa.core.value import Value
from esclusa.evals.answer import Answer
from esclusa.evals.bill import Bill, laid_open, together
from esclusa.evals.settings import seconds

Kind = Literal["USD", "tokens", "time"]
NO_TOKENS = "an answer does not say how many tokens it took"
_AMOUNT = re.compile(r"(\d[\d,_]*(?:\.\d+)?)\s*(USD|tokens)")


class Budget(Value, frozen=True, kw_only=True):
    """The most that is spent of one kind; seconds for `time`. `text` is how the user said it."""

    kind: Kind
    amount: float
    text: str


def read_budget(given: Any) -> tuple[Budget, ...]:
    """`2 USD`, `200000 tokens`, `10 min`, or a list of these; ConfigurationError for anything else."""
    entries = given if isinstance(given, list) else [given]
    budgets = tuple(_budget(entry) for entry in entries)
    for kind in get_args(Kind):
        if sum(budget.kind == kind for budget in budgets) > 1:
            raise ConfigurationError(f"expected one budget of {kind}, found several", key="budget")
    return budgets


def _budget(entry: Any) -> Budget:
    text = entry.strip() if isinstance(entry, str) else ""
    match = _AMOUNT.fullmatch(text)
    amount = float(match[1].replace(",", "").replace("_", "")) if match else 0.0
    if match and amount > 0:
        return Budget(kind="USD" if match[2] == "USD" else "tokens", amount=amount, text=text)
    try:
        return Budget(kind="time", amount=seconds(text, "budget"), text=text)
    except ConfigurationError:
        raise ConfigurationError(
            f"expected an amount above 0 of USD, tokens or time, found {entry!r}",
            key="budget",
            mend="write `2 USD`, `200000 tokens`, `10 min`, or a list of these",
        ) from None


class Purse:
    """What has been spent of a suite's budgets, by this passage and those that it goes on with: on the
    agent's answers, and on the models that its scorers asked.
    """

    def __init__(self, budgets: tuple[Budget, ...], clock: Clock) -> None:
        self._budgets = budgets
        self._clock = clock
        self._began = clock.monotonic()
        self._agent: dict[Kind, float] = {"USD": 0.0, "tokens": 0.0}
        self._scoring = Scoring()
        self._open: set[Bill] = set()
        self._paid = 0
        self._unknown: dict[Kind, str] = {}
        """Why it is not known what the agent spent of a kind."""
        self.closed = ""
        """Why nothing more is asked; empty while there is money."""

    def spend(self, case: Case) -> None:
        """A case was answered. An answer from the cache costs nothing; a failed call does not say what it
        did. What its scorers took is spent in any case.
        """
        asked = not case.error_kind and not case.cached
        self._paid += asked or case.scoring is not None
        if case.scoring is not None:
            self._scoring = together(self._scoring, case.scoring)
        if not asked:
            return
        self._agent["USD"] += case.cost or 0.0
        self._agent["tokens"] += (case.tokens_in or 0) + (case.tokens_out or 0)
        if case.tokens_in is None or case.tokens_out is None:
            self._unknown |= dict.fromkeys(("USD", "tokens"), NO_TOKENS)
        elif case.cost is None:
            whose = f"the model {case.model}" if case.model else "a model that is not named"
            self._unknown.setdefault("USD", f"there is no price for {whose}")

    @contextmanager
    def bill(self, cost: Callable[[Answer], float | None]) -> Iterator[Bill]:
        """Laid open while a case is scored. What is on it counts at once, and from then on as the case's."""
        bill = Bill(cost, self.over)
        self._open.add(bill)
        try:
            with laid_open(bill):
                yield bill
        finally:
            self._open.remove(bill)

    def over(self) -> str:
        """Why no model is asked any more to score what was answered; empty while there is money."""
        return next(filter(None, map(self._at_its_end, self._budgets)), "")

    def allows(self, under_way: int) -> bool:
        """Whether one more may be asked beside those under way. When none is and there may not be another
        one, the purse is closed for good.
        """
        for budget in self._budgets:
            if why := self._against(budget, under_way):
                if not under_way or budget.kind == "time":
                    self.closed = self.closed or why
                return False
        return not self.closed

    def notes(self) -> tuple[str, ...]:
        """What scoring took, where it took anything, apart from what the agent did."""
        if not self._scoring.calls:
            return ()
        agent = [_amount(spent, kind) for kind, spent in self._agent.items() if kind not in self._unknown]
        scoring = [
            _amount(_of(self._scoring, kind), kind) for kind in self._agent if not _gap(self._scoring, kind)
        ]
        told = ", ".join(scoring) or "nobody knows how much"
        calls = "1 call" if self._scoring.calls == 1 else f"{self._scoring.calls} calls"
        return (
            f"the models that score took {told}, in {calls}; the agent {', '.join(agent) or 'does not say'}",
        )

    def _against(self, budget: Budget, under_way: int) -> str:
        if (why := self._at_its_end(budget)) or budget.kind == "time":
            return why
        spent = self._spent(budget.kind)
        mean = spent / self._paid if self._paid else 0.0
        if spent + (under_way + 1) * mean <= budget.amount * (1 + 1e-9):
            return ""
        said = f"{_amount(spent, budget.kind)}, and one more takes {_amount(mean, budget.kind)}"
        return f"the budget of {budget.text} is spent: {said}"

    def _at_its_end(self, budget: Budget) -> str:
        if budget.kind == "time":
            over = self._clock.monotonic() - self._began >= budget.amount
            return f"the budget of {budget.text} is over" if over else ""
        if why := self._unknown.get(budget.kind) or _gap(self._scored(), budget.kind):
            return f"the budget of {budget.text} cannot be kept: {why}"
        spent = self._spent(budget.kind)
        if spent < budget.amount * (1 - 1e-9):
            return ""
        return f"the budget of {budget.text} is spent: {_amount(spent, budget.kind)}"

    def _spent(self, kind: Kind) -> float:
        return self._agent[kind] + _of(self._scored(), kind)

    def _scored(self) -> Scoring:
        """What scoring took, that of cases which are being scored too."""
        return functools.reduce(together, (bill.scoring for bill in self._open), self._scoring)


def _of(scoring: Scoring, kind: Kind) -> float:
    return scoring.cost if kind == "USD" else (scoring.tokens_in or 0) + (scoring.tokens_out or 0)


def _gap(scoring: Scoring, kind: Kind) -> str:
    """Why it is not known what was spent of a kind; empty if it is."""
    if scoring.tokens_in is None or scoring.tokens_out is None:
        return "a model that scores does not say how many tokens it took"
    return (
        f"there is no price for {scoring.unpriced[0]}, which scores"
        if kind == "USD" and scoring.unpriced
        else ""
    )


def _amount(spent: float, kind: Kind) -> str:
    return f"{spent:.4g} USD" if kind == "USD" else f"{spent:,.0f} tokens"
