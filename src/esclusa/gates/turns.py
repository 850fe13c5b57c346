"""Turns: which turn of its conversation a request is, and whether the conversation has not failed yet.

Not a log: it keeps a number and a mark for each conversation, under a digest of its id, and forgets
conversations that have not been heard of for a while.
"""

from base64 import urlsafe_b64encode
from hashlib import blake2b

import msgspec

MOST = 50_000
"""Conversations remembered at most; beyond, those unheard of longest are forgotten."""

SWEEP = 30
"""Seconds between two sweeps of the memory."""


class Conversation(msgspec.Struct, array_like=True):
    """`turns` requests so far, the newest in second `last`; `failed` if one of them failed."""

    turns: int = 0
    last: int = 0
    failed: bool = False


class Turns(msgspec.Struct):
    """The memory of conversations. Requests must come in the order of their starts."""

    memory: int
    """Seconds after which a silent conversation is forgotten, and begins anew if it speaks again."""
    known: dict[str, Conversation] = {}
    swept: int = 0

    def next(self, conversation: str | None, second: int, failed: bool) -> int | None:
        """The number of the conversation's next turn, from 1; None when it has failed before.

        `failed` is what becomes of this turn: it decides over the turns after it. A request without a
        conversation is its own.
        """
        if conversation is None:
            return 1
        entry = self.known.setdefault(key_of(conversation), Conversation())
        entry.turns += 1
        entry.last = max(entry.last, second)
        at_risk = not entry.failed
        entry.failed = entry.failed or failed
        return entry.turns if at_risk else None

    def so_far(self, conversation: str) -> int:
        """How many requests the conversation has had; 0 when it is not known."""
        entry = self.known.get(key_of(conversation))
        return entry.turns if entry else 0

    def forget(self, second: int) -> None:
        """Forget, now and then, who has been silent too long by `second`."""
        if second < self.swept + SWEEP and len(self.known) <= MOST:
            return
        self.swept = second
        self.known = {key: entry for key, entry in self.known.items() if entry.last >= second - self.memory}
        if len(self.known) > MOST:
            newest = sorted(self.known, key=lambda key: (-self.known[key].last, key))[:MOST]
            self.known = {key: self.known[key] for key in newest}


def band(turn: int) -> int:
    """The stratum of a turn number: 1, 2, 3-4, 5 and later."""
    return turn if turn < 3 else 3 if turn < 5 else 4


def key_of(conversation: str) -> str:
    """A digest that names the conversation and tells nobody which it is."""
    return urlsafe_b64encode(blake2b(conversation.encode(), digest_size=9).digest()).decode()
