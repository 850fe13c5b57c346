"""A workshop over a real store, and a task, for actions that start nothing."""

from collections.abc import Mapping
from pathlib import Path
from types import EllipsisType
from typing import Any

from esclusa.core.action import Task
from esclusa.core.evidence import Evidence
from esclusa.core.project import Agent, Project, Step
from esclusa.stages.workshop import Workshop
from esclusa.store import open_store
from tests.fakes import FakeClock


async def nothing(*_: str) -> None:
    """What is not looked at."""


def workshop(root: Path) -> Workshop:
    """Of a project in this directory."""
    state, clock = root / ".esclusa", FakeClock()
    store = open_store("", state, clock)

    def no_target(name: str) -> Any:
        raise AssertionError(f"{name} was asked for")

    return Workshop(
        root=root,
        state=state,
        project=Project(name="p", agent=Agent(serve=("./a", "{port}"), ask={}, behaviour={}), stages=()),
        clock=clock,
        journal=store.journal,
        releases=store.releases,
        rollouts=store.rollouts,
        locks=store.locks,
        cases=store.cases,
        answers=store.answers,
        artifacts=store.artifacts,
        target=no_target,
        hand_over=nothing,
        begin_deploy=nothing,
    )


INSTALLED: Mapping[str, Evidence] = {
    "source.dependencies": Evidence(outputs={"lock": "l", "environment": "/environment"})
}


def task(
    step: Step,
    root: Path,
    *,
    run: str = "run-1",
    source: Path | EllipsisType | None = ...,
    commit: str = "",
    needs: Mapping[str, Evidence] = INSTALLED,
) -> Task:
    """One attempt of a step; its checkout is the root itself."""
    directory = root / ".esclusa" / "runs" / run / step.id
    directory.mkdir(parents=True)
    return Task(
        run=run,
        step=step,
        commit=commit,
        directory=directory,
        source=root if isinstance(source, EllipsisType) else source,
        variables={},
        needs=needs,
        say=lambda _: None,
        tell=lambda _: None,
    )
