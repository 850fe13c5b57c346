"""How texts are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.evals.scorers.texts import Ignored, normal

IGNORED: tuple[Ignored, ...] = ("case", "spaces", "punctuation", "accents")


@pytest.mark.parametrize(
    ("ignore", "one", "other"),
    [
        ([], " refund\n", "refund"),
        ([], "devoluci\u00f3n", "devolucio\u0301n"),
        (["case"], "STRASSE", "straße"),
        (["spaces"], "a  b\tc", "a b c"),
        (["punctuation"], "¿Dónde está?", "Dónde está"),
        (["punctuation"], "C:\u0327", "\u00c7"),
        (["case"], "\u0390", "\u03b9\u0308\u0301"),
        (["accents"], "¿Dónde está?", "¿Donde esta?"),
        (["case", "accents", "punctuation", "spaces"], "¡  CÁMBIALO, YA !", "cambialo ya"),
    ],
)
def test_what_is_ignored_makes_no_difference(ignore: list[Ignored], one: str, other: str) -> None:
    assert normal(one, ignore) == normal(other, ignore)


@pytest.mark.parametrize(
    ("ignore", "one", "other"),
    [
        ([], "Refund", "refund"),
        (["case"], "está", "esta"),
        (["accents"], "a b", "ab"),
        (["spaces"], "a.", "a"),
    ],
)
def test_what_is_not_ignored_does(ignore: list[Ignored], one: str, other: str) -> None:
    assert normal(one, ignore) != normal(other, ignore)


@given(st.text(), st.sets(st.sampled_from(IGNORED)))
def test_nothing_is_left_to_ignore_in_what_is_normal(text: str, ignore: set[Ignored]) -> None:
    once = normal(text, ignore)
    assert once == once.strip()
    assert normal(once, ignore) == once
