"""The workshop of one project: what its actions are built with."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from esclusa.core.project import Project
from esclusa.core.rollout import Decision
from esclusa.stages.workshop import Workshop
from esclusa.workspace.controller import ensure_controller
from esclusa.workspace.opened import Opened


async def nothing_to_seal(_run: str, _release: str) -> None:
    """For rollouts that are no part of a run: their release was sealed before."""


def workshop_of(
    opened: Opened,
    project: Project,
    *,
    snapshot: Path | None = None,
    override: Decision | None = None,
    begin_deploy: Callable[[str, str], Awaitable[None]] = nothing_to_seal,
) -> Workshop:
    """Nothing is touched until an action asks."""
    return Workshop(
        root=opened.root,
        state=opened.state,
        project=project,
        clock=opened.clock,
        journal=opened.store.journal,
        releases=opened.store.releases,
        rollouts=opened.store.rollouts,
        locks=opened.store.locks,
        override=override,
        cases=opened.store.cases,
        answers=opened.store.answers,
        artifacts=opened.store.artifacts,
        target=opened.target,
        hand_over=partial(ensure_controller, opened),
        begin_deploy=begin_deploy,
        snapshot=snapshot,
    )
