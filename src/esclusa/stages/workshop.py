"""The workshop: what every action is built with. Nothing in it has been started yet."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from esclusa.core.ports import (
    AnswerCache,
    ArtifactStore,
    CaseLog,
    Clock,
    Journal,
    LockLog,
    ReleaseLog,
    RolloutLog,
)
from esclusa.core.project import Project
from esclusa.core.rollout import Decision
from esclusa.core.target import Target

ENVIRONMENTS = "environments"
"""Below the state directory: environments of Python, one for each lock."""


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """The project, where its state lives, and the ports. `state` holds runs, environments and targets."""

    root: Path
    state: Path
    project: Project
    clock: Clock
    journal: Journal
    releases: ReleaseLog
    rollouts: RolloutLog
    locks: LockLog
    cases: CaseLog
    answers: AnswerCache
    artifacts: ArtifactStore
    target: Callable[[str], Target]
    """The target of that name; building it touches nothing."""
    hand_over: Callable[[], Awaitable[None]]
    """Makes sure that a controller is at work on this project's rollouts."""
    begin_deploy: Callable[[str, str], Awaitable[None]]
    """`(run, release)`: seals the release with the run's judgements; StepFailed if a gate is closed."""
    snapshot: Path | None = None
    """The work tree as it was when the run began, if that is to be run; None: the commit's tree."""

    @property
    def dirty(self) -> bool:
        """Whether uncommitted changes are part of the run."""
        return self.snapshot is not None

    override: Decision | None = None
    """Who goes on in spite of a lock or a freeze, and why; None when nobody does."""

    @property
    def environments(self) -> Path:
        """Where Python environments are built, one for each lock."""
        return self.state / ENVIRONMENTS
