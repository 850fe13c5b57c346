"""A profile: the `load:` of a suite, read strictly.

Open loop (`rate`): requests arrive whether or not earlier ones were answered, as customers do. Closed loop
(`users`): each user waits for the answer, thinks, and asks again. A level is held for a time or for a number
of requests, after a ramp and a warm-up that are not measured.
"""

import itertools
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from esclusa.core.errors import ConfigurationError
from esclusa.core.value import Value
from esclusa.evals.settings import placed, read_settings, seconds

MOST = 100_000
"""Requests of one level: each has its place in the evidence."""
FEWEST = 20
"""Measured requests of a level, below which no tail can be spoken of."""


class Level(Value, frozen=True, kw_only=True):
    """One load: so many requests a second, or so many users."""

    at: float
    duration: float | None
    """Seconds that are measured; None: until `requests` have been."""
    requests: int | None


class Limits(Value, frozen=True, kw_only=True):
    """When a level is held: these, and the throughput keeps up with what arrives."""

    p95: float
    """Seconds."""
    error_rate: float


class Saturation(Value, frozen=True, kw_only=True):
    """A search for the highest level that is held."""

    levels: tuple[float, ...]
    """Rising; the first that is not held ends the climb."""
    duration: float
    limits: Limits
    within: float
    """The share by which the lowest level that was not held may at most be above the highest that was."""


class Profile(Value, frozen=True, kw_only=True):
    """What load, for how long."""

    level: Level
    loop: Literal["open", "closed"]
    arrivals: Literal["poisson", "constant"]
    think: float
    """Mean seconds between an answer and the same user's next request; exponentially distributed."""
    ramp: float
    warm_up: float
    most_open: int
    """Requests under way at once from which on the agent counts as stuck, and the level is broken off."""
    saturation: Saturation | None


class _Saturation(msgspec.Struct, frozen=True, kw_only=True):
    levels: Annotated[list[float], msgspec.Meta(min_length=1)]
    p95: Any
    duration: Any = "10 s"
    error_rate: Any = "1%"
    within: Any = "25%"


class _Load(msgspec.Struct, frozen=True, kw_only=True):
    rate: Annotated[float, msgspec.Meta(gt=0)] | None = None
    users: Annotated[int, msgspec.Meta(ge=1)] | None = None
    arrivals: Literal["poisson", "constant"] = "poisson"
    think: Any = 0
    duration: Any = None
    requests: Annotated[int, msgspec.Meta(ge=FEWEST, le=MOST)] | None = None
    ramp: Any = 0
    warm_up: Any = 0
    most_open: Annotated[int, msgspec.Meta(ge=1)] = 500
    saturation: dict[str, Any] | None = None


def read_profile(given: Mapping[str, Any]) -> Profile:
    """The profile that a mapping says; ConfigurationError whose key is the offending key's path."""
    load = read_settings(_Load, given)
    if (load.rate is None) == (load.users is None):
        raise ConfigurationError(
            "expected either `rate`, requests a second, or `users`, who wait for their answers",
            key="users" if load.users is not None else "",
        )
    for key in ("think",) if load.users is None else ("arrivals",):
        if key in given:
            other = "users" if load.users is None else "rate"
            raise ConfigurationError(f"`{key}` goes with `{other}`", key=key)
    if (load.duration is None) == (load.requests is None):
        raise ConfigurationError(
            "expected either `duration` or `requests`", key="requests" if load.requests else ""
        )
    duration = None if load.duration is None else seconds(load.duration, "duration")
    at = float(load.rate or load.users or 0)
    loop: Literal["open", "closed"] = "open" if load.rate else "closed"
    _countable(at, duration, loop, "duration")
    return Profile(
        level=Level(at=at, duration=duration, requests=load.requests),
        loop=loop,
        arrivals=load.arrivals,
        think=_seconds(load.think, "think"),
        ramp=_seconds(load.ramp, "ramp"),
        warm_up=_seconds(load.warm_up, "warm_up"),
        most_open=load.most_open,
        saturation=None if load.saturation is None else _saturation(load.saturation, loop),
    )


def _saturation(given: Mapping[str, Any], loop: Literal["open", "closed"]) -> Saturation:
    try:
        read = read_settings(_Saturation, given)
        duration = seconds(read.duration, "duration")
        levels = tuple(read.levels)
        if levels[0] <= 0 or any(one >= other for one, other in itertools.pairwise(levels)):
            raise ConfigurationError("expected rising numbers above 0, such as [2, 4, 8]", key="levels")
        if loop == "closed" and any(level != int(level) for level in levels):
            raise ConfigurationError("expected whole numbers of users", key="levels")
        for level in levels:
            _countable(level, duration, loop, "duration")
        within = _share(read.within, "within")
        if not within:
            raise ConfigurationError("expected a share above 0, such as 25%", key="within")
        limits = Limits(p95=seconds(read.p95, "p95"), error_rate=_share(read.error_rate, "error_rate"))
    except ConfigurationError as error:
        raise placed(error, "", 0, "saturation") from None
    return Saturation(levels=levels, duration=duration, limits=limits, within=within)


def _countable(at: float, duration: float | None, loop: str, key: str) -> None:
    """Whether the measured requests of an open level are as many as can be told anything of."""
    count = at * duration if duration and loop == "open" else FEWEST
    if not FEWEST <= round(count) <= MOST:
        raise ConfigurationError(
            f"{at:g} requests a second for {duration:g} s are {count:.0f} requests;"
            f" expected {FEWEST} to {MOST:,}",
            key=key,
            mend="measure longer, or at a higher rate" if count < FEWEST else "measure for a shorter time",
        )


def _seconds(value: object, key: str) -> float:
    """A duration that may be 0."""
    if value in (0, "0", "0 s", "0s") and not isinstance(value, bool):
        return 0.0
    return seconds(value, key)


def _share(value: object, key: str) -> float:
    """`1%`, or a number from 0 to 1."""
    if isinstance(value, str) and (match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", value.strip())):
        value = float(match[1]) / 100
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise ConfigurationError(f"expected a share such as 1%, found {value!r}", key=key)
