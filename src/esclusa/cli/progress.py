"""A run as it goes: a live table in a terminal, plain lines without one, JSON lines for machines."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, Protocol

import anyio
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from esclusa.cli.output import console, print_line, safe
from esclusa.cli.words import sign, span
from esclusa.core.events import (
    Event,
    GateJudged,
    Recovered,
    RunFinished,
    RunResumed,
    RunStarted,
    StepFinished,
    StepStarted,
    StepTold,
)
from esclusa.core.run import StepState
from esclusa.core.value import plain

Choice = Literal["detach", "abort"]
QUIET = 5.0
"""Seconds between two lines of numbers of one step, where there is no terminal."""


class Progress(Protocol):
    """What shows a run as it goes; entered around it."""

    def __enter__(self) -> "Progress": ...

    def __exit__(self, *failure: object) -> None: ...

    def event(self, event: Event, at: datetime) -> None:
        """Something happened."""
        ...

    def line(self, step: str, text: str) -> None:
        """A step's program said something."""
        ...

    def note(self, text: str) -> None:
        """Something worth knowing before it starts."""
        ...

    async def choose(self) -> Choice:
        """Ctrl-C while a rollout is under way: what the user wants."""
        ...


def progress(as_json: bool, now: Callable[[], datetime]) -> Progress:
    """What fits where the output goes."""
    if as_json:
        return JsonLines()
    return LiveTable(console(), now) if sys.stdout.isatty() else PlainLines(console())


class JsonLines:
    """One event a line, nothing else."""

    def __enter__(self) -> "JsonLines":
        return self

    def __exit__(self, *failure: object) -> None:
        return None

    def event(self, event: Event, at: datetime) -> None:
        print_line({"at": at.isoformat(), **plain(event)})

    def line(self, step: str, text: str) -> None:
        """Output is in the step's log; a stream of events stays one."""

    def note(self, text: str) -> None:
        """Said to people only."""

    async def choose(self) -> Choice:
        return "detach"


class PlainLines:
    """A line for each thing that happens, each naming its step."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._told: dict[str, datetime] = {}

    def __enter__(self) -> "PlainLines":
        return self

    def __exit__(self, *failure: object) -> None:
        return None

    def event(self, event: Event, at: datetime) -> None:
        if isinstance(event, StepTold) and self._soon(event.step, at):
            return
        text = words(event)
        if text is not None:
            self._out.print(text)

    def line(self, step: str, text: str) -> None:
        self._out.print(Text(f"{step} | {safe(text)}"))

    def note(self, text: str) -> None:
        self._out.print(Text(f"note: {safe(text)}", style="wait"))

    async def choose(self) -> Choice:
        return "detach"

    def _soon(self, step: str, at: datetime) -> bool:
        before = self._told.get(step)
        if before is not None and (at - before).total_seconds() < QUIET:
            return True
        self._told[step] = at
        return False


def words(event: Event) -> Text | None:
    """An event as a line; None for what only machines want."""
    match event:
        case RunStarted():
            dirty = " with uncommitted changes" if event.dirty else ""
            return Text(f"{event.run}: {f'{event.commit[:12]} '.lstrip()}{safe(event.subject)}{dirty}")
        case RunResumed():
            return Text(f"{event.run}: going on")
        case StepStarted():
            again = f", attempt {event.attempt}" if event.attempt > 1 else ""
            return Text(f"{event.step}: started{again}")
        case StepTold():
            return Text(f"{event.step}: {_numbers(event)}")
        case StepFinished():
            return _finished(event)
        case GateJudged():
            head = Text.assemble(f"gate {event.judgement.gate}: ", sign(event.judgement.verdict))
            for rule in event.judgement.rules:
                head.append("\n  ").append(sign(rule.verdict)).append(f"  {safe(rule.sentence)}")
            return head
        case Recovered():
            return Text(f"recovered {event.what}: {safe(event.how)}", style="wait")
        case RunFinished():
            return Text.assemble(f"{event.run}: ", sign(event.outcome))  # the page that follows says why
        case _:
            return None


def _finished(event: StepFinished) -> Text:
    cached = ", cached" if event.cached else ""
    text = Text.assemble(f"{event.step}: ", sign(event.state), f" in {span(event.seconds)}{cached}")
    failure = event.evidence.failure
    if failure is not None:
        text.append(f"\n  {safe(failure.message)}")
        if failure.mend:
            text.append(f"\n  mend: {safe(failure.mend)}")
    return text


def _numbers(event: StepTold) -> str:
    return ", ".join(f"{name} {safe(value)}" for name, value in event.numbers.items())


class _Row:
    """What is known of one step on the screen."""

    def __init__(self, step: str) -> None:
        self.step = step
        self.state = StepState.WAITING
        self.started: datetime | None = None
        self.seconds = 0.0
        self.cached = False
        self.note = ""


class LiveTable:
    """All steps at once: what runs, for how long, the numbers as they come, and why it waits."""

    def __init__(self, out: Console, now: Callable[[], datetime]) -> None:
        self._out = out
        self._now = now
        self._rows: dict[str, _Row] = {}
        self._title = Text()
        self._began: datetime | None = None
        self._live = Live(console=out, refresh_per_second=8, get_renderable=self._page, transient=True)

    def __enter__(self) -> "LiveTable":
        self._live.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._live.stop()

    def event(self, event: Event, at: datetime) -> None:
        match event:
            case RunStarted():
                self._began = self._began or at
                self._rows = {step: _Row(step) for step in event.steps}
                self._title = Text.assemble(
                    ("esclusa", "name"),
                    f"  {f'{event.commit[:8]} '.lstrip()}{safe(event.subject)}  ",
                    (event.run, "quiet"),
                )
            case StepStarted():
                row = self._row(event.step)
                row.state, row.started, row.note = StepState.RUNNING, at, ""
            case StepTold():
                self._row(event.step).note = _numbers(event)
            case StepFinished():
                row = self._row(event.step)
                row.state, row.seconds, row.cached = event.state, event.seconds, event.cached
                row.note = safe(event.evidence.failure.message) if event.evidence.failure else row.note
            case GateJudged():
                self._out.print(
                    Text.assemble(sign(event.judgement.verdict), f"  {safe(event.judgement.sentence)}")
                )
            case Recovered():
                self._out.print(Text(f"recovered {event.what}: {safe(event.how)}", style="wait"))
            case _:
                pass

    def line(self, step: str, text: str) -> None:
        row = self._row(step)
        if row.state is StepState.RUNNING and text.strip():
            row.note = safe(text.strip(" =-\t"))

    def note(self, text: str) -> None:
        self._out.print(Text(f"note: {safe(text)}", style="wait"))

    async def choose(self) -> Choice:
        self._live.stop()
        self._out.print(
            "\nA rollout is under way; its controller goes on without this terminal.\n"
            "  d  detach and let it go on (Enter alone, or Ctrl-C again, does the same)\n"
            "  a  abort: take it back to the release before\n"
            "d or a, then Enter: ",
            end="",
            markup=False,
        )
        if not (await _line_from_terminal()).strip().lower().startswith("a"):
            return "detach"
        self._live.start()
        return "abort"

    def _row(self, step: str) -> _Row:
        return self._rows.setdefault(step, _Row(step))

    def _page(self) -> RenderableType:
        table = Table(box=None, pad_edge=False, show_header=False, expand=True)
        for settings in _COLUMNS:
            table.add_column(**settings)
        stage = ""
        for row in self._rows.values():
            own, _, name = row.step.partition(".")
            table.add_row(
                own if own != stage else "", sign(row.state), name, self._time(row), Text(self._note(row))
            )
            stage = own
        began = self._began
        took = span((self._now() - began).total_seconds()) if began else ""
        return Group(Text.assemble(self._title, "  ", took), table)

    def _time(self, row: _Row) -> str:
        if row.state is StepState.RUNNING and row.started is not None:
            return span((self._now() - row.started).total_seconds())
        return "" if row.state is StepState.WAITING else "cached" if row.cached else span(row.seconds)

    def _note(self, row: _Row) -> str:
        if row.state is not StepState.WAITING or row.note:
            return row.note
        running = [other.step for other in self._rows.values() if other.state is StepState.RUNNING]
        return f"waits for {', '.join(running)}" if running else ""


async def _line_from_terminal() -> str:
    """What is typed there; empty where nobody can type. A thread that reads could not be called back."""
    if not sys.stdin.isatty():
        return ""
    await anyio.wait_readable(sys.stdin)
    return sys.stdin.readline()


_COLUMNS: tuple[dict[str, Any], ...] = (
    {"style": "quiet", "no_wrap": True},
    {"no_wrap": True},
    {"no_wrap": True},
    {"justify": "right", "no_wrap": True},
    {"ratio": 1, "no_wrap": True, "overflow": "ellipsis"},
)
