"""`esclusa init`: a commented esclusa.yaml for a repository, or a whole sample repository."""

from pathlib import Path

from esclusa.config.init import write_first
from esclusa.config.load import FILE
from esclusa.config.templates import materialise


async def init(directory: Path, template: str | None) -> tuple[str, ...]:
    """Write it; lines that say what was made and what to do next. UsageError rather than overwrite."""
    return await _sample(directory, template) if template else _first(directory)


async def _sample(directory: Path, template: str) -> tuple[str, ...]:
    sample = await materialise(template, directory.resolve())
    commits = (f"  {one.name:<16} {one.commit[:8]}  {one.subject}" for one in sample.commits)
    first = sample.commits[0].name
    return (
        f"{directory}: a repository with {len(sample.commits)} commits",
        *commits,
        f"next: cd {directory} && esclusa check && esclusa run --commit {first}",
    )


def _first(directory: Path) -> tuple[str, ...]:
    directory.mkdir(parents=True, exist_ok=True)
    written = write_first(directory)
    return (
        f"{directory / FILE} is written",
        *(f"  found {one}" for one in written.found),
        *(f"  yours to say: {one}" for one in written.todo),
        "next: esclusa check",
    )
