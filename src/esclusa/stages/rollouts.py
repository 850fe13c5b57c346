"""An environment's rollout: created once for a release, and followed until the controller is done with it."""

from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Protocol

import anyio

from esclusa import plugins
from esclusa.core.errors import StateError, StepFailed
from esclusa.core.events import Event, RolloutJudged, RolloutMoved, RolloutSteered
from esclusa.core.fleet import Fleet
from esclusa.core.gate import RuleJudgement
from esclusa.core.project import Environment, StrategySpec
from esclusa.core.rollout import FINAL, Decision, Hearing, Rollout, RolloutState, Wish
from esclusa.core.value import replace
from esclusa.deploy.engine import created, set_out
from esclusa.flags.launch import flag_server
from esclusa.releases.fleet import fleet_of
from esclusa.stages.closed import closed
from esclusa.stages.serve import known_release
from esclusa.stages.workshop import Workshop

NOT_CARRIED_OUT = frozenset({RolloutState.FAILED, RolloutState.NEEDS_HUMAN})
"""How a rollout ends that says nothing about its release: what stood in the way may be gone the next time."""
LOOK = 3.0
"""Seconds without news after which the controller is made sure of again."""


class Listener(Protocol):
    """Who hears what a rollout does; a task is one."""

    @property
    def say(self) -> Callable[[str], None]:
        """A line."""
        ...

    @property
    def tell(self) -> Callable[[Mapping[str, str]], None]:
        """Numbers as they come."""
        ...


def begin_rollout(
    workshop: Workshop,
    environment: Environment,
    release_id: str,
    *,
    run: str,
    name: str = "",
    spec: StrategySpec | None = None,
    undoes: str = "",
    ordered: Decision | None = None,
    override: Decision | None = None,
    source: Path | None = None,
) -> Rollout:
    """The rollout of this release into this environment, created unless it exists. `source` is the checkout
    that the suites of its strategy are in; without one the project's directory.

    A run that goes on after its rollout could not be carried out begins another one. With a `spec` of its own
    it is a way back: nobody is asked for an approval. StateError when another
    rollout is under way there.
    """
    rollout_id, existing = _next_of(workshop, name or f"{run}.{environment.name}", again=not name)
    if existing is not None:
        return existing
    under_way = workshop.rollouts.latest(environment.name)
    if under_way is not None and not under_way.final:
        raise StateError(
            f"{environment.name} is busy with rollout {under_way.id} ({under_way.state})",
            mend=f"wait for it, end it with `esclusa abort {under_way.id}`, or see `when_busy`",
        )
    stable = workshop.rollouts.serving(environment.name)
    # What served until it went down was approved before.
    approval = environment.approval if spec is None and stable != release_id else None
    spec = spec or workshop.project.strategies[environment.strategy]
    rollout = set_out(
        rollout=rollout_id,
        project=workshop.project.name,
        run=run,
        spec=spec,
        strategy=plugins.load("strategies", spec.uses),
        # The stable release itself, gone down: there is nothing to compare it with.
        old=_fleet(workshop, environment, stable, spec) if stable not in ("", release_id) else None,
        new=_fleet(workshop, environment, release_id, spec),
        now=workshop.clock.now(),
        approval=approval,
        ordered=ordered,
    )
    rollout = replace(
        rollout,
        smoke=bool(run and environment.smoke and not undoes),
        undoes=undoes,
        hearing=_hearing(workshop, spec, source or workshop.root),
        revives=stable == release_id,
        decisions=(override,) if override else (),
        notify=tuple(
            channel
            for channel in workshop.project.notify
            if environment.name in (channel.environments or (environment.name,))
        ),
    )
    decided = [RolloutSteered(rollout=rollout.id, decision=decision) for decision in rollout.decisions]
    workshop.rollouts.create(rollout, created(rollout), *decided)
    return rollout


def has_begun(workshop: Workshop, environment: Environment, run: str) -> bool:
    """Whether the run's rollout into this environment has set out, and can go on."""
    return _next_of(workshop, f"{run}.{environment.name}", again=True)[1] is not None


async def make_way(
    workshop: Workshop, environment: Environment, release_id: str, listener: Listener, *, run: str = ""
) -> None:
    """Wait for another rollout that is under way there, or take it back, as the environment says."""
    other = workshop.rollouts.latest(environment.name)
    if other is None or other.final or environment.when_busy == "refuse":
        return
    if run and other.run == run:  # our own, to be followed
        return
    if environment.when_busy == "replace":
        listener.say(f"taking back {other.id} ({other.state}), which is under way in {environment.name}")
        workshop.rollouts.wish(other.id, Wish(verb="supersede", by=f"release {release_id[:12]}"))
    else:
        listener.say(f"waiting for {other.id} ({other.state}), which is under way in {environment.name}")
    await follow(workshop, other, listener)


def let_in(workshop: Workshop, environment: Environment) -> Decision | None:
    """Who lets a release set out in spite of a lock or freeze; None where it is open. StepFailed."""
    found = closed(environment, workshop.locks, workshop.clock.now())
    if found is None:
        return None
    if workshop.override is None:
        raise StepFailed(found.why, mend=found.mend)
    return replace(workshop.override, although=found.why)


async def serves(workshop: Workshop, environment: Environment, release_id: str) -> bool:
    """Whether the environment has been promoted to this release, and it is there and healthy."""
    if workshop.rollouts.serving(environment.name) != release_id:
        return False
    seen = await workshop.target(environment.target).observe(environment.name)
    return any(one.release == release_id and one.healthy > 0 for one in seen.workloads)


async def follow(workshop: Workshop, rollout: Rollout, listener: Listener) -> Rollout:
    """Tell the rollout's news until it is final."""
    await workshop.hand_over()
    news, after = _News(listener), 0
    while True:
        with anyio.move_on_after(LOOK):
            async for recorded in workshop.journal.follow(after=after, rollout=rollout.id):
                after = recorded.sequence
                news.tell(recorded.event)
                if isinstance(recorded.event, RolloutMoved) and recorded.event.state in FINAL:
                    return _loaded(workshop, rollout.id)
        # Nothing for a while: whoever killed the controller and its supervisor left this process to notice.
        await workshop.hand_over()


def _next_of(workshop: Workshop, name: str, *, again: bool) -> tuple[str, Rollout | None]:
    """The rollout of that name, or the newest `again` with a number behind it; None when it is to begin."""
    for number in count(1):
        rollout_id = f"{name}.{number}" if number > 1 else name
        existing = workshop.rollouts.load(rollout_id)
        if existing is None or not again or existing.state not in NOT_CARRIED_OUT:
            return rollout_id, existing
    raise AssertionError("unreachable: numbers do not end")


def _hearing(workshop: Workshop, spec: StrategySpec, source: Path) -> Hearing | None:
    suites = {name: getattr(spec, name) for name in ("score", "replay", "preflight")}
    if not any(suites.values()):
        return None
    project = workshop.project
    placed = {name: str(source / path) if path else "" for name, path in suites.items()}
    return Hearing(**placed, ask=project.agent.ask, prices=project.prices)


def _fleet(workshop: Workshop, environment: Environment, release_id: str, spec: StrategySpec) -> Fleet:
    release = known_release(workshop, release_id)
    return fleet_of(release, environment, flag_server=flag_server, sticky=spec.sticky)


def _loaded(workshop: Workshop, rollout_id: str) -> Rollout:
    rollout = workshop.rollouts.load(rollout_id)
    if rollout is None:
        raise StateError(f"rollout {rollout_id} has vanished from the store", mend="esclusa doctor")
    return rollout


class _News:
    """A rollout's events in words and numbers.

    A reason is not said twice running; while the rollout waits for a person, how to answer stays in sight.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._waits: Mapping[str, str] = {}
        self._said = ""

    def tell(self, event: Event) -> None:
        if isinstance(event, RolloutMoved):
            why = f": {event.reason}" if event.reason not in ("", self._said) else ""
            self._said = event.reason or self._said
            self._listener.say(f"{_words(event.state)}, candidate at {event.share:.0%}{why}")
            self._waits = {}
            if event.state is RolloutState.WAITING_APPROVAL:
                self._waits = {"to answer": f"esclusa approve {event.rollout} [--reject]"}
                self._listener.say(self._waits["to answer"])
            numbers = {"state": _words(event.state), "share": f"{event.share:.0%}"}
            self._listener.tell({**numbers, **_exposure(event), **self._waits})
        elif isinstance(event, RolloutJudged):
            self._listener.tell(
                {**_exposure(event), **_evidence_so_far(event.judgement.rules), **self._waits}
            )


def _words(state: RolloutState) -> str:
    return state.value.replace("_", " ")


def _exposure(event: RolloutMoved | RolloutJudged) -> dict[str, str]:
    return {"exposed": str(event.exposed), "harmed": str(event.harmed)}


def _evidence_so_far(rules: tuple[RuleJudgement, ...]) -> dict[str, str]:
    return {
        f"evidence against {rule.metric}": f"{rule.e_value:.2g} of {rule.threshold:.0f}"
        for rule in rules
        if rule.e_value is not None and rule.threshold is not None
    }
