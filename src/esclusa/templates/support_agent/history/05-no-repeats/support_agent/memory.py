"""What each visitor has been told, so that it is not said twice."""

from __future__ import annotations

from collections import OrderedDict

MOST = 10_000
"""Visitors that a replica remembers."""


class Memory:
    """The subjects that each visitor has had an answer about."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, set[str]] = OrderedDict()

    def tell(self, visitor: str, subject: str) -> bool:
        """Whether this is news to the visitor; from now on it is none. To nobody in particular, all is news."""
        if not visitor:
            return True
        told = self._told.setdefault(visitor, set())
        news = subject not in told
        told.add(subject)
        if len(self._told) > MOST:
            self._told.popitem(last=False)
        return news


def visitor_of(conversation: str) -> str:
    """Who speaks. The chat window numbers the conversations of a visitor: `7c1e-1`, `7c1e-2`."""
    return conversation.partition("-")[0]
