"""A tail: how slow the baseline's slow turns are, learned from itself, second by second.

A rule such as `latency.p95 <= baseline * 1.25` is judged on two shares that were made to be compared: of the
baseline's turns, those slower than its own p95 as known before their second; of the candidate's, those slower
than 1.25 times that. Where the rule holds the second share is no larger, in any weather that both share, and
whatever the estimate of the p95 is: it only says where in the tail is looked. So the test is the one of
errors, with its promise.
"""

import math

import msgspec

STEP = 1.02
"""Neighbouring values are told apart by 2 %."""
SHORTEST = 1e-4
"""Seconds below which all is one."""
IN_THE_TAIL = 5
"""Slow turns of the baseline from which on its quantile is known well enough to look there."""


class Tail(msgspec.Struct):
    """The baseline's durations, counted by their logarithm, and where the rule puts the limits."""

    quantile: float
    """In (0, 1): 0.95 for p95."""
    times: float = 1.0
    plus: float = 0.0
    """Seconds."""
    counts: dict[int, int] = {}
    seen: int = 0

    def learn(self, seconds: float) -> None:
        """One more turn of the baseline; a failed one may be infinite."""
        place = MOST if math.isinf(seconds) else math.ceil(math.log(max(seconds, SHORTEST)) / _LOG_STEP)
        self.counts[place] = self.counts.get(place, 0) + 1
        self.seen += 1

    @property
    def known(self) -> bool:
        """Whether enough was seen."""
        return self.seen * (1.0 - self.quantile) >= IN_THE_TAIL

    def baseline_limit(self) -> float:
        """The baseline's own quantile, in seconds, up to 2 % too high; infinite while it is not known."""
        if not self.known:
            return math.inf
        left = self.quantile * self.seen
        for place in sorted(self.counts):
            left -= self.counts[place]
            if left <= 0.0:
                return math.inf if place == MOST else STEP**place
        return math.inf

    def candidate_limit(self) -> float:
        """What the rule makes of it for the candidate."""
        return max(SHORTEST, self.times * self.baseline_limit() + self.plus)


MOST = 1 << 30
"""Where turns without an end are counted."""
_LOG_STEP = math.log(STEP)
