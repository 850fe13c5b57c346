"""The runs as `esclusa history` lists them."""

import io
from datetime import UTC, datetime

from rich.console import Console

from esclusa.cli.commands.history import blocks, line, table
from esclusa.cli.output import THEME
from esclusa.core.orders import Order
from esclusa.core.rollout import Decision
from esclusa.core.run import Outcome, Run

RUN = Run(
    id="run-1",
    project="p",
    commit="c" * 40,
    subject="[/red] :x: \x1b[2J",
    dirty=True,
    outcome=Outcome.BLOCKED,
    reason="quality fails [bold]",
    started=datetime(2026, 1, 1, tzinfo=UTC),
    seconds=61.23456,
    rollouts=("run-1.staging",),
)


def test_what_machines_get_of_a_run_is_a_contract() -> None:
    assert line(RUN) == {
        "id": "run-1",
        "kind": "run",
        "by": "",
        "commit": "c" * 40,
        "subject": "[/red] :x: \x1b[2J",
        "dirty": True,
        "release": "",
        "outcome": "blocked",
        "reason": "quality fails [bold]",
        "started": "2026-01-01T00:00:00+00:00",
        "seconds": 61.235,
        "rollouts": ["run-1.staging"],
        "decisions": [],
    }


def test_a_rollback_by_hand_is_history_too_with_who_and_why() -> None:
    order = Order(
        rollout="rollback-1",
        ordered=Decision(verb="rollback", by="ana", reason="the tone is off"),
        environment="production",
        release="a" * 64,
        commit="b" * 40,
        outcome=Outcome.PROMOTED,
        reason="direct: healthy",
        started=datetime(2026, 1, 1, tzinfo=UTC),
        decisions=(Decision(verb="promote", by="bo", reason="hurry", although="it is not proven"),),
    )
    said = line(order)
    assert (said["id"], said["kind"], said["by"], said["rollouts"]) == (
        "rollback-1",
        "rollback",
        "ana",
        ["rollback-1"],
    )
    assert said["reason"] == "rollback of production by ana: the tone is off; direct: healthy"
    assert said["decisions"] == [
        {
            "verb": "promote",
            "by": "bo",
            "reason": "hurry",
            "position": None,
            "phase": "",
            "although": "it is not proven",
        }
    ]


def test_a_commit_message_is_shown_as_it_is_and_never_read_as_markup() -> None:
    out = io.StringIO()
    Console(file=out, theme=THEME, width=120, emoji=False).print(table([line(RUN)]))
    assert [" ".join(line.split()) for line in out.getvalue().splitlines()] == [
        "run commit release outcome took why",
        "run-1 cccccccc+ [/red] :x: - ✗ blocked 1 m 01 s quality fails [bold]",
    ]


def test_in_a_narrow_terminal_a_reason_stands_below_its_run_and_an_id_stays_whole() -> None:
    out = io.StringIO()
    Console(file=out, theme=THEME, width=48, emoji=False).print(blocks([line(RUN)]))
    assert out.getvalue().splitlines() == [
        "✗ blocked  run-1  1 m 01 s  cccccccc+ [/red] :x…",
        "  quality fails [bold]                          ",
    ]
