"""Texts that are nearly the same."""

from hypothesis import given
from hypothesis import strategies as st

from esclusa.evals.nearness import near


def pairs(texts: list[str], others: list[str]) -> set[tuple[int, int]]:
    return {(one, other) for one, other, _ in near(texts, others)}


def test_what_is_nearly_the_same_is_found_and_nothing_else() -> None:
    texts = ["where is my order 7", "can i return the shoes", "when do you open"]
    others = ["can i return the shoe", "where is my oder 7", "what is your name"]
    assert pairs(texts, others) == {(0, 1), (1, 0)}
    [(_, _, nearness)] = near(["abcd efgh"], ["abcd efgi"], least=0.8)
    assert 0.8 <= nearness < 1


WORDS = st.lists(st.sampled_from(["ab", "cd", "ef", "gh", "ij", "kl"]), min_size=1, max_size=6).map(" ".join)


@given(st.lists(WORDS, max_size=8), st.lists(WORDS, max_size=8))
def test_the_same_text_is_always_found(texts: list[str], others: list[str]) -> None:
    found = pairs(texts, others)
    same = {
        (one, other) for one, text in enumerate(texts) for other, there in enumerate(others) if text == there
    }
    assert same <= found
