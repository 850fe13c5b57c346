"""The baseline of a run: the evidence that the stable release was sealed on."""

from collections.abc import Mapping

from esclusa.core.events import StepFinished
from esclusa.core.evidence import Evidence
from esclusa.core.ports import Journal, ReleaseLog, RolloutLog
from esclusa.core.project import Environment
from esclusa.gates.judge import NONE_YET, READABLE, UNREADABLE


def baseline(
    environments: tuple[Environment, ...], rollouts: RolloutLog, releases: ReleaseLog, journal: Journal
) -> tuple[str, Mapping[str, Evidence] | None]:
    """Its state, as `judge` takes it, and the evidence by step id: of the last environment's release."""
    stable = rollouts.serving(environments[-1].name) if environments else ""
    if not stable:
        return NONE_YET, None
    release = releases.get(stable)
    if release is None:
        return f"{UNREADABLE}the stable release {stable[:12]} is not in the store any more", None
    finished = [recorded.event for recorded in journal.read(run=release.run)]
    evidence = {event.step: event.evidence for event in finished if isinstance(event, StepFinished)}
    if not evidence:
        return f"{UNREADABLE}run {release.run}, which sealed it, is not in the journal any more", None
    return READABLE, evidence
