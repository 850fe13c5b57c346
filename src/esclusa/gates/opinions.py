"""Opinions: what customers thought of live conversations, and which of them stand side by side. Pure.

A conversation counts once: what is said of it first. One of the candidate is put beside one of the baseline
that was told of at about the same time and had come about as far, because what people say depends on both.
Who is put beside whom never depends on what was said.

Only those who say something are seen. That most customers of either release keep silent is no matter as long
as they are alike; a release that makes the unhappy ones go away without a word looks better than it is.
"""

import msgspec

from esclusa.core.traffic import Opinion
from esclusa.gates.scores import Pair
from esclusa.gates.turns import band, key_of

FEEDBACK = "feedback"
"""The metric."""
MEMORY = 3600.0
"""Seconds in which what is said of a conversation again does not count."""
STALE = 600.0
"""Seconds after which one that waits is too old to stand beside a new one."""
WAITING = 64
"""Opinions of one release and stage that wait for one of the other; then the oldest goes."""


class Opinions(msgspec.Struct):
    """Takes opinions in the order in which they were told, and hands out pairs."""

    said: dict[str, float] = {}
    """When something was said of a conversation, by its digest."""
    waiting: dict[str, list[tuple[float, float]]] = {}
    """When and what, by the arm and the stage that the conversation had come to."""

    def take(self, opinion: Opinion, turn: int, candidate: bool) -> Pair | None:
        """One more, told at a turn of its conversation; the pair that it completes, if it does.

        What was said of the conversation before makes it count for nothing: see `new`.
        """
        stage = band(max(1, turn))
        others = self.waiting.get(_place(stage, not candidate), [])
        while others and others[0][0] < opinion.at - STALE:
            others.pop(0)
        if others:
            _, other = others.pop()
            mine, theirs = (opinion.score, other) if candidate else (other, opinion.score)
            return Pair(opinion.at, {FEEDBACK: mine}, {FEEDBACK: theirs})
        alike = self.waiting.setdefault(_place(stage, candidate), [])
        alike.append((opinion.at, opinion.score))
        del alike[:-WAITING]
        return None

    def new(self, opinion: Opinion) -> bool:
        """Whether nothing was said of the conversation before; from now on something was."""
        key = key_of(opinion.conversation)
        fresh = key not in self.said
        if fresh:
            self.said = {one: at for one, at in self.said.items() if at >= opinion.at - MEMORY}
            self.said[key] = opinion.at
        return fresh


def _place(stage: int, candidate: bool) -> str:
    """A name that JSON can have for a key."""
    return f"{'candidate' if candidate else 'baseline'} {stage}"
