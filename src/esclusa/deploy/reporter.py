"""A reporter: what a rollout has found that is there to find something out, from the router's log alone.

It keeps nothing on disk: a controller that comes back counts again from the log's beginning, a part of it at
every look, and comes to the same.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial

from esclusa.core.errors import EsclusaError
from esclusa.core.rollout import Rollout, RolloutState
from esclusa.core.trial import Trial
from esclusa.core.value import EMPTY
from esclusa.deploy.witness import LAG, READINGS, TrafficLog
from esclusa.gates.trial import Arm, Tally


class Reporter:
    """The trial of one rollout."""

    def __init__(self, traffic: TrafficLog) -> None:
        self._traffic = traffic
        self._tally: Tally | None = None
        self._counting: tuple[datetime, Future[Trial]] | None = None
        self._since = 0.0
        self._offset: Mapping[str, int] = EMPTY

    def look(self, rollout: Rollout, now: float) -> Trial | None:
        """Read on; the trial from when its time is over and the log has been read that far, else None."""
        phase = rollout.phases[rollout.position]
        if rollout.state is not RolloutState.BAKING or not phase.exit.concludes or not rollout.shifts:
            return None
        if self._counting is None or self._counting[0] != rollout.since:
            tally = self._begun(rollout)
            over = rollout.since.timestamp() + phase.exit.bake
            if not self._catch_up(tally) or now < over + LAG:
                return None
            # Its time was fixed before: what comes later changes nothing. Of a million turns it takes
            # seconds, and the controller has a lease to renew.
            count = partial(tally.report, over - rollout.spec.deadline, alpha=rollout.spec.alpha)
            aside = ThreadPoolExecutor(1)
            self._counting = (rollout.since, aside.submit(count))
            aside.shutdown(wait=False)
        _, trial = self._counting
        return trial.result() if trial.done() else None

    def _begun(self, rollout: Rollout) -> Tally:
        """Counts from when the phase came into force; anew if that turns out to have been later."""
        since = rollout.shifts[-1]
        if self._tally is None or since != self._since:
            self._since, self._offset = since, EMPTY
            self._tally = Tally(arms_of(rollout), since=since, deadline=rollout.spec.deadline)
        return self._tally

    def _catch_up(self, tally: Tally) -> bool:
        for _ in range(READINGS):
            try:
                reading = self._traffic.read(self._offset)
            except (OSError, ValueError, EsclusaError):  # the witness reads the same log, and says so
                return False
            if reading.health:
                return False
            tally.observe(reading.requests)
            for down, up in reading.restarts:
                tally.restarted(down, up)
            before, self._offset = self._offset, reading.offset
            if before == self._offset:
                return True
        return False


def arms_of(rollout: Rollout) -> Sequence[Arm]:
    """Who is compared in the phase where a rollout is: stable first."""
    phase = rollout.phases[rollout.position]
    route = phase.fleet.route
    if route is not None and route.shadow is not None:
        return (
            Arm(name="stable", release=rollout.stable),
            Arm(name="shadow", release=rollout.candidate, mirrored=True),
        )
    drawn = route is not None and not route.matches
    return (
        Arm(name="A", release=rollout.stable, share=1.0 - phase.share if drawn else None),
        Arm(name="B", release=rollout.candidate, share=phase.share if drawn else None),
    )
