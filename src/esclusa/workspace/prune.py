"""`esclusa prune`: old releases, environments and runs go; never one that serves or is a rollback target."""

import shutil
from pathlib import Path

from esclusa.core.events import Pruned
from esclusa.core.release import Release
from esclusa.core.run import Outcome
from esclusa.pipeline.exclusive import sole_run
from esclusa.sources.environments import forget
from esclusa.stages.workshop import ENVIRONMENTS
from esclusa.system import holder
from esclusa.workspace.history import history
from esclusa.workspace.opened import Opened
from esclusa.workspace.releases import previous


async def prune(opened: Opened, *, keep: int, dry_run: bool = False) -> tuple[str, ...]:
    """Remove all but the newest `keep` releases and runs; what was removed, or would be.

    UsageError while a run is under way: what it has built serves nowhere yet, and looks as if unused.
    """
    if dry_run:
        return _prune(opened, keep, dry_run=True)
    async with sole_run(opened.store.lease, opened.clock, holder()):
        return _prune(opened, keep, dry_run=False)


def _prune(opened: Opened, keep: int, *, dry_run: bool) -> tuple[str, ...]:
    kept = _kept_releases(opened, keep)
    old_releases = [one for one in opened.store.releases.all() if one.id not in {k.id for k in kept}]
    old_environments = _unused(opened.state / ENVIRONMENTS, {Path(one.environment).name for one in kept})
    runs = _kept_runs(opened, keep)
    old_runs, old_trials = _unused(opened.state / "runs", runs), _old_trials(opened, runs)
    gone = (
        *(f"release {release.short}" for release in old_releases),
        *(f"environment {path.name}" for path in old_environments),
        *(f"run {path.name}" for path in old_runs),
        *(f"logs of {path.name}" for path in old_trials),
    )
    if gone and not dry_run:
        _remove(opened, old_releases, kept)
        for path in old_environments:
            forget(path)
        for path in (*old_runs, *old_trials):
            shutil.rmtree(path, ignore_errors=True)
        opened.store.journal.append(Pruned(what=gone))
    return gone


def _kept_releases(opened: Opened, keep: int) -> list[Release]:
    rollouts = opened.store.rollouts
    needed = {rollouts.serving(name) for name in opened.environments_ever}
    needed |= {previous(opened, name) for name in opened.environments_ever}
    for rollout in rollouts.open():
        needed |= {rollout.candidate, rollout.stable}
    known = opened.store.releases.all()
    return [release for number, release in enumerate(known) if number < keep or release.id in needed]


def _remove(opened: Opened, old: list[Release], kept: list[Release]) -> None:
    in_use = {release.artifact for release in kept}
    for release in old:
        # Files first: if this is killed between the two, the next prune finds the release again. The other
        # way round a kept build step would name a release that nobody knows.
        if release.artifact not in in_use:
            opened.store.artifacts.remove(Path(release.artifact).name)
        opened.store.answers.remove(release.id)
        opened.store.releases.remove(release.id)


def _unused(directory: Path, used: set[str]) -> list[Path]:
    return sorted(path for path in directory.glob("*") if path.is_dir() and path.name not in used)


def _kept_runs(opened: Opened, keep: int) -> set[str]:
    """The newest, those under way, and those whose results they used again: their logs are there."""
    runs = history(opened)
    kept = [run for run in runs if run.outcome is Outcome.RUNNING]
    for verb in {run.verb for run in runs}:  # many an eval does not push a run out
        kept += [run for run in runs if run.verb == verb][:keep]
    # A rollout that is detached from its run takes evidence by suites in the run's checkout.
    followed = {rollout.run for rollout in opened.store.rollouts.open()}
    return (
        {run.id for run in kept} | followed | {step.cached_from for run in kept for step in run.steps} - {""}
    )


def _old_trials(opened: Opened, runs: set[str]) -> list[Path]:
    """What is left of environments that a release was only evaluated in, by runs that are not kept."""
    found = (opened.state / "targets").glob("eval-*")
    kept, real = tuple(runs), opened.environments_ever
    return sorted(path for path in found if path.name not in real and not path.name.endswith(kept))
