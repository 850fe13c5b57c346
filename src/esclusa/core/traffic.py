"""Live traffic as the router saw it: one value for each request, first known when it starts."""

import msgspec


class Request(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One request; handed on once when it starts and once more when it has ended.

    Written as a JSON array, because a live analysis keeps thousands of them in its state.
    """

    id: str
    """The router's own id, the same at start and end."""
    conversation: str | None
    """What the conversation header said; None for a request that stands alone."""
    arm: str
    """The release that served it."""
    started: float
    """Epoch seconds, from the router's clock; the same at start and end."""
    ended: float | None = None
    """None while it is open."""
    failed: bool | None = None
    """None while it is open, or when nobody can say (the client went away)."""
    mirrored: bool = False
    """Whether it is a copy of a client's request: nobody saw the answer. `started` is the original's."""
    first: float | None = None
    """When the first byte of the answer's body came; None while it is open, or when none came."""


class Opinion(msgspec.Struct, frozen=True, gc=False):
    """What a customer thought of a conversation."""

    conversation: str
    arm: str
    """The release that serves the conversation."""
    at: float
    """Epoch seconds, from the router's clock."""
    score: float
    """In [0, 1], 1 is best."""


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What one request said and what was answered. Only ever held in memory: it may be somebody's secret."""

    id: str
    """The router's own id, that of the Request."""
    conversation: str | None
    begins: bool
    """Whether the router had not heard of the conversation before."""
    arm: str
    """The release that served it."""
    started: float
    """Epoch seconds."""
    path: str
    """With the query."""
    status: int
    """Of HTTP; 0 when no answer came."""
    request: bytes
    response: bytes
    """Both as they were before any compression."""
    whole: bool = True
    """Whether both are complete: very long ones are cut."""
    outside: bool = False
    """Whether the agent said that something it needs failed, and not itself."""
