"""The programs that a project starts: what `serve` names must be in the repository or where it is looked for.

What only a package of the lock can bring is not known before the lock is installed, and is not looked at.
"""

import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from esclusa.config.placeholders import SERVE
from esclusa.config.problems import Places
from esclusa.core.project import Project

SEARCHED = "/usr/local/bin:/usr/bin:/bin"
"""Where a release's programs are looked for, behind the environment of its own lock."""
_PYTHON = re.compile(r"python(?:3(?:\.\d+)?)?")
_OWN_PYTHON = (
    "give the release a Python of its own: `dependencies` in the source stage, with its requirements files or"
    ", for the standard library alone, `dependencies: {requirements: []}`"
)


def check_programs(project: Project, places: Places, root: Path) -> None:
    """Reports a program or a script that is not there, and what this machine at least does not have."""
    steps = [step for stage in project.stages for step in stage.steps]
    locked = any(step.uses == "dependencies" for step in steps)
    for key, words in _started(project):
        if words and " ".join(words) != SERVE:
            _check_program(key, words[0], places, root, locked=locked)
            if _PYTHON.fullmatch(Path(words[0]).name):
                _check_source(key, words, places, root, locked=locked)


def _started(project: Project) -> Iterable[tuple[str, tuple[str, ...]]]:
    yield "agent.serve", project.agent.serve
    for service in project.services:
        yield f"services.{service.name}.serve", service.serve


def _check_program(key: str, program: str, places: Places, root: Path, *, locked: bool) -> None:
    if "/" in program and not program.startswith("/"):
        if not (root / program).is_file():
            places.bad(
                key, f"there is no program `{program}` in the repository", "create it, or mend its name"
            )
    elif program.startswith("/"):
        if not Path(program).is_file():
            places.odd(
                key, f"there is no program `{program}` on this machine", "install it, or mend its path"
            )
    elif not locked and shutil.which(program, path=SEARCHED) is None:
        mend = _OWN_PYTHON if _PYTHON.fullmatch(program) else "name its whole path, or install it there"
        places.odd(key, f"there is no program `{program}` on {SEARCHED}, where this release looks", mend)


def _check_source(key: str, words: tuple[str, ...], places: Places, root: Path, *, locked: bool) -> None:
    """The script or module that Python is to run, where only the repository can have it."""
    script = next((word for word in words[1:] if not word.startswith("-")), "")
    if words[1:2] == ("-m",):
        module = script.partition(".")[0]
        ours = (root / module).is_dir() or (root / f"{module}.py").is_file()
        if module and not locked and not ours and module not in sys.stdlib_module_names:
            places.odd(key, f"there is no module `{module}` in the repository", "mend its name")
    elif script.endswith(".py") and not script.startswith("/") and not (root / script).is_file():
        places.bad(key, f"there is no script `{script}` in the repository", "create it, or mend its name")
