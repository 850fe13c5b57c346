"""Budgets: what may be spent, and when nothing more is asked."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.case import Case, Scoring
from esclusa.core.errors import ConfigurationError
from esclusa.evals.bill import Call, OverBudget, open_bill
from esclusa.evals.budget import Budget, Purse, read_budget
from tests.evals.fakes import FakeClock


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ([], ()),
        ("2 USD", (Budget(kind="USD", amount=2.0, text="2 USD"),)),
        ("0.5 USD", (Budget(kind="USD", amount=0.5, text="0.5 USD"),)),
        ("200,000 tokens", (Budget(kind="tokens", amount=200000.0, text="200,000 tokens"),)),
        ("10 min", (Budget(kind="time", amount=600.0, text="10 min"),)),
        (
            ["1 USD", "30 s"],
            (Budget(kind="USD", amount=1.0, text="1 USD"), Budget(kind="time", amount=30.0, text="30 s")),
        ),
    ],
)
def test_a_budget_is_of_money_tokens_or_time(given: Any, read: tuple[Budget, ...]) -> None:
    assert read_budget(given) == read


@pytest.mark.parametrize(
    "given", ["", "2", 2, "2 EUR", "0 USD", "-1 USD", "tokens", {"USD": 2}, [3], None, True]
)
def test_anything_else_is_named_with_the_mend(given: Any) -> None:
    with pytest.raises(
        ConfigurationError, match="expected an amount above 0 of USD, tokens or time"
    ) as caught:
        read_budget(given)
    assert caught.value.key == "budget"


def test_two_budgets_of_one_kind_are_one_too_many() -> None:
    with pytest.raises(ConfigurationError, match="expected one budget of USD, found several"):
        read_budget(["1 USD", "2 USD"])


def paid(cost: float | None = 0.1, **more: Any) -> Case:
    return Case(**{"id": "c", "cost": cost, "tokens_in": 80, "tokens_out": 20, "model": "m", **more})


def purse(budget: Any) -> Purse:
    return Purse(read_budget(budget), FakeClock())


def test_as_much_is_set_aside_for_a_call_under_way_as_one_costs() -> None:
    mine = purse("1 USD")
    assert mine.allows(50)  # nobody knows yet what one costs
    for _ in range(5):
        mine.spend(paid())
    assert [mine.allows(under_way) for under_way in (4, 5)] == [True, False]
    assert mine.closed == ""


@pytest.mark.parametrize(
    ("budget", "why"),
    [
        ("1 USD", "the budget of 1 USD is spent: 1 USD"),
        ("1000 tokens", "the budget of 1000 tokens is spent: 1,000 tokens"),
    ],
)
def test_a_spent_budget_says_what_was_spent(budget: str, why: str) -> None:
    mine = purse(budget)
    for _ in range(10):
        mine.spend(paid())
    assert not mine.allows(0)
    assert mine.closed == why


@pytest.mark.parametrize(
    ("budget", "case", "why"),
    [
        ("1 USD", paid(None), "there is no price for the model m"),
        ("1 USD", paid(None, model=""), "there is no price for a model that is not named"),
        ("1 USD", paid(None, tokens_in=None), "an answer does not say how many tokens it took"),
        ("9 tokens", paid(None, tokens_out=None), "an answer does not say how many tokens it took"),
    ],
)
def test_a_budget_that_cannot_be_kept_ends_at_once(budget: str, case: Case, why: str) -> None:
    mine = purse(budget)
    mine.spend(case)
    assert not mine.allows(0)
    assert mine.closed == f"the budget of {budget} cannot be kept: {why}"


def test_a_budget_of_tokens_needs_no_price() -> None:
    mine = purse("1000 tokens")
    mine.spend(paid(None))
    assert mine.allows(0)


def test_what_comes_from_the_cache_or_fails_costs_nothing() -> None:
    mine = purse("0.01 USD")
    mine.spend(paid(1.0, cached=True))
    mine.spend(paid(None, error="boom", error_kind="agent"))
    assert mine.allows(0)


def scored(cost: float = 0.1, **more: Any) -> Scoring:
    return Scoring(**{"calls": 1, "tokens_in": 40, "tokens_out": 10, "cost": cost, **more})


def test_models_that_score_are_paid_from_the_same_purse_and_named_apart() -> None:
    mine = purse("1 USD")
    for _ in range(3):
        mine.spend(paid(0.1, scoring=scored(0.2)))
    assert mine.notes() == (
        "the models that score took 0.6 USD, 150 tokens, in 3 calls; the agent 0.3 USD, 300 tokens",
    )
    assert not mine.allows(0)
    assert mine.closed == "the budget of 1 USD is spent: 0.9 USD, and one more takes 0.3 USD"


def test_an_answer_from_the_cache_is_still_paid_for_where_a_model_scores_it() -> None:
    mine = purse("1 USD")
    for _ in range(2):
        mine.spend(paid(5.0, cached=True, scoring=scored(0.5)))
    assert not mine.allows(0)
    assert mine.closed == "the budget of 1 USD is spent: 1 USD"


@pytest.mark.parametrize(
    ("budget", "scoring", "why"),
    [
        ("1 USD", scored(unpriced=("judge-1",)), "there is no price for judge-1, which scores"),
        ("1 USD", scored(tokens_in=None), "a model that scores does not say how many tokens it took"),
        ("900 tokens", scored(tokens_out=None), "a model that scores does not say how many tokens it took"),
    ],
)
def test_a_model_that_scores_and_does_not_say_what_it_took_ends_the_budget(
    budget: str, scoring: Scoring, why: str
) -> None:
    mine = purse(budget)
    mine.spend(paid(scoring=scoring))
    assert not mine.allows(0)
    assert mine.closed == f"the budget of {budget} cannot be kept: {why}"


def test_a_bill_counts_while_it_is_open_and_refuses_what_nobody_can_pay() -> None:
    mine = purse("100 tokens")
    with mine.bill(lambda _: 0.0) as bill:
        assert open_bill() is bill
        bill.check()
        bill.add(Call("judge-1", 80, 30))
        with pytest.raises(OverBudget, match="the budget of 100 tokens is spent: 110 tokens"):
            bill.check()
    assert open_bill() is None
    assert bill.scoring == Scoring(
        calls=1, tokens_in=80, tokens_out=30, refused="the budget of 100 tokens is spent: 110 tokens"
    )
    assert mine.allows(0)  # what was on it counts as the case's from here on
    mine.spend(paid(scoring=bill.scoring))
    assert not mine.allows(0)


def test_time_is_over_whatever_is_under_way() -> None:
    clock = FakeClock()
    mine = Purse(read_budget("10 s"), clock)
    assert mine.allows(3)
    clock.slept.append(10.0)
    assert not mine.allows(3)
    assert mine.closed == "the budget of 10 s is over"


@given(st.lists(st.floats(0.0, 0.5), max_size=60), st.integers(1, 8))
def test_no_more_is_spent_than_the_budget_and_the_dearest_calls_under_way(
    costs: list[float], width: int
) -> None:
    mine, left, under_way, spent = purse("1 USD"), list(costs), list[float](), 0.0
    while True:
        while left and len(under_way) < width and mine.allows(len(under_way)):
            under_way.append(left.pop())
        if not under_way:
            break
        spent += under_way[0]
        mine.spend(paid(under_way.pop(0)))
    assert spent <= 1.0 + width * max(costs, default=0.0)
    assert not left or mine.closed or not costs
