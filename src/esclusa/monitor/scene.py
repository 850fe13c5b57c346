"""A scene: all that is known of a project at one moment, and what its rollouts came to so far. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from esclusa.core.events import Recorded, RolloutCreated, RolloutMoved
from esclusa.core.fleet import Observation
from esclusa.core.rollout import FINAL, Rollout, RolloutState
from esclusa.core.run import Run
from esclusa.core.value import EMPTY, Value


class Place(Value, frozen=True, kw_only=True):
    """One environment as it is now."""

    name: str
    serving: str = ""
    rollout: Rollout | None = None
    """Its newest rollout."""
    observation: Observation | None = None
    """None when its target could not be asked."""


class Past(Value, frozen=True, kw_only=True):
    """What the rollouts of one environment came to."""

    ended: Mapping[str, int] = EMPTY
    """By final state."""
    exposed: int = 0
    """Requests that candidates served."""
    harmed: int = 0
    """Those of them that failed."""
    went_back: tuple[float, ...] = ()
    """Seconds that each rollback took, from the decision until it was confirmed."""


class Scene(Value, frozen=True, kw_only=True):
    """A project at one moment."""

    project: str
    version: str
    places: tuple[Place, ...] = ()
    past: Mapping[str, Past] = EMPTY
    """By environment."""
    runs: tuple[Run, ...] = ()
    """Oldest first."""
    controlled: bool = False
    """Whether a living controller holds the lease."""
    decided: float = 0.0
    """When a rollout last moved or was last looked at, in epoch seconds; 0 if never."""


def past(events: Iterable[Recorded]) -> dict[str, Past]:
    """What the journal tells of rollouts, by environment."""
    rollouts: dict[str, _Rollout] = {}
    for recorded in events:
        event = recorded.event
        if isinstance(event, RolloutCreated):
            rollouts[event.rollout] = _Rollout(event.environment)
        elif isinstance(event, RolloutMoved) and event.rollout in rollouts:
            rollouts[event.rollout].move(event, recorded.at)
    found: dict[str, list[_Rollout]] = {}
    for rollout in rollouts.values():
        found.setdefault(rollout.environment, []).append(rollout)
    return {environment: _summed(them) for environment, them in found.items()}


@dataclass
class _Rollout:
    environment: str
    state: RolloutState = RolloutState.PENDING
    exposed: int = 0
    harmed: int = 0
    restoring: datetime | None = None
    back: list[float] = field(default_factory=list)

    def move(self, event: RolloutMoved, at: datetime) -> None:
        self.state, self.exposed, self.harmed = event.state, event.exposed, event.harmed
        if event.state is RolloutState.RESTORING and self.restoring is None:
            self.restoring = at
        elif event.state in FINAL and self.restoring is not None:
            self.back.append((at - self.restoring).total_seconds())
            self.restoring = None


def _summed(rollouts: list[_Rollout]) -> Past:
    ended: dict[str, int] = {}
    for rollout in rollouts:
        if rollout.state in FINAL:
            ended[rollout.state.value] = ended.get(rollout.state.value, 0) + 1
    return Past(
        ended=ended,
        exposed=sum(rollout.exposed for rollout in rollouts),
        harmed=sum(rollout.harmed for rollout in rollouts),
        went_back=tuple(seconds for rollout in rollouts for seconds in rollout.back),
    )
