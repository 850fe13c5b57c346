"""What check-jsonschema says, without the values that it quotes."""

import pytest

from esclusa.scans.workflows.schemas import plain


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("'hunter2' is not of type 'integer', 'null'", "a value there is not of type 'integer', 'null'"),
        ("'schedule' is a required property", "'schedule' is a required property"),
        (
            "Additional properties are not allowed ('hunter2' was unexpected)",
            "Additional properties are not allowed",
        ),
        ("'hunter2' does not match '^a'", "a value there does not match"),
        ("'a is not one of hunter2' does not match 'x'", "a value there does not match"),
        ("'hunter2' was said in a way that nobody knows yet", "a value there is not right"),
    ],
)
def test_no_value_is_shown(message: str, shown: str) -> None:
    assert plain(message) == shown
