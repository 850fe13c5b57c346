"""What each visitor is talking about, so that a follow-up need not say it again."""

from __future__ import annotations

from collections import OrderedDict

MOST = 10_000
"""Visitors that a replica remembers."""


class Memory:
    """The subject of each visitor's conversation, from its first message on."""

    def __init__(self) -> None:
        self._subjects: OrderedDict[str, str] = OrderedDict()

    def recall(self, visitor: str) -> str | None:
        """What the visitor spoke of; None when this is the first message, or nobody knows who speaks."""
        return self._subjects.get(visitor) if visitor else None

    def keep(self, visitor: str, subject: str) -> None:
        """Remember it, unless nobody knows who speaks."""
        if visitor:
            self._subjects[visitor] = subject
            if len(self._subjects) > MOST:
                self._subjects.popitem(last=False)


def visitor_of(conversation: str) -> str:
    """Who speaks. The chat window numbers the conversations of a visitor: `7c1e-1`, `7c1e-2`."""
    return conversation.partition("-")[0]
