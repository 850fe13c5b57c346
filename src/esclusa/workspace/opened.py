"""A project opened for a verb: where it is, its store, its file. Each is touched when it is first asked for.

The file is read late on purpose: `status`, `abort` and `rollback` must work while esclusa.yaml is broken.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from esclusa import plugins
from esclusa.config.load import FILE, Checked
from esclusa.config.secrets import Secrets
from esclusa.core.errors import ConfigurationError, OutsideError, StateError, UsageError
from esclusa.core.events import RolloutCreated
from esclusa.core.ports import Clock
from esclusa.core.project import Project
from esclusa.core.target import Target
from esclusa.core.value import decode, encode, replace
from esclusa.store.store import SQLITE, Store, open_store
from esclusa.system import SystemClock
from esclusa.workspace.project import find_root, read_project

STATE = ".esclusa"
KEPT = "deployed.json"
"""The project as it was last deployed, so that a broken file does not stand in the way of a rollback."""
ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Opened:
    """One project. `root` holds esclusa.yaml; `state` is all that esclusa writes."""

    root: Path
    clock: Clock

    @property
    def state(self) -> Path:
        """`.esclusa` in the root; git does not see it."""
        return self.root / STATE

    @cached_property
    def store(self) -> Store:
        """The store, made when it is not there yet. OutsideError when it cannot be."""
        self.make_state()
        return open_store(self._store_url, self.state, self.clock)

    def make_state(self) -> None:
        """Make the state directory unless it is there. OutsideError when it cannot be."""
        try:
            self.state.mkdir(exist_ok=True)
            ignore = self.state / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
        except OSError as error:
            raise OutsideError(
                f"{error.filename or self.state} cannot be written: {error.strerror}",
                mend="see who owns it, and whether the disk is full",
            ) from error

    @property
    def has_file(self) -> bool:
        """Whether there is an esclusa.yaml: evals need none."""
        return (self.root / FILE).is_file()

    @cached_property
    def checked(self) -> Checked:
        """The file as it is in the work tree, checked. ConfigurationError."""
        return read_project(self.root)

    @property
    def project(self) -> Project:
        """The project as the work tree has it. ConfigurationError."""
        return self.checked.project

    @property
    def usable_project(self) -> Project:
        """The same, or while the file is broken, as it was last deployed. ConfigurationError, StateError."""
        try:
            return self.project
        except ConfigurationError:
            deployed = self._deployed
            if deployed is None:
                raise
            return deployed

    def keep(self, project: Project) -> None:
        """Keep a project that is being deployed, without its store's address, which may hold a password."""
        self.make_state()
        fresh = self.state / f".{KEPT}"
        fresh.write_bytes(encode(replace(project, store=ELSEWHERE if project.store else "")))
        fresh.replace(self.state / KEPT)

    @cached_property
    def environments(self) -> tuple[str, ...]:
        """The names of the environments, in the order they are deployed to.

        While the file is broken, those of the project as it was last deployed, or else those ever seen.
        """
        try:
            return tuple(environment.name for environment in self.usable_project.environments)
        except (ConfigurationError, StateError):
            return self._seen

    @property
    def environments_ever(self) -> tuple[str, ...]:
        """The same, and those that the file does not name any more: something may serve there still."""
        return tuple(dict.fromkeys((*self.environments, *self._seen)))

    @cached_property
    def secrets(self) -> Secrets:
        """Where secret references lead."""
        return Secrets(os.environ, self.root)

    @cached_property
    def target(self) -> Callable[[str], Target]:
        """The target of a name; building one touches nothing."""
        return lambda name: plugins.load("targets", name)(self.state, self.clock, self.secrets)

    def target_of(self, environment: str) -> str:
        """The name of an environment's target; `local` where nobody can tell."""
        try:
            return self.usable_project.environment(environment).target
        except (ConfigurationError, StateError, KeyError):
            return "local"

    @cached_property
    def _seen(self) -> tuple[str, ...]:
        """The environments that a rollout ever set out for."""
        events = (recorded.event for recorded in self.store.journal.read())
        return tuple(
            dict.fromkeys(event.environment for event in events if isinstance(event, RolloutCreated))
        )

    @property
    def _deployed(self) -> Project | None:
        """The project as it was last deployed; None when it never was. StateError when it cannot be read."""
        kept = self.state / KEPT
        if not kept.is_file():
            return None
        try:
            return decode(Project, kept.read_bytes())
        except StateError as error:
            raise StateError(
                f"{STATE}/{KEPT}, the project as it was last deployed, cannot be read: {error.message}",
                mend=f"correct {FILE}, which is broken too",
            ) from error

    @property
    def _store_url(self) -> str:
        # A broken file hides where the store is: in the state directory, unless it was elsewhere before.
        try:
            return self.project.store
        except ConfigurationError:
            if self._elsewhere:
                raise
            return ""

    @property
    def _elsewhere(self) -> bool:
        """Whether the store was somewhere else when the project was last deployed, as far as can be told."""
        try:
            deployed = self._deployed
        except StateError:
            return not (self.state / SQLITE).exists()
        return deployed is not None and bool(deployed.store)


def open_project(start: Path) -> Opened:
    """The project of a directory or of the nearest one above it, or what evals without a project left there.

    UsageError when there is neither.
    """
    here = start.resolve()
    for directory in (here, *here.parents):
        if (directory / STATE / SQLITE).is_file() and not (directory / FILE).is_file():
            return Opened(root=directory, clock=SystemClock())
        if (directory / FILE).is_file():
            break
    return Opened(root=find_root(start), clock=SystemClock())


def open_here(start: Path) -> Opened:
    """The same, or the directory itself where there is neither."""
    try:
        return open_project(start)
    except UsageError:
        return Opened(root=start.resolve(), clock=SystemClock())
