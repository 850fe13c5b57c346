"""Made-up passwords are told from those that somebody could have chosen."""

import pytest

from esclusa.scans.secrets.made_up import is_made_up, is_published
from esclusa.scans.secrets.names import PUBLISHED
from esclusa.scans.secrets.values import stands_for_one


@pytest.mark.parametrize(
    "text",
    [
        *("password1", "mySecret", "test123", "hello1234", "hunter42", "foobar&", "temp12"),
        *("p@ssw0rd!", "Pa55w0rd", "s3kr1t", "Sup3rS3cret", "MyStr0ngPa$$word", "new-pass-1", "F00barbaz"),
        *("badpassword%21", "test%40"),
    ],
)
def test_words_of_examples_are_made_up_however_they_are_written(text: str) -> None:
    assert is_made_up(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Tundra42-marlin",
            "Passage42",
            "protest77x",
            "Password2024",
            "Summer2026!",
            "Test123$",
            "Password1!",
        ),
        *("adminpass77", "superlantern1", "newworld", "secretariat9", "postgres123", "x" * 41 + "password"),
    ],
)
def test_with_another_word_a_year_or_a_count_and_a_sign_it_could_be_a_real_one(text: str) -> None:
    assert not is_made_up(text)


def test_examples_of_standards_are_none_wherever_they_stand() -> None:
    assert all(map(is_published, PUBLISHED))
    assert all(map(stands_for_one, PUBLISHED))
    assert stands_for_one("Bearer " + min(PUBLISHED))
    assert not is_published("k3Zp9QwXk3Zp9QwX")


@pytest.mark.parametrize("text", ["A3ddj3wk3Zp9QwX", "JBSWY3DPEHPK3PXPK3ZPQWX2", "scott:tiger42marlin"])
def test_what_only_begins_like_an_example_of_a_standard_is_none(text: str) -> None:
    assert not is_published(text)
