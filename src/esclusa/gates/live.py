"""The live analysis: is the candidate failing more than its rules allow, judged from the router's requests.

A request that is still open after the deadline has failed. So an analysis with a deadline of 2 s tells how
many failed or took longer: this is how rules on latency are judged, each by an analysis of its own. With a
`Tail` the two arms have deadlines of their own, which follow the baseline.

The unit is a **turn at risk**: a request of a conversation that has not failed yet. Turns are compared within
**strata**: those that started in the same second (a few seconds where traffic is thin) and have the same turn
number, 1, 2, 3-4 or 5 and later; it is the idea of the log-rank test (Mantel 1966). Each stratum is betted
on once, when all its requests have ended or are overdue. Seconds are closed strictly in their order: whether
a stratum is in depends on the time and never on how it went, even where failures are quick and successes
slow.

So the evidence is a function of the set of requests, of the shifts and of the restarts. It does not depend
on when it was looked at, nor on the order of the lines, as long as they come within `lag`; a recount of the
whole log gives the same numbers, bit by bit.

It has no clock, reads no log, and decides nothing: that is the controller's.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

import msgspec

from esclusa.core.errors import StateError
from esclusa.core.gate import Judgement, Mode, Rule, RuleJudgement, Verdict
from esclusa.core.traffic import Request
from esclusa.gates.guard import Arm, Guard
from esclusa.gates.tail import Tail
from esclusa.gates.turns import Turns, band
from esclusa.stats.planning import stratum_seconds

SKEW = 0.1
"""Seconds by which the lines of one log are out of order at most."""

PATIENCE = 10.0
"""Seconds of silence after which a log is taken to be silent, not slow."""

HALF_LIFE = 10.0
"""Seconds in which the memory of the traffic's pace halves."""

WORST_FIRST = (Verdict.FAIL, Verdict.MISSING, Verdict.UNDECIDED, Verdict.NOT_REFUTED, Verdict.PASS)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared, from when on, and how. Times are epoch seconds, spans are seconds."""

    candidate: str
    baseline: str = ""
    """Empty when there is no stable release yet: rules that speak of it are then not applicable."""
    since: float
    """Requests that started earlier only teach which turn a conversation is at."""
    rules: tuple[Rule, ...]
    prove: tuple[str, ...] = ()
    """The texts of those rules that are to be shown to hold."""
    counted: tuple[str, ...] = ()
    """The metrics that somebody else counts."""
    settle: float = 30.0
    """Seconds after traffic was moved in which nothing is judged on those."""
    least_scored: int = 20
    """Pairs of scored conversations from which on a rule on them says anything."""
    alpha: float = 0.05
    """The chance of a false alarm, ever, over all rules together, and that of a false proof; each rule
    gets an equal part."""
    deadline: float = 30.0
    """A request still open after this is overdue: it counts as failed."""
    lag: float = 0.5
    """How late a line may come while others come. One that comes later is counted and never betted on."""
    memory: float = 900.0
    """Conversations that were silent for longer begin anew."""
    quiet: float = 60.0
    """An arm without a request for longer has no traffic."""


class Restart(msgspec.Struct, frozen=True, array_like=True):
    """The router was away from `down` to `up`."""

    down: float
    up: float


class Pace(msgspec.Struct):
    """How many requests come in a second, of late. Begins busy, so that the first strata are short."""

    requests: float = 20.0
    seconds: float = 1.0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    def note(self, requests: int, seconds: int) -> None:
        """What the newest seconds brought."""
        fading = 0.5 ** (seconds / HALF_LIFE)
        self.requests = self.requests * fading + requests
        self.seconds = self.seconds * fading + seconds


class Kept(msgspec.Struct):
    """Something all of whose state is in its fields; `written` and `read` are exact inverses."""

    @classmethod
    def read(cls, state: Mapping[str, Any]) -> Self:
        """What `written` wrote; StateError when it is something else."""
        try:
            return msgspec.convert(state, cls, str_keys=True)
        except msgspec.ValidationError as error:
            raise StateError(f"the state of a live analysis cannot be read: {error}") from error

    def written(self) -> dict[str, Any]:
        """The whole state as JSON-able values."""
        state: dict[str, Any] = msgspec.to_builtins(self, str_keys=True)
        return state


class Analysis(Kept):
    """The evidence so far."""

    terms: Terms
    guards: list[Guard]
    turns: Turns
    candidate: Arm
    baseline: Arm
    pace: Pace
    heard: float
    """The newest moment that the log has told of."""
    front: int = 0
    """The first second since the beginning that has not been closed."""
    pending: dict[int, dict[str, Request]] = {}
    """Requests of seconds not yet closed, by second and id."""
    overdue: dict[str, int] = {}
    """Requests that were open when their second was closed: their end has been counted in advance."""
    cut: dict[str, int] = {}
    """Requests that were open when their second was dropped: their end will be counted, and not as late."""
    shifts: list[int] = []
    restarts: list[Restart] = []
    dropping: int = 0
    """Seconds before this one are dropped, because of a restart."""
    late: int = 0
    dropped: int = 0
    tail: Tail | None = None
    """Where the deadlines follow the baseline. Then only turns are counted, not requests and failures."""
    limit: float | None = None
    """Seconds after which a request that has ended counts as failed, where that is before the deadline."""

    @classmethod
    def new(
        cls, terms: Terms, *, slow: bool = False, tail: Tail | None = None, limit: float | None = None
    ) -> Self:
        """Before the first request. `slow`: the deadline is a rule's own limit. ValueError for a rule whose
        limit cannot be tested.
        """
        part = terms.alpha / max(1, len(terms.rules))
        beyond = terms.deadline if slow else limit
        return cls(
            terms=terms,
            guards=[Guard.new(rule, part, rule.text in terms.prove) for rule in terms.rules],
            turns=Turns(memory=math.ceil(terms.memory)),
            candidate=Arm(beyond=beyond),
            baseline=Arm(beyond=beyond),
            pace=Pace(),
            heard=terms.since,
            tail=tail,
            limit=limit,
        )

    @property
    def exposed(self) -> int:
        """Requests of the candidate that have ended or are overdue, without copies of others' requests."""
        return self.candidate.requests - self.candidate.mirrored

    @property
    def harmed(self) -> int:
        """Those of them that failed or are overdue: what `max_harmed` limits, at once."""
        return self.candidate.failures - self.candidate.mirrored_failures

    @property
    def until(self) -> float:
        """Everything that started before this is in the evidence."""
        return self.terms.since + self.front

    @property
    def waiting(self) -> int:
        """Requests that have not entered the bet yet."""
        return sum(map(len, self.pending.values()))

    @property
    def violated(self) -> tuple[str, ...]:
        """The blocking rules of which a violation is shown."""
        return tuple(g.rule.text for g in self.guards if g.rule.mode is Mode.BLOCK and g.violated)

    def observe(self, requests: Iterable[Request]) -> None:
        """Take in what the router's log says: each request at its start, and again at its end.

        A line that comes twice is known again as long as its second is open. Lines from before `since` should
        come too, and first: they tell which turn each conversation is at.
        """
        since, front, pending = self.terms.since, self.front, self.pending
        for request in requests:
            moment = request.started if request.ended is None else request.ended
            if moment > self.heard:
                self.heard = moment
            second = math.floor(request.started - since)
            if second < 0:
                self._learn(request)
            elif second < front:
                self._take_late(request, second)
            else:
                waiting = pending.setdefault(second, {})
                known = waiting.get(request.id)
                if known is None or known.ended is None:
                    waiting[request.id] = request
                    self._count(request)

    def shifted(self, at: float) -> None:
        """The routes changed: no stratum reaches over the whole second that begins next."""
        self.shifts = sorted({*self.shifts, math.ceil(at - self.terms.since)})

    def restarted(self, down: float, up: float) -> None:
        """The router was away: for both arms, drop these seconds and what was in flight when it went.

        To be told before any line from after `down` is handed on, and within `PATIENCE`.
        """
        told = {*self.restarts, Restart(down, up)}
        self.restarts = sorted(told, key=lambda restart: restart.down)

    def judge(self, now: float, *, source_down: str = "", share: float | None = None) -> Judgement:
        """Close what can be closed by `now`, and say what every rule has come to.

        `source_down` says why the router's log cannot be read; `share` is the candidate's present share of
        the traffic, for the number of failures that would settle it.
        """
        self.advance(now)
        if share is None:
            share = self.candidate.turns / max(1, self.candidate.turns + self.baseline.turns)
        return together(self._judge(guard, now, source_down, share) for guard in self.guards)

    def advance(self, now: float) -> None:
        """Close every second that can be closed by `now`, in order."""
        known = self._known(now)
        while (end := self._stratum_end()) <= known - self.terms.since:
            cell = [r for second in range(self.front, end) for r in self.pending.get(second, {}).values()]
            restart = self._restart_of(cell, end)
            if restart is None and any(self._undecided(request, known) for request in cell):
                return
            if restart is not None and known < restart.down:
                return
            cell.sort(key=self._moment)
            if restart is None:
                self._close(cell)
            else:
                self._drop(cell)
                self.dropping = math.ceil(restart.up - self.terms.since)
            self._move_on(end, len(cell))

    def bet(self, candidates: int, baselines: int, failed: int, baselines_failed: int) -> None:
        """Enter one stratum of turns at risk, which must never come again."""
        self.candidate.turns += candidates
        self.candidate.turns_failed += failed
        self.baseline.turns += baselines
        self.baseline.turns_failed += baselines_failed
        for guard in self.guards:
            guard.bet(candidates, baselines, failed, baselines_failed)

    def _learn(self, request: Request) -> None:
        """A request from before the beginning: it is a turn of its conversation from when it has ended on."""
        if request.ended is None:
            return
        second = math.floor(request.ended - self.terms.since)
        if second < self.front or second < 0:
            self.turns.next(request.conversation, second, request.failed is True)
        else:
            self.pending.setdefault(second, {})[request.id] = request

    def _take_late(self, request: Request, second: int) -> None:
        """A line of a closed second: counted, unless it is the end of an overdue request; never betted on."""
        if request.ended is None or self.overdue.pop(request.id, None) is not None:
            return
        if self.cut.pop(request.id, None) is None:
            self.late += 1
            self.turns.next(request.conversation, second, request.failed is True)
        self._count(request)

    def _count(self, request: Request) -> None:
        arm = self._arm(request)
        if arm is None:
            return
        if arm.last is None or request.started > arm.last:
            arm.last = request.started
        if request.ended is not None and self.tail is None:
            arm.ended(request, self._failed(request))

    def _arm(self, request: Request) -> Arm | None:
        if request.started < self.terms.since:
            return None
        if request.arm == self.terms.candidate:
            return self.candidate
        return self.baseline if request.arm == self.terms.baseline else None

    def _known(self, now: float) -> float:
        """Up to when all lines have come: they are `lag` late, or as late as the log is as a whole."""
        return min(now, max(self.heard - SKEW + self.terms.lag, now - PATIENCE)) - self.terms.lag

    def _stratum_end(self) -> int:
        end = self.front + stratum_seconds(self.pace.rate)
        return min([end, *(shift for shift in self.shifts if shift > self.front)])

    def _moment(self, request: Request) -> tuple[float, str]:
        """When a request counts as a turn: at its start, or at its end if it is from before the beginning."""
        if request.ended is not None and request.started < self.terms.since:
            return request.ended, request.id
        return request.started, request.id

    def _undecided(self, request: Request, known: float) -> bool:
        return request.ended is None and known < request.started + self.terms.deadline

    def _failed(self, request: Request) -> bool:
        """Failed, or not ended by its deadline."""
        return (
            request.failed is True
            or request.ended is None
            or request.ended > request.started + self._deadline(request)
        )

    def _deadline(self, request: Request) -> float:
        """Seconds. Those of a tail change only as seconds are closed."""
        if self.tail is None:
            return self.terms.deadline if self.limit is None else min(self.limit, self.terms.deadline)
        candidate = request.arm == self.terms.candidate
        limit = self.tail.candidate_limit() if candidate else self.tail.baseline_limit()
        return min(limit, self.terms.deadline)

    def _restart_of(self, cell: list[Request], end: int) -> Restart | None:
        """The restart that touches these seconds, or cut off one of their requests, or of earlier ones."""
        for restart in self.restarts:
            until = math.ceil(restart.up - self.terms.since)
            reached = self.front < self.dropping or end > restart.down - self.terms.since
            if self.front < until and (reached or any(self._in_flight(r, restart.down) for r in cell)):
                return restart
        return None

    def _in_flight(self, request: Request, at: float) -> bool:
        ended = request.started + self.terms.deadline if request.ended is None else request.ended
        return request.started <= at < ended

    def _drop(self, cell: list[Request]) -> None:
        for request in cell:
            self.turns.next(request.conversation, self.front, failed=False)
            self.dropped += self._arm(request) is not None
            if request.ended is None:
                self.cut[request.id] = self.front

    def _close(self, cell: list[Request]) -> None:
        """Number the turns, sort those at risk into strata, and bet on each; then learn from them."""
        strata: dict[tuple[int, int], list[int]] = {}
        for place, arm, fell in self._at_risk(cell):
            counts = strata.setdefault(place, [0, 0, 0, 0])
            side = 0 if arm is self.candidate else 1
            counts[side] += 1
            counts[2 + side] += fell
        for place in sorted(strata):
            candidates, baselines, failed, baselines_failed = strata[place]
            if self.tail is None or self.tail.known:
                self.bet(candidates, baselines, failed, baselines_failed)
        if self.tail is not None:
            self._learn_tail(self.tail, cell)

    def _learn_tail(self, tail: Tail, cell: list[Request]) -> None:
        for request in cell:
            if self._arm(request) is self.baseline:
                tail.learn(self._seconds(request))
        if tail.known:
            self.candidate.beyond = min(tail.candidate_limit(), self.terms.deadline)
            self.baseline.beyond = min(tail.baseline_limit(), self.terms.deadline)

    def _at_risk(self, cell: list[Request]) -> Iterator[tuple[tuple[int, int], Arm, bool]]:
        """Stratum, arm and fate of every turn at risk.

        A second turn of one conversation in the same seconds and band gets a stratum of its own, after the
        first: whether it is at risk hangs on the first.
        """
        again: dict[tuple[str | None, int], int] = {}
        for request in cell:
            arm, failed = self._arm(request), self._failed(request)
            if request.ended is None:
                self.overdue[request.id] = self.front
                if arm is not None and self.tail is None:
                    arm.ended(request, failed=True)
            turn = self.turns.next(request.conversation, self.front, failed)
            if turn is None or arm is None:
                continue
            order = 0
            if request.conversation is not None:
                seat = (request.conversation, band(turn))
                order = again[seat] = again.get(seat, -1) + 1
            yield (band(turn), order), arm, failed

    def _seconds(self, request: Request) -> float:
        """How long a request took; infinite when it failed or was not over by the deadline."""
        if request.failed is True or request.ended is None:
            return math.inf
        taken = request.ended - request.started
        return math.inf if taken > self.terms.deadline else taken

    def _move_on(self, end: int, requests: int) -> None:
        for second in range(self.front, end):
            self.pending.pop(second, None)
        self.pace.note(requests, end - self.front)
        self.front = end
        self.turns.forget(end)
        self.shifts = [shift for shift in self.shifts if shift > end]
        self.restarts = [restart for restart in self.restarts if restart.up - self.terms.since > end]
        oldest = end - self.turns.memory
        if self.overdue:
            self.overdue = {id: second for id, second in self.overdue.items() if second >= oldest}
        if self.cut:
            self.cut = {id: second for id, second in self.cut.items() if second >= oldest}

    def _judge(self, guard: Guard, now: float, source_down: str, share: float) -> RuleJudgement:
        if guard.compares and not self.terms.baseline:
            return not_applicable(guard.rule)
        silence = self._silence(guard, now, source_down)
        return guard.judge(self.candidate, self.baseline, silence, share)

    def _silence(self, guard: Guard, now: float, source_down: str) -> str:
        """Why nothing can be seen: three different reasons, or empty."""
        if source_down:
            return f"the traffic cannot be seen ({source_down})"
        if self._quiet(self.candidate, now):
            return f"no request has gone to the candidate for {self.terms.quiet:g} s"
        if guard.compares and self._quiet(self.baseline, now):
            return f"no request has gone to the baseline for {self.terms.quiet:g} s"
        if self.tail is not None and not self.tail.known:
            return f"how slow the baseline is is not known yet, from {self.tail.seen} turns"
        return ""

    def _quiet(self, arm: Arm, now: float) -> bool:
        return now - (self.terms.since if arm.last is None else arm.last) > self.terms.quiet


def not_applicable(rule: Rule) -> RuleJudgement:
    """A rule that speaks of the baseline where there is none yet."""
    return RuleJudgement(
        rule=rule.text,
        metric=rule.metric,
        verdict=Verdict.NOT_APPLICABLE,
        mode=rule.mode,
        sentence=f"{rule.text} is not applicable: there is no stable release to compare with.",
    )


def together(rules: Iterable[RuleJudgement]) -> Judgement:
    """The live gate over what its rules came to: the worst of those that block."""
    judged = tuple(rules)
    verdicts = {rule.verdict for rule in judged if rule.mode is Mode.BLOCK}
    return Judgement(
        gate="live",
        mode=Mode.BLOCK,
        verdict=next((v for v in WORST_FIRST if v in verdicts), Verdict.NOT_APPLICABLE),
        rules=judged,
        sentence=" ".join(rule.sentence for rule in judged),
    )


def recount(
    terms: Terms,
    requests: Iterable[Request],
    now: float,
    *,
    shifts: Iterable[float] = (),
    restarts: Iterable[Restart] = (),
) -> Analysis:
    """The analysis of a whole log at once: equal to the one that was looked at all the time."""
    analysis = Analysis.new(terms)
    for shift in shifts:
        analysis.shifted(shift)
    for restart in restarts:
        analysis.restarted(restart.down, restart.up)
    analysis.observe(requests)
    analysis.advance(now)
    return analysis
