"""`esclusa flags`: what the flags of a release, or of the work tree, come to for a conversation, and why."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from esclusa.core.errors import StateError, UsageError
from esclusa.core.release import Release
from esclusa.core.value import Value, replace
from esclusa.flags.definitions import read_definitions
from esclusa.flags.evaluation import Evaluated, Flags, Refused
from esclusa.flags.targeting import CONVERSATION
from esclusa.releases.build import AGENT, file_of, manifest_of, served_of
from esclusa.workspace.opened import Opened
from esclusa.workspace.releases import find_release
from esclusa.workspace.rollback import known_environment


class Told(Value, frozen=True, kw_only=True):
    """One flag. Without a variant, the agent takes a default of its own."""

    key: str
    value: Any = None
    variant: str = ""
    reason: str
    """OpenFeature's: STATIC, DEFAULT, TARGETING_MATCH, DISABLED; ERROR with a code and details."""
    code: str = ""
    details: str = ""


class Answered(Value, frozen=True, kw_only=True):
    """The flags of one file of definitions."""

    where: str
    """`work tree`, or the id of the release."""
    role: str = ""
    """`stable` or `candidate`, for a release that is there in an environment."""
    share: float | None = None
    """The share of new conversations that the release gets there now."""
    file: str = ""
    """Empty when it has no flags."""
    flags: tuple[Told, ...] = ()
    """In the order of the file."""


class FlagsSeen(Value, frozen=True, kw_only=True):
    """What was asked, and every answer."""

    environment: str
    context: Mapping[str, Any]
    answers: tuple[Answered, ...]


async def flags(
    opened: Opened,
    *,
    environment: str | None = None,
    release: str = "",
    conversation: str = "",
    attributes: Mapping[str, Any],
) -> FlagsSeen:
    """The flags of the work tree; of the releases in an environment (empty: the last one); or of one release.

    ConfigurationError, UsageError and StateError when there is nothing to evaluate, OutsideError without the
    evaluator. `attributes` are what else an agent would send of the conversation.
    """
    if environment is not None and release:
        raise UsageError("a release has the same flags everywhere", mend="ask for one of the two")
    context = {**attributes, **({CONVERSATION: conversation} if conversation else {})}
    name = ""
    if release:
        answers = [_of_release(find_release(opened, release), context)]
    elif environment is None:
        answers = [_of_work_tree(opened, context)]
    else:
        name = known_environment(opened, environment)
        answers = await _of_environment(opened, name, context)
    return FlagsSeen(environment=name, context=context, answers=tuple(answers))


def _of_work_tree(opened: Opened, context: Mapping[str, Any]) -> Answered:
    file = opened.project.agent.flags
    if not file:
        raise UsageError("this project has no flags", mend="name their file in esclusa.yaml: `agent.flags`")
    return _answered("work tree", file, Flags(read_definitions(opened.root / file)), context)


async def _of_environment(opened: Opened, name: str, context: Mapping[str, Any]) -> list[Answered]:
    seen = await opened.target(opened.target_of(name)).observe(name)
    serving = opened.store.rollouts.serving(name)
    answers = []
    for workload in seen.workloads:
        found = _of_release(find_release(opened, workload.release), context)
        role = "stable" if workload.release == serving else "candidate"
        answers.append(replace(found, role=role, share=workload.weight))
    if not answers:
        raise UsageError(f"nothing serves in {name}", mend="esclusa run")
    return answers


def _of_release(release: Release, context: Mapping[str, Any]) -> Answered:
    """As the release's own flag server answers: from the file that was sealed, and no other."""
    root = Path(release.artifact)
    file = served_of(root).agent.flags
    if not file:
        return Answered(where=release.id)
    sealed = file_of(manifest_of(root), file)
    if sealed is None:
        raise StateError(f"release {release.short} has lost its flags", mend="run its commit again")
    found = Flags(read_definitions(root / AGENT / file, sealed=sealed.digest))
    return _answered(release.id, file, found, context)


def _answered(where: str, file: str, found: Flags, context: Mapping[str, Any]) -> Answered:
    results = found.evaluate_all(context)
    return Answered(where=where, file=file, flags=tuple(_told(result) for result in results))


def _told(result: Evaluated | Refused) -> Told:
    if isinstance(result, Refused):
        return Told(key=result.key, reason="ERROR", code=result.code, details=result.details)
    return Told(key=result.key, value=result.value, variant=result.variant, reason=result.reason)
