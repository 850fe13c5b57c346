"""Budgets: what a suite may spend in all. When it is spent nothing more is asked; what is left was not run.

A call's price is known only when it has answered, so that as much is set aside for each call under way as one
has cost in the mean so far. A single dear answer can still overdraw.
"""

import re
from typing import Any, Literal, get_args

from esclusa.core.case import Case
from esclusa.core.errors import ConfigurationError
from esclusa.core.ports import Clock
from esclusa.core.value import Value
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
    """What has been spent of a suite's budgets, by this passage and those that it goes on with."""

    def __init__(self, budgets: tuple[Budget, ...], clock: Clock) -> None:
        self._budgets = budgets
        self._clock = clock
        self._began = clock.monotonic()
        self._spent: dict[Kind, float] = {"USD": 0.0, "tokens": 0.0}
        self._paid = 0
        self._unknown: dict[Kind, str] = {}
        """Why it is not known what was spent of a kind."""
        self.closed = ""
        """Why nothing more is asked; empty while there is money."""

    def spend(self, case: Case) -> None:
        """A case was answered. One from the cache costs nothing; a failed call does not say what it did."""
        if case.error_kind or case.cached:
            return
        self._paid += 1
        self._spent["USD"] += case.cost or 0.0
        self._spent["tokens"] += (case.tokens_in or 0) + (case.tokens_out or 0)
        if case.tokens_in is None or case.tokens_out is None:
            self._unknown |= dict.fromkeys(("USD", "tokens"), NO_TOKENS)
        elif case.cost is None:
            whose = f"the model {case.model}" if case.model else "a model that is not named"
            self._unknown.setdefault("USD", f"there is no price for {whose}")

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

    def _against(self, budget: Budget, under_way: int) -> str:
        if budget.kind == "time":
            over = self._clock.monotonic() - self._began >= budget.amount
            return f"the budget of {budget.text} is over" if over else ""
        if budget.kind in self._unknown:
            return f"the budget of {budget.text} cannot be kept: {self._unknown[budget.kind]}"
        spent = self._spent[budget.kind]
        mean = spent / self._paid if self._paid else 0.0
        if spent < budget.amount and spent + (under_way + 1) * mean <= budget.amount * (1 + 1e-9):
            return ""
        more = (
            f", and one more takes {_amount(mean, budget.kind)}" if spent < budget.amount * (1 - 1e-9) else ""
        )
        return f"the budget of {budget.text} is spent: {_amount(spent, budget.kind)}{more}"


def _amount(spent: float, kind: Kind) -> str:
    return f"{spent:.4g} USD" if kind == "USD" else f"{spent:,.0f} tokens"
