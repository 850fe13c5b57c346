"""The audit of one cell: what customers were answered, held against the router's log, request by request."""

from collections.abc import Iterable, Sequence

import msgspec

from benchmarks.crashes.customers import Turn
from benchmarks.crashes.log import Line

UNWRITTEN = 1.0
"""Seconds before a router's death of which lines may be missing."""
LATE = 0.5
"""Seconds after a replica's death in which the router may still have found its connection open."""
AGAIN = 3.0
"""Seconds after which the router's health checks have found again what came back."""
SETTLED = 2.0
"""Seconds after a new generation is first seen in which requests that were routed before may still start."""


class Hurt(msgspec.Struct, frozen=True):
    """What was done to whom, for telling what is inherent in it."""

    died: float = 0.0
    back: float = 0.0
    router: bool = False
    port: int = 0
    """Of the replica that died; 0 when it was none."""
    only: str = ""
    """Its release, when that had no other replica."""


class Audit(msgspec.Struct, frozen=True):
    """What became of every request of a cell."""

    answered: int
    failed: int
    inherent: int
    """Of those that failed: in flight at, or meant for, the very process that was killed."""
    lower: int
    """Requests that an older generation took well after a newer one was in force."""
    complaints: tuple[str, ...] = ()


def audit(turns: Sequence[Turn], log: Sequence[Line], hurt: Hurt) -> Audit:
    """Every request asked in the cell, by what its customer got and by what the router wrote down."""
    broken = [turn for turn in turns if turn.broken]
    excused = [turn for turn in broken if _inherent(turn, log, hurt)]
    back = list(lower(log))
    return Audit(
        answered=sum(bool(turn.release) for turn in turns),
        failed=len(broken),
        inherent=len(excused),
        lower=len(back),
        complaints=(
            *(f"not answered: {turn.words}" for turn in broken if turn not in excused),
            *(f"never came back: {turn.conversation}" for turn in turns if not turn.ended),
            *back[:3],
            *_unlike(turns, log, hurt),
        ),
    )


def _inherent(turn: Turn, log: Iterable[Line], hurt: Hurt) -> bool:
    if hurt.router:
        return turn.ended >= hurt.died and turn.sent <= hurt.back
    mine = (
        line
        for line in log
        if line.kind == "end"
        and line.conversation == turn.conversation
        and line.flags != "-"
        and turn.sent - LATE <= line.started <= turn.ended
    )
    return bool(hurt.port) and any(_meant_for_the_dead(line, hurt) for line in mine)


def _meant_for_the_dead(line: Line, hurt: Hurt) -> bool:
    if hurt.only and line.release == hurt.only:
        return line.started <= hurt.back + AGAIN
    return (line.replica or "").endswith(f":{hurt.port}") and line.started <= hurt.died + LATE


def lower(log: Iterable[Line]) -> Iterable[str]:
    """Requests that a lower generation took well after a higher one had been in force."""
    highest, since = 0, 0.0
    starts = sorted((line.started, line.generation or 0) for line in log if line.kind == "start")
    for at, generation in starts:
        if generation > highest:
            highest, since = generation, at
        elif generation < highest and at > since + SETTLED:
            yield f"generation {generation} took a request {at - since:.1f} s after {highest}"


def _unlike(turns: Iterable[Turn], log: Iterable[Line], hurt: Hurt) -> Iterable[str]:
    """Answers that the log has not, and the other way round; lost lines of a killed router are excused."""
    written = {line.id: (line.release, line.code) for line in log if line.kind == "end"}
    heard = {turn.id: turn for turn in turns if turn.release}
    for id, turn in heard.items():
        lost = hurt.router and turn.ended >= hurt.died - UNWRITTEN and turn.sent <= hurt.back
        if written.get(id) != (turn.release, turn.status) and not lost:
            yield f"answered by {turn.release}, and the log says {written.get(id, 'nothing')}"
