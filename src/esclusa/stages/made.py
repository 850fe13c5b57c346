"""What a run made, laid beside a commit for a scan: answers of suites, logs and artifacts of steps."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import msgspec

from esclusa.core.action import Task
from esclusa.core.errors import StepFailed
from esclusa.core.folds import fold_runs
from esclusa.core.run import Run
from esclusa.scans.piece import Piece
from esclusa.scans.tree import read_tree
from esclusa.stages.workshop import Workshop
from esclusa.system import alive


def put_made(workshop: Workshop, settings: Mapping[str, Any], task: Task, tree: Path) -> None:
    """All that a step's settings name. StepFailed for what is not there."""
    answers, logs = settings.get("answers", ()), settings.get("logs", ())
    origins = _origins(workshop, task, [*answers, *logs]) if answers or logs else {}
    for step in answers:
        put(tree, f"answers/{step}.jsonl", _answers(workshop, origins[step], step))
    for step in logs:
        log = workshop.state / "runs" / origins[step] / step / "log"
        if not log.is_file():
            raise StepFailed(f"there is no log of {step} to look at", mend="correct `logs`")
        put(tree, f"logs/{step}.log", log.read_bytes())
    known = _looked_at(settings, tree) if settings.get("artifacts") else set()
    for step in settings.get("artifacts", ()):
        kept = task.needs[step].artifacts if step in task.needs else {}
        if not kept:
            raise StepFailed(f"there is no artifact of {step} to look at", mend="correct `artifacts`")
        for name, artifact in kept.items():
            _put_new(tree, f"artifacts/{step}/{name}", workshop.artifacts.path(artifact.digest), known)


def largest_of(settings: Mapping[str, Any]) -> int:
    """Bytes of the largest file that a scan looks into."""
    return int(settings.get("largest", 64)) * 1_000_000


def put(tree: Path, name: str, data: bytes | Path) -> None:
    """Bytes, or a file. Never in place of what is committed, which would not be looked at, or through a link
    out of it."""
    path = tree / name
    try:
        if any((tree / above).is_symlink() for above in Path(name).parents):
            raise FileExistsError(path.parent)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            if isinstance(data, bytes):
                file.write(data)
            else:
                with data.open("rb") as source:
                    shutil.copyfileobj(source, file)
    except (FileExistsError, NotADirectoryError):
        mend = "rename it, or take it out of the commit"
        raise StepFailed(
            f"{name} of the commit is where the scan puts what the run made", mend=mend
        ) from None


def _answers(workshop: Workshop, run: str, step: str) -> bytes:
    cases = workshop.cases.read(run, step)
    told = ({"id": case.id, "answers": (*case.earlier, case.answer)} for case in cases)
    return b"\n".join(msgspec.json.encode(one) for one in told)


def _origins(workshop: Workshop, task: Task, steps: Sequence[str]) -> dict[str, str]:
    """By step, the run in which it was done: this one, or the one that its result was taken over from."""
    runs = fold_runs(workshop.journal.read(), alive=alive, now=workshop.clock.now())
    ours = next((run for run in runs if run.id == task.run), None)
    return {step: _origin(ours, step) or task.run for step in steps}


def _origin(run: Run | None, step: str) -> str:
    return next((one.cached_from for one in run.steps if one.id == step), "") if run else ""


def _looked_at(settings: Mapping[str, Any], tree: Path) -> set[bytes]:
    """Digests of what of the commit is looked at anyway."""
    excluded, largest = settings.get("exclude", ()), largest_of(settings)
    reads = read_tree(tree, excluded, largest)
    return {hashlib.sha256(one.data).digest() for one in reads if isinstance(one, Piece)}


def _put_new(tree: Path, name: str, artifact: Path, known: Set[bytes]) -> None:
    """What only an artifact has; a link in it may lead anywhere and is not followed."""
    if artifact.is_file():
        put(tree, name, artifact)
        return
    try:
        for path in _files(artifact):
            if _digest(path) not in known:
                put(tree, f"{name}/{_shown(path.relative_to(artifact))}", path)
    except OSError as error:
        why = f"the artifact {name} cannot be read: {error.strerror}: {error.filename}"
        raise StepFailed(why, mend="make it readable for who runs esclusa") from error


def _shown(path: Path) -> str:
    """A scan of a tree does not look at what is git's own; in an artifact that is a find."""
    return "/".join("dot-git" if part == ".git" else part for part in path.parts)


def _files(directory: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise error

    for above, _, names in os.walk(directory, onerror=refuse):
        paths = (Path(above) / name for name in sorted(names))
        yield from (path for path in paths if path.is_file() and not path.is_symlink())


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
