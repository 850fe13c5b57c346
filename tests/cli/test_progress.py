"""A run as it goes, from a fixed list of events: exact text without a terminal, a table with one."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from esclusa.cli.output import THEME
from esclusa.cli.progress import JsonLines, LiveTable, PlainLines, Progress
from esclusa.core.events import (
    Event,
    GateJudged,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    StepTold,
)
from esclusa.core.evidence import Evidence, Failure
from esclusa.core.gate import Judgement, Mode, RuleJudgement, Verdict
from esclusa.core.run import Outcome, StepState

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RULE = RuleJudgement(
    rule="accuracy > 85%",
    metric="accuracy",
    verdict=Verdict.FAIL,
    mode=Mode.BLOCK,
    sentence="accuracy is 33 % (20 of 60)",
)
EVENTS: list[tuple[float, Event]] = [
    (
        0,
        RunStarted(
            run="r1", project="p", commit="c" * 40, subject="First", steps=("test.unit", "eval.quality")
        ),
    ),
    (1, StepStarted(run="r1", step="test.unit")),
    (
        2,
        StepFinished(run="r1", step="test.unit", state=StepState.SUCCEEDED, evidence=Evidence(), seconds=1.0),
    ),
    (3, StepStarted(run="r1", step="eval.quality", attempt=2)),
    (4, StepTold(run="r1", step="eval.quality", numbers={"cases": "1/60"})),
    (5, StepTold(run="r1", step="eval.quality", numbers={"cases": "20/60"})),
    (
        66,
        StepFinished(
            run="r1",
            step="eval.quality",
            state=StepState.FAILED,
            evidence=Evidence(failure=Failure(reason="step", message="it broke\x1b[2J", mend="mend it")),
            seconds=63.0,
        ),
    ),
    (
        67,
        GateJudged(
            run="r1",
            judgement=Judgement(
                gate="quality", mode=Mode.BLOCK, verdict=Verdict.FAIL, rules=(RULE,), sentence="quality fails"
            ),
        ),
    ),
    (68, RunFinished(run="r1", outcome=Outcome.FAILED, reason="eval.quality: it broke")),
]


def play(progress: Progress) -> None:
    with progress:
        for seconds, event in EVENTS:
            progress.event(event, NOON + timedelta(seconds=seconds))
            if isinstance(event, StepStarted):
                progress.line(event.step, "a line\x07 of it")


def test_without_a_terminal_each_thing_is_a_line_and_escapes_are_gone() -> None:
    out = io.StringIO()
    play(PlainLines(Console(file=out, theme=THEME, width=200, highlight=False)))
    assert out.getvalue().splitlines() == [
        "r1: cccccccccccc First",
        "test.unit: started",
        "test.unit | a line of it",
        "test.unit: ✓ succeeded in 1.0 s",
        "eval.quality: started, attempt 2",
        "eval.quality | a line of it",
        "eval.quality: cases 1/60",
        "eval.quality: ✗ failed in 1 m 03 s",
        "  it broke",
        "  mend: mend it",
        "gate quality: ✗ fail",
        "  ✗ fail  accuracy is 33 % (20 of 60)",
        "r1: ✗ failed",
    ]


def test_for_machines_each_event_is_a_line_of_json_and_output_is_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    play(JsonLines())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["kind"] for line in lines] == [
        "run.started",
        "step.started",
        "step.finished",
        "step.started",
        "step.told",
        "step.told",
        "step.finished",
        "gate.judged",
        "run.finished",
    ]
    assert lines[0]["at"] == "2026-01-01T12:00:00+00:00"


def test_in_a_terminal_a_table_tells_what_runs_for_how_long_and_what_waits_for_what() -> None:
    out = io.StringIO()
    console = Console(file=out, theme=THEME, width=100, height=20, highlight=False, force_terminal=True)
    table = LiveTable(console, lambda: NOON + timedelta(seconds=2.5))
    for seconds, event in EVENTS[:2]:
        table.event(event, NOON + timedelta(seconds=seconds))
    table.line("test.unit", "===== collecting =====")
    page = Console(file=io.StringIO(), theme=THEME, width=100, highlight=False)
    page.print(table._page())
    shown = page.file.getvalue()  # type: ignore[attr-defined]
    assert [" ".join(line.split()) for line in shown.splitlines()] == [
        "esclusa cccccccc First r1 2.5 s",
        "test ▶ running unit 1.5 s collecting",
        "eval · waiting quality waits for test.unit",
    ]
