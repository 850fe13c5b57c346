"""How much is unpacked of one file."""

import pytest

from esclusa.scans.budget import Budget, Limits, Spent


def test_what_is_spent_stays_spent_so_that_nothing_more_is_unpacked_to_find_that_out() -> None:
    budget = Budget(Limits(total=10))
    budget.entry()
    budget.spend(10)
    with pytest.raises(Spent, match="unpacks to more than 10 bytes"):
        budget.spend(1)
    with pytest.raises(Spent, match="unpacks to more than 10 bytes"):
        budget.entry()


def test_an_entry_is_refused_for_its_size_and_for_what_it_grew_from() -> None:
    budget = Budget(Limits(largest=1_000, ratio=10, spared=100))
    assert budget.refusal(1_000, 100) == ""
    assert budget.refusal(1_001, 1_001) == "it unpacks to more than the 1000 bytes that are looked at"
    assert budget.refusal(1_000, 99) == "it unpacks to more than 10 times its size, like a bomb"
    assert budget.refusal(100, 1) == ""
