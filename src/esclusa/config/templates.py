"""Samples: a template materialised as a git repository that carries its own history.

    templates/<name>/history.yaml    the commits in order: name (a tag), files (a folder), message

The folder of the first commit is the repository; that of a later one is laid over the commit before it.

Author and dates are fixed, and nobody's git settings are read: every commit has the same hash everywhere.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import yaml

from esclusa import shell
from esclusa.config.problems import unknown
from esclusa.core.errors import OutsideError, UsageError
from esclusa.core.value import Value

HERE = Path(__file__).parents[1] / "templates"
BRANCH = "main"
_BEGINNING = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_SETTINGS = {
    "commit.gpgsign": "false",
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.excludesFile": os.devnull,
    "core.hooksPath": os.devnull,
    "tag.gpgsign": "false",
}


class Chapter(Value, frozen=True, kw_only=True):
    """One commit of a sample's history, before it is made."""

    name: str
    """The tag."""
    files: str
    """The folder that is laid over the commit before, relative to the template."""
    message: str

    @property
    def subject(self) -> str:
        """The message's first line."""
        return self.message.strip().partition("\n")[0]


class Commit(Value, frozen=True, kw_only=True):
    """One commit of a sample, made. `name` is its tag."""

    name: str
    commit: str
    subject: str


class Sample(Value, frozen=True, kw_only=True):
    """A sample that was written: `main` and the files stand at the last of its commits."""

    directory: Path
    commits: tuple[Commit, ...]


def templates(within: Path = HERE) -> tuple[str, ...]:
    """The names of the templates."""
    return tuple(sorted(path.parent.name.replace("_", "-") for path in within.glob("*/history.yaml")))


def history(template: str, within: Path = HERE) -> tuple[Chapter, ...]:
    """The commits of a template, oldest first; UsageError if there is none of that name."""
    if template not in templates(within):
        message, mend = unknown("template", template, templates(within))
        raise UsageError(message, mend=mend)
    written = yaml.safe_load((_place(template, within) / "history.yaml").read_text(encoding="utf-8"))
    return msgspec.convert(written, tuple[Chapter, ...])


async def materialise(template: str, destination: Path, within: Path = HERE) -> Sample:
    """Write a template as a git repository, all or nothing.

    UsageError when the destination holds anything, OutsideError when git fails.
    """
    chapters, place = history(template, within), _place(template, within)
    _must_be_empty(destination)
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=".esclusa-") as scratch:
        work = Path(scratch) / "sample"
        work.mkdir()
        await _git(work, _BEGINNING, "init", "--quiet", f"--initial-branch={BRANCH}", "--template=")
        commits = [await _commit(place, work, each, number) for number, each in enumerate(chapters)]
        _move(work, destination)
    return Sample(directory=destination, commits=tuple(commits))


async def _commit(place: Path, work: Path, chapter: Chapter, number: int) -> Commit:
    _lay_over(place / chapter.files, work)
    when = _BEGINNING + timedelta(days=number)
    await _git(work, when, "add", "--all")
    await _git(work, when, "commit", "--quiet", "--file=-", stdin=chapter.message)
    await _git(work, when, "tag", chapter.name)
    commit = (await _git(work, when, "rev-parse", "HEAD")).strip()
    return Commit(name=chapter.name, commit=commit, subject=chapter.subject)


def _lay_over(source: Path, work: Path) -> None:
    """Copy files; what Python compiled beside them is no part of a template."""
    shutil.copytree(
        source,
        work,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__", "*.pyc"),
        copy_function=_copy,
    )


def _copy(source: str, destination: str) -> None:
    """Content only: an installed template may be read-only, its copy must not be."""
    shutil.copyfile(source, destination)


def _must_be_empty(destination: Path) -> None:
    mend = "name a directory that is new or empty; nothing was written"
    if destination.is_symlink() or (destination.exists() and not destination.is_dir()):
        raise UsageError(f"{destination} is there already, and is no directory", mend=mend)
    if destination.is_dir() and any(destination.iterdir()):
        raise UsageError(f"{destination} is not empty", mend=mend)


async def _git(work: Path, when: datetime, *words: str, stdin: str | None = None) -> str:
    settings = (word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}"))
    finished = await shell.run(
        ["git", *settings, *words], directory=work, variables=_variables(when), stdin=stdin, timeout=60
    )
    if not finished.ok:
        raise OutsideError(
            f"git {words[0]} failed: {finished.output.strip()}", mend="esclusa doctor looks at git"
        )
    return finished.output


def _variables(when: datetime) -> Mapping[str, str]:
    """A git that knows nobody's settings."""
    who = {"NAME": "Esclusa", "EMAIL": "sample@esclusa.invalid", "DATE": when.isoformat()}
    identity = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": "/",
        **identity,
    }


def _move(work: Path, destination: Path) -> None:
    """An empty destination is kept: somebody may be in it."""
    if not destination.is_dir():
        work.replace(destination)
        return
    for path in sorted(work.iterdir(), key=lambda path: path.name == ".git"):
        path.replace(destination / path.name)


def _place(template: str, within: Path) -> Path:
    return within / template.replace("-", "_")
