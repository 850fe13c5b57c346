"""Agreement beyond chance, and an interval that holds with tens of labels."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.stats.agreement import agreement, kappa

Words = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=40)


def test_kappa_is_as_published() -> None:
    """Fleiss, Levin & Paik 2003, table 18.1: 100 subjects, three diagnoses, kappa 0.676."""
    table = {
        **{("p", "p"): 75, ("p", "n"): 1, ("p", "o"): 4},
        **{("n", "p"): 5, ("n", "n"): 4, ("n", "o"): 1},
        **{("o", "p"): 0, ("o", "n"): 0, ("o", "o"): 10},
    }
    assert kappa(table) == pytest.approx(0.6765, abs=1e-4)


def test_a_judge_who_always_says_yes_agrees_often_and_has_no_kappa() -> None:
    found = agreement(["yes"] * 40 + ["no"] * 10, ["yes"] * 50)
    assert (found.n, found.agreed, found.constant, found.kappa) == (50, 0.8, 0.8, 0.0)
    assert found.kappa_interval.high < 0.4
    assert found.table == {("yes", "yes"): 40, ("no", "yes"): 10}


@settings(max_examples=25)
@given(Words)
def test_kappa_is_at_most_1_the_same_for_both_sides_and_within_its_interval_or_at_its_end(
    words: list[tuple[str, str]],
) -> None:
    people, judge = zip(*words, strict=True)
    found = agreement(people, judge)
    assert found.kappa <= 1.0
    assert found.kappa == pytest.approx(agreement(judge, people).kappa, abs=1e-9)
    assert found.kappa_interval.low <= found.kappa_interval.high <= 1.0


def test_no_cases_say_nothing() -> None:
    with pytest.raises(ValueError, match="expected cases"):
        agreement([], [])


@pytest.mark.parametrize(
    ("n", "yes", "right_of_yes", "right_of_no"),
    [(40, 0.6, 0.9, 0.9), (40, 0.8, 0.9, 0.3)],
)
def test_the_interval_holds_as_often_as_it_says(
    n: int, yes: float, right_of_yes: float, right_of_no: float
) -> None:
    source = random.Random(8)
    true = kappa(
        {
            ("yes", "yes"): yes * right_of_yes,
            ("yes", "no"): yes * (1 - right_of_yes),
            ("no", "yes"): (1 - yes) * (1 - right_of_no),
            ("no", "no"): (1 - yes) * right_of_no,
        }
    )
    other = {"yes": "no", "no": "yes"}
    held, known = 0, dict[tuple[int, ...], bool]()
    for _ in range(200):
        people = ["yes" if source.random() < yes else "no" for _ in range(n)]
        odds = {"yes": right_of_yes, "no": right_of_no}
        judge = [one if source.random() < odds[one] else other[one] for one in people]
        key = tuple(
            sum(pair == (a, b) for pair in zip(people, judge, strict=True)) for a in odds for b in odds
        )
        if key not in known:
            low, high = agreement(people, judge).kappa_interval
            known[key] = low <= true <= high
        held += known[key]
    assert held / 200 >= 0.94 - 2 * (0.94 * 0.06 / 200) ** 0.5
