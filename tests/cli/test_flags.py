"""`esclusa flags` as people see it."""

import io
from typing import Any

import pytest
from rich.console import Console

from esclusa.cli.commands.flags import _attributes, page
from esclusa.cli.output import THEME
from esclusa.core.errors import UsageError
from esclusa.workspace.flags import Answered, FlagsSeen, Told

SEEN = FlagsSeen(
    environment="production",
    context={},
    answers=(
        Answered(
            where="a" * 64,
            role="candidate",
            share=0.25,
            file="flags.json",
            flags=(
                Told(key="brief", value=True, variant="on", reason="TARGETING_MATCH"),
                Told(key="tone", value="[red]\x1b[2J", variant="[/]", reason="STATIC"),
                Told(key="off", reason="DISABLED"),
                Told(key="share", reason="ERROR", code="TARGETING_KEY_MISSING", details="send its id"),
                Told(key="odd", reason="ERROR", code="GENERAL", details="no such variant"),
            ),
        ),
        Answered(where="b" * 64, role="stable", share=0.75),
    ),
)


def test_both_releases_stand_there_with_what_each_flag_comes_to_and_why() -> None:
    out = io.StringIO()
    Console(file=out, theme=THEME, width=110, emoji=False, highlight=False).print(page(SEEN))
    assert [line.rstrip() for line in out.getvalue().splitlines()] == [
        "release aaaaaaaaaaaa  candidate, 25% of new conversations  flags.json",
        "flag   value             variant  why",
        "brief  true              on       its rule says so",
        'tone   "[red]\\u001b[2J"  [/]      it has no rule',
        "off    -                 -        it is disabled: the agent takes its own default",
        "share  -                 -        the conversation decides: name one with --conversation",
        "odd    -                 -        no such variant",
        "",
        "release bbbbbbbbbbbb  stable, 75% of new conversations  has no flags",
    ]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (("tier=gold",), {"tier": "gold"}),
        (("age=7", "vip=true", "tags=[1]"), {"age": 7, "vip": True, "tags": [1]}),
        (("query=a=b", "none="), {"query": "a=b", "none": ""}),
    ],
)
def test_what_is_known_of_a_conversation_is_json_where_it_can_be(
    given: tuple[str, ...], read: dict[str, Any]
) -> None:
    assert _attributes(given) == read


@pytest.mark.parametrize("given", ["tier", "=gold"])
def test_what_is_no_attribute_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match=f"expected NAME=VALUE, found `{given}`"):
        _attributes((given,))
