"""`uses: dependencies`: the requirements resolved into a lock, and one environment for each lock hash.

    dependencies: {requirements: [requirements.txt], no_dependencies: [weights.txt]}

The lock is resolved once for the same requirements files and those they include, and kept with the state.
"""

from collections.abc import Sequence
from pathlib import Path

from esclusa.core.action import Task
from esclusa.core.errors import StepFailed
from esclusa.core.evidence import Evidence
from esclusa.core.project import Step
from esclusa.sources.environments import install
from esclusa.sources.lock import Lock, parse, question, resolve
from esclusa.stages.workshop import Workshop


class Dependencies:
    """Resolves and installs, both at most once for the same content."""

    def __init__(self, workshop: Workshop, step: Step) -> None:
        self._workshop = workshop
        self._requirements: Sequence[str] = step.settings.get("requirements", ())
        self._no_dependencies: Sequence[str] = step.settings.get("no_dependencies", ())

    async def run(self, task: Task) -> Evidence:
        """Outputs: `lock` (its hash), `lock_file` and `environment` (a directory)."""
        if task.source is None:
            raise StepFailed(
                "there is no checkout to take requirements from", mend="add `checkout:` before it"
            )
        lock = await self._lock(task, task.source)
        environment = await install(lock, self._workshop.environments, task.say)
        task.say(f"{len(lock.packages)} packages, lock {lock.hash[:12]}")
        return Evidence(
            outputs={
                "lock": lock.hash,
                "lock_file": str(self._kept(task.source)),
                "environment": str(environment),
            }
        )

    async def _lock(self, task: Task, source: Path) -> Lock:
        kept = self._kept(source)
        if kept.exists():
            return parse(kept.read_text())
        asked = [*self._requirements, *self._no_dependencies]
        task.say(f"resolving {', '.join(asked)}" if asked else "no requirements: a Python without packages")
        lock = await resolve(source, self._requirements, self._no_dependencies, task.say)
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_suffix(f".{task.run}")
        fresh.write_text(lock.text)
        fresh.replace(kept)
        return lock

    def _kept(self, source: Path) -> Path:
        return kept_lock(self._workshop.state, source, self._requirements, self._no_dependencies)


def kept_lock(state: Path, source: Path, requirements: Sequence[str], no_dependencies: Sequence[str]) -> Path:
    """Where the lock of these requirements files is kept, once they were resolved."""
    asked = question(source, requirements, no_dependencies)
    return state / "locks" / f"{asked[:16]}.txt"
