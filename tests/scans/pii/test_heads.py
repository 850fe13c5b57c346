"""Columns: which head a place in a table has, and what is no table."""

import pytest

from esclusa.scans.pii.heads import FAR, head


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("name,phone\nDana,HERE", "phone"),
        ("phone,name\nHERE,Dana", "phone"),
        ("id;tel;city\n1;2;3\n4;HERE;6", "tel"),
        ("Text before it.\n\nid\ttel\n1\tHERE", "tel"),
        ("| Name | Mobile |\n|---|---|\n| Al | HERE |", "Mobile"),
        ("name,phone\n" + "Al,1\n" * FAR + "Dana,HERE", "phone"),
        ("name,phone,city\nDana,HERE", ""),
        ("Al,12345\nDana,HERE", ""),
        ("phone HERE", ""),
        ("phone\nHERE", ""),
    ],
)
def test_the_head_is_that_of_the_column(table: str, expected: str) -> None:
    assert head(table, table.index("HERE")) == expected
