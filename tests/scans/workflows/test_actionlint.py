"""What actionlint says, without the values that it quotes."""

import pytest

from esclusa.scans.workflows.actionlint import masked


@pytest.mark.parametrize(
    ("kind", "message", "shown"),
    [
        (
            "permissions",
            '"hunter2" is invalid for permission of scope "contents". available values are "read", "none"',
            '"•••" is invalid for permission of scope "•••". available values are "read", "none"',
        ),
        ("syntax-check", 'expected number but found "hunter2 \\" x"', 'expected number but found "•••"'),
        ("expression", 'undefined variable "foo"', 'undefined variable "foo"'),
        ("expression", 'got "pass word!" here', 'got "•••" here'),
        ("syntax-check", '"jobs" section is missing in workflow', '"•••" section is missing in workflow'),
    ],
)
def test_what_is_quoted_is_shown_only_where_it_is_a_name_or_would_have_been_right(
    kind: str, message: str, shown: str
) -> None:
    assert masked(kind, message) == shown
