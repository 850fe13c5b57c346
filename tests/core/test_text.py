"""Foreign text: whatever it is, a terminal only shows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.text import harmless, without_sequences


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\x1b[1;31mred\x1b[0m and \x9b2Kplain", "red and plain"),
        ("\x1b]0;title\x07a\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\", "alink"),
        ("\x1b(Bset\x1bMup", "setup"),
        ("\x1b[31", "[31"),
        ("\x1b\x1b[2J[31m", "[31m"),
        ("tab\tand\nline, bell\x07, nul\x00, return\r", "tab\tand\nline, bell, nul, return"),
        ("exe.\u202etxt \u2066x\u2069 \udcff", "exe.txt x "),
        ("ñandú 例 🙂", "ñandú 例 🙂"),
    ],
)
def test_what_a_terminal_would_do_is_gone_and_what_it_shows_stays(text: str, left: str) -> None:
    assert harmless(text) == left


@given(st.text(st.characters()))
def test_of_any_text_only_what_can_be_shown_is_left(text: str) -> None:
    left = harmless(text)
    assert all(letter in "\t\n" or not (letter < " " or "\x7f" <= letter <= "\x9f") for letter in left)
    assert harmless(left) == left
    left.encode()


@given(st.text())
def test_a_text_without_an_escape_has_no_sequences(text: str) -> None:
    plain = text.replace("\x1b", "").replace("\x9b", "")
    assert without_sequences(plain) == plain
