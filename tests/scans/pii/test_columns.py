"""Tables in texts: which cells stand below a head."""

import re

import pytest

from esclusa.scans.pii.columns import named


def below(text: str) -> list[str]:
    return [text[start:end] for start, end in named(text, text.lower(), re.compile("dob"))]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|", " | "])
def test_cells_stand_below_their_head_without_quotes_and_blanks(sign: str) -> None:
    rows = (("name", "DOB", "city"), ("Ann", '"1"', "Leeds"), ("Bob", " 2 ", "York"))
    assert below("\n".join(sign.join(row) for row in rows)) == ["1", "2"]


@pytest.mark.parametrize(
    "text",
    [
        "name,dob",
        "name dob\nAnn 1\n",
        "in 1988, dob\nx,y\n",
        "a line that speaks at length of the dob of somebody, and goes on\nx,y\n",
    ],
)
def test_what_is_no_head_has_nothing_below(text: str) -> None:
    assert below(text) == []


def test_a_table_ends_with_the_first_line_that_is_no_row() -> None:
    assert below("name,dob\nAnn,1\n\nBob,2\n") == ["1"]
