"""Numbers in words: added up where they are one number, side by side where they are several."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.scans.pii.spoken import NUMBERS, in_digits

SPANISH = {
    word
    for line in (
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis "
        "diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco "
        "veintiseis veintisiete veintiocho veintinueve treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    )
    for word in line.split()
}
WORDS = [*NUMBERS, "hundred", "thousand", "mil", "double", "triple", "and", "y", "no", "-", ",", "\n", "7"]


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("four zero zero oh", "4000"),
        ("nineteen seventy-nine", "1979"),
        ("two thousand and three", "2003"),
        ("six hundred and thirty-nine, sixty", "63960"),
        ("double five, triple six", "55666"),
        ("seiscientos treinta y nueve, sesenta, cero tres, cero ocho", "639600308"),
        ("el dos de enero de mil novecientos setenta y nueve", "el 2 de enero de 1979"),
        ("june twenty-second", "june 22"),
        ("once uno", "111"),
        ("nine five / nine", "95 / 9"),
        ("it is nine.", "it is 9."),
        ("nothing to count and no number", "nothing to count and no number"),
        ("thousand thousand", "10001000"),
        ("a hundred hundred", "a 100100"),
        ("", ""),
    ],
)
def test_words_are_the_digits_that_they_say(words: str, digits: str) -> None:
    assert in_digits(words) == digits


@given(
    st.lists(
        st.sampled_from(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
    )
)
def test_digits_one_by_one_are_all_there(words: list[str]) -> None:
    assert in_digits(" ".join(words)) == "".join(str(NUMBERS[word]) for word in words)


@given(st.integers(0, 99))
def test_pairs_said_in_spanish_are_the_pair(pair: int) -> None:
    names = {value: word for word, value in NUMBERS.items() if word in SPANISH}
    said = names.get(pair) or f"{names[pair // 10 * 10]} y {names[pair % 10]}"
    assert in_digits(said) == str(pair)


@given(st.lists(st.sampled_from(WORDS), max_size=60))
def test_any_words_are_read(words: list[str]) -> None:
    assert "7" not in words or "7" in in_digits(" ".join(words))
