"""A witness: what the traffic of one rollout shows, read from the router's log and kept across restarts.

It looks, and does not decide. Its whole knowledge is in the rollout (`analysis`, `offset`, `judged`,
`shifts`, `restarts`), written in one transaction with what was decided on it: after a crash nothing is read
twice and nothing is forgotten.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from esclusa.core.errors import EsclusaError
from esclusa.core.gate import Judgement
from esclusa.core.rollout import Rollout
from esclusa.core.traffic import Opinion, Request
from esclusa.core.value import replace
from esclusa.deploy.engine import Account
from esclusa.deploy.sources import Sources
from esclusa.deploy.telling import share_of
from esclusa.gates.live import Terms
from esclusa.gates.live_gate import LiveGate
from esclusa.gates.told import counted

LAG = 1.0
"""Seconds that a line of the log may be late; on a busy machine the router's flush takes its time."""
BEHIND = 5.0
"""Seconds by which the clock may be behind what was judged last; a clock that is adjusted is less."""
READINGS = 4
"""How often the log is read on in one look; a log that is longer is caught up with in several."""


class Reading(NamedTuple):
    """What the log says since an offset."""

    requests: Sequence[Request]
    offset: Mapping[str, int]
    health: str = ""
    """Why the log cannot be read; empty when it can. Then nothing else here counts."""
    restarts: Sequence[tuple[float, float]] = ()
    """When the router was away, as far as the log shows it: down and up, in epoch seconds."""
    opinions: Sequence[Opinion] = ()


class TrafficLog(Protocol):
    """The requests of one environment, as its router wrote them down."""

    def read(self, offset: Mapping[str, int]) -> Reading:
        """Everything after an offset; from the beginning for an empty one."""
        ...


def terms_of(rollout: Rollout) -> Terms:
    """What is compared in a rollout: a function of what was written when it was created."""
    return Terms(
        candidate=rollout.candidate,
        baseline=rollout.stable,
        since=rollout.started.timestamp(),
        rules=rollout.spec.rules,
        prove=tuple(rule.text for rule in rollout.spec.prove),
        counted=counted(rollout.spec),
        settle=rollout.spec.prometheus.settle if rollout.spec.prometheus else 0.0,
        least_scored=rollout.spec.min_scores,
        alpha=rollout.spec.alpha,
        deadline=rollout.spec.deadline,
        lag=LAG,
    )


class Witness:
    """The live evidence of one rollout, taken up where the rollout says it was."""

    def __init__(
        self,
        rollout: Rollout,
        traffic: TrafficLog,
        sources: Sources,
    ) -> None:
        self.blind = ""
        self._sources = sources
        self._traffic = traffic
        self._since = rollout.started.timestamp()
        self._offset = rollout.offset
        self._judged = rollout.judged
        self._shifts = rollout.shifts
        self._restarts = rollout.restarts
        self._analysis: LiveGate | None = None
        try:
            known = rollout.analysis
            self._analysis = LiveGate.read(known) if known else LiveGate.new(terms_of(rollout))
        except (EsclusaError, ValueError) as error:
            self._torn = f"the statistics of the rollout cannot be used: {_words(error)}"

    def look(self, rollout: Rollout, now: float) -> Account | None:
        """Read on and judge; None when nothing could be seen, and `blind` says why.

        `now` was taken before the log is read. While the log is away time stands still for the analysis:
        what happens meanwhile is judged when it is back. While the clock is behind what was judged, what
        comes is counted and cannot be judged: that is said in `blind` too.
        """
        if self._analysis is None:
            self.blind = self._torn
            return None
        if not self._catch_up(self._analysis):
            return None
        self.blind = self._set_back(now)
        now = max(now, self._judged)
        judgement = self._judgement(self._analysis, now, share_of(rollout) or None)
        self._judged = now
        return Account(
            analysis=self._analysis.written(),
            offset=self._offset,
            judged=now,
            shifts=self._shifts,
            restarts=self._restarts,
            judgement=judgement if judgement.rules else None,
            units=self._analysis.errors.candidate.turns,
            exposed=self._analysis.errors.exposed,
            harmed=self._analysis.errors.harmed,
            mirrored=self._analysis.errors.candidate.mirrored,
            mirrored_failed=self._analysis.errors.candidate.mirrored_failures,
        )

    def _set_back(self, now: float) -> str:
        behind = self._judged - now
        return f"the clock is {behind:.0f} s behind what was judged last" if behind > BEHIND else ""

    def shifted(self, rollout: Rollout, now: float) -> Rollout:
        """The rollout, with the moment noted at which its traffic is about to change or has changed."""
        if self._analysis is None:
            return rollout
        self._analysis.shifted(now)
        self._shifts = (*self._shifts, now)
        return replace(rollout, analysis=self._analysis.written(), shifts=self._shifts)

    def _judgement(self, analysis: LiveGate, now: float, share: float | None) -> Judgement:
        sources = self._sources
        analysis.score(sources.scored())
        analysis.count(sources.counted())
        return analysis.judge(now, unscored=sources.unscored, uncounted=sources.uncounted, share=share)

    def _catch_up(self, analysis: LiveGate) -> bool:
        """Read on to the end of the log; whether that was reached, and nothing stood in the way."""
        for _ in range(READINGS):
            reading = self._read()
            self.blind = reading.health
            if self.blind:
                return False
            for down, up in reading.restarts:
                if up > self._since:
                    analysis.restarted(down, up)
                    self._restarts = (*self._restarts, (down, up, self._judged))
            analysis.observe(reading.requests)
            analysis.hear(reading.opinions)
            before, self._offset = self._offset, reading.offset
            if self._offset == before:
                return True
        return False

    def _read(self) -> Reading:
        try:
            return self._traffic.read(self._offset)
        except (OSError, ValueError, EsclusaError) as error:
            return Reading((), self._offset, _words(error))


def _words(error: Exception) -> str:
    return error.message if isinstance(error, EsclusaError) else f"{type(error).__name__}: {error}"
