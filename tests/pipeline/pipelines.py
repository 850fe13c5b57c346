"""Small pipelines: steps whose actions are functions of the test."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import anyio

from esclusa.core.action import Action, Task
from esclusa.core.events import Event, StepFinished
from esclusa.core.evidence import Evidence
from esclusa.core.gate import Judgement
from esclusa.core.project import Stage, Step
from esclusa.core.run import StepState
from esclusa.core.secret import Secret
from esclusa.masking import Masker
from esclusa.pipeline.runner import Ended, Plan, run_stages
from tests.fakes import FakeClock, MemoryCache, MemoryJournal

Deed = Callable[[Task], Awaitable[Evidence]]


class Doing:
    """An action that does what the test says."""

    def __init__(self, deed: Deed) -> None:
        self._deed = deed

    async def run(self, task: Task) -> Evidence:
        return await self._deed(task)


async def nothing(_task: Task) -> Evidence:
    return Evidence()


def step(name: str, *needs: str, uses: str = "command", **changes: Any) -> Step:
    """`stage.name`, needing steps of any stage by their whole ids."""
    return Step(id=name, stage=name.partition(".")[0], uses=uses, needs=needs, **changes)


def stages(*steps: Step) -> tuple[Stage, ...]:
    """The steps by their stages, in the order in which these first appear."""
    names = dict.fromkeys(step.stage for step in steps)
    return tuple(Stage(name=name, steps=tuple(s for s in steps if s.stage == name)) for name in names)


class Pipeline:
    """A pipeline that can be run again and again, with one journal and one cache."""

    def __init__(self, state: Path, *steps: Step) -> None:
        self.state = state
        self.stages = stages(*steps)
        self.deeds: dict[str, Deed] = {}
        self.clock = FakeClock()
        self.journal = MemoryJournal(self.clock)
        self.cache = MemoryCache()
        self.lines: list[tuple[str, str]] = []
        self.events: list[Event] = []
        self.keys: Callable[[Step, Mapping[str, Evidence]], str | None] = lambda _step, _needs: None
        self.judge: Callable[[Stage, Mapping[str, Evidence]], Sequence[Judgement]] = lambda _stage, _seen: ()
        self.variables: Mapping[str, str] = {"PATH": "/usr/bin:/bin"}
        self.secrets: tuple[Secret, ...] = ()
        self.runs = 0

    def plan(self, run: str = "", **changes: Any) -> Plan:
        self.runs += 1
        given: dict[str, Any] = {
            "run": run or f"r{self.runs}",
            "commit": "c",
            "stages": self.stages,
            "state": self.state,
            "build": self._build,
            "variables": lambda _step: self.variables,
            "fingerprint": lambda step, needs: self.keys(step, needs),
            "judge": lambda stage, seen: self.judge(stage, seen),
            "on_line": lambda step, line: self.lines.append((step, line)),
            "on_event": self.events.append,
        }
        return Plan(**{**given, **changes})

    async def passes(self, run: str = "", **changes: Any) -> Ended:
        return await run_stages(
            self.plan(run, **changes),
            journal=self.journal,
            cache=self.cache,
            clock=self.clock,
            masker=Masker(self.secrets),
        )

    def run(self, run: str = "", **changes: Any) -> Ended:
        """From the first stage to the end."""
        return anyio.run(partial(self.passes, run, **changes))

    def states(self) -> dict[str, StepState]:
        """How each step ended, as the journal tells it."""
        return {event.step: event.state for event in self.finished()}

    def finished(self) -> list[StepFinished]:
        return [event for event in self.journal.events if isinstance(event, StepFinished)]

    def _build(self, step: Step) -> Action:
        return Doing(self.deeds.get(step.id, nothing))
