"""Pairing: which live conversations are scored, and which of either release stand side by side. Pure.

Each conversation is scored once at most, at a turn that is drawn by its name before it is heard, so that late
turns are seen too and no conversation speaks twice. A conversation of the candidate is put beside one of the
baseline at the same turn; who is put beside whom depends on when they began and never on what was said. They
are taken in the order in which they began, after a wait in which the slow ones can end too: else the quick
answers of one release would be compared with all answers of the other whenever traffic begins.
"""

import heapq
from collections import OrderedDict, deque
from hashlib import blake2b

from esclusa.core.traffic import Exchange

KEPT = 50_000
"""Conversations that are remembered."""
WAITING = 16
"""Conversations of one release and turn that wait for one of the other; then the oldest goes."""
STALE = 120.0
"""Seconds after which one that waits is too old to stand beside a new one."""
LAST_TURN = 4
"""No conversation is scored at a later turn."""
SHORTEST_WAIT = 1.0
"""Seconds that slow answers are waited for at least; then twice as long as the slowest took."""

Paired = tuple[Exchange, Exchange | None]
"""A candidate's and a baseline's exchange; without the second where only the first is asked about."""


class Pairing:
    """Takes exchanges as they end, and hands out pairs. Keeps what was said until it is paired or too old."""

    def __init__(self, candidate: str, baseline: str, longest: float, alone: bool) -> None:
        """`longest`: seconds after which an answer that has not come is not waited for. `alone`: a candidate
        that finds no partner is handed out without one.
        """
        self._arms = {candidate: 0, baseline: 1}
        self._longest = longest
        self._alone = alone
        self._wait = SHORTEST_WAIT
        self._turns: OrderedDict[str, int] = OrderedDict()
        self._ended: list[tuple[float, str, int, Exchange]] = []
        self._front = 0.0
        self._pools: dict[tuple[int, int], deque[Exchange]] = {}

    def take(self, exchange: Exchange, now: float) -> None:
        """One more has ended."""
        took = now - exchange.started
        self._wait = max(self._wait, min(2.0 * took, self._longest))
        turn = self._turn(exchange)
        # One that took longer than others were waited for would only be known because it was slow.
        if turn is not None and exchange.arm in self._arms and exchange.started >= self._front:
            heapq.heappush(self._ended, (exchange.started, exchange.id, turn, exchange))

    def ready(self, now: float) -> list[Paired]:
        """The pairs that can be made by now."""
        self._front = max(self._front, now - self._wait)
        pairs: list[Paired] = []
        while self._ended and self._ended[0][0] < self._front:
            _, _, turn, exchange = heapq.heappop(self._ended)
            pairs.extend(self._match(exchange, turn))
        return pairs

    def _turn(self, exchange: Exchange) -> int | None:
        """The turn that this is, if it is the one at which its conversation is scored."""
        if exchange.conversation is None:
            return 1
        if exchange.begins:
            self._turns[exchange.conversation] = 0
        elif exchange.conversation not in self._turns:
            return None  # it began before anybody listened: nobody knows which turn this is
        self._turns.move_to_end(exchange.conversation)
        self._turns[exchange.conversation] += 1
        if len(self._turns) > KEPT:
            self._turns.popitem(last=False)
        turn = self._turns[exchange.conversation]
        return turn if turn == drawn_turn(exchange.conversation) else None

    def _match(self, exchange: Exchange, turn: int) -> list[Paired]:
        arm = self._arms[exchange.arm]
        others = self._pools.setdefault((1 - arm, turn), deque())
        while others and others[0].started < exchange.started - STALE:
            others.popleft()
        if others:
            other = others.pop()
            return [(exchange, other) if arm == 0 else (other, exchange)]
        mine = self._pools.setdefault((arm, turn), deque())
        mine.append(exchange)
        if len(mine) <= WAITING:
            return []
        oldest = mine.popleft()
        return [(oldest, None)] if self._alone and arm == 0 else []


def drawn_turn(conversation: str) -> int:
    """The turn at which a conversation is scored: the first for half of them, the second for half of the
    rest, and so on up to LAST_TURN.
    """
    digest = blake2b(conversation.encode(errors="replace"), digest_size=4, person=b"esclusa-turn").digest()
    number = int.from_bytes(digest)
    zeros = (number & -number).bit_length() if number else LAST_TURN
    return min(zeros, LAST_TURN)
