"""A process that runs a pipeline: `python -m tests.pipeline.program DIRECTORY RUN STAGE/STEP=COMMAND…`.

The real runner, store and command action. Of an earlier passage of the run it repeats nothing that succeeded.
"""

import os
import sys
from functools import partial
from pathlib import Path
from typing import Any, cast

import anyio

from esclusa.core.events import StepFinished
from esclusa.masking import Masker
from esclusa.pipeline.runner import Plan, run_stages
from esclusa.stages.command import Command
from esclusa.stages.workshop import Workshop
from esclusa.store import open_store
from esclusa.system import SystemClock
from tests.pipeline.pipelines import stages, step

directory, run, *given = sys.argv[1:]
steps = []
for words in given:
    name, _, command = words.partition("=")
    steps.append(step(name.replace("/", "."), settings={"run": command}))
clock = SystemClock()
store = open_store("", Path(directory), clock)
events = [recorded.event for recorded in store.journal.read(run=run)]
nowhere = cast(Workshop, None)
plan = Plan(
    run=run,
    commit="c",
    stages=stages(*steps),
    state=Path(directory),
    build=partial(Command, nowhere),
    variables=lambda _step: os.environ,
    fingerprint=lambda _step, _needs: None,
    judge=lambda _stage, _seen: (),
    earlier=tuple(event for event in events if isinstance(event, StepFinished)),
)
ports: dict[str, Any] = {"journal": store.journal, "cache": store.cache, "clock": clock, "masker": Masker([])}
print(anyio.run(partial(run_stages, plan, **ports)).outcome.value)
