"""`esclusa run --detach`: a run that goes on without the terminal it was asked for in."""

import sys
from pathlib import Path

from esclusa import shell
from esclusa.core.rollout import Decision
from esclusa.core.value import Value
from esclusa.workspace.opened import Opened
from esclusa.workspace.run import Wanted, configured, wanted


class Detached(Value, frozen=True, kw_only=True):
    """A run that goes on by itself, and its process."""

    run: str
    pid: int


async def detach(
    opened: Opened,
    *,
    commit: str,
    dirty: bool,
    until: str,
    resume: str | None,
    reports: Path | None,
    as_json: bool,
    override: Decision | None = None,
) -> Detached:
    """Start the run once it is known that it can be; what it would print is in `runs/<run>/output`.

    UsageError and ConfigurationError while somebody is there to read them.
    """
    asked = await wanted(opened, commit=commit, dirty=dirty, until=until, resume=resume, override=override)
    await configured(opened, asked)
    argv = (sys.executable, "-m", "esclusa", "-C", str(opened.root), *run_words(asked, reports, as_json))
    output = opened.state / "runs" / asked.run / "output"
    return Detached(run=asked.run, pid=shell.detach(argv, directory=opened.root, output=output))


def run_words(asked: Wanted, reports: Path | None, as_json: bool) -> tuple[str, ...]:
    """The command that does what is asked, whatever HEAD is by then."""
    words = ["run"]
    if asked.before is not None:
        words.append(f"--resume={asked.run}")
    else:
        words += [f"--id={asked.run}", f"--commit={asked.commit.sha}"]
        words += ["--dirty"] if asked.dirty else []
        words += [f"--until={asked.until}"] if asked.until else []
    words += [f"--override={asked.override.reason}"] if asked.override is not None else []
    words += [f"--report={reports.absolute()}"] if reports is not None else []
    return (*words, "--json") if as_json else tuple(words)
