"""Actions: what a step does. And probes: what looks at something running."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from esclusa.core.evidence import Evidence
from esclusa.core.project import Step


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What an action is handed for one attempt."""

    run: str
    step: Step
    commit: str
    directory: Path
    """Private to the step; kept with the run, empty at the first attempt."""
    source: Path | None
    """The checkout, once the source stage has made one."""
    variables: Mapping[str, str]
    """What the step's programs get as their environment; secrets among them are masked in every log."""
    needs: Mapping[str, Evidence]
    """The evidence of every step that ran before, by step id."""
    say: Callable[[str], None]
    """A line for the step's log, masked and shown live."""
    tell: Callable[[Mapping[str, str]], None]
    """Numbers as they come; called as often as one likes, shown about once a second."""

    def output(self, name: str) -> str:
        """The named output of the latest earlier step that has it; empty if none has."""
        for evidence in reversed(list(self.needs.values())):
            if name in evidence.outputs:
                return evidence.outputs[name]
        return ""


class Action(Protocol):
    """What `uses:` names. A constructor touches nothing outside; cancelling `run` stops all it started.

    A failure the user should see is an Evidence with `failure` set or an EsclusaError; anything else that is
    raised is a bug in the action, and the runner records it with its traceback.
    """

    async def run(self, task: Task) -> Evidence:
        """Do it, and say what was seen."""
        ...


class Probe(Protocol):
    """Looks at something running."""

    async def look(self) -> Evidence:
        """What is to be seen now."""
        ...


ActionFactory = Callable[[Mapping[str, Any]], Action]
