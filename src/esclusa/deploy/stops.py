"""Stop points: where a crash test ends the controller as hard as a power cut does.

The controller calls its hook at four named points around every operation:

    before-intent   decided, nothing written yet
    after-intent    the rollout and the operation are written, nothing done yet
    after-effect    the target has confirmed, the log does not know it yet
    after-done      the log knows it

A program that is not under test passes no hook.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from esclusa.core.errors import UsageError

Hook = Callable[[str], None]

VARIABLE = "ESCLUSA_STOP_AT"
"""The environment variable by which a crash test asks a real controller to stop."""

POINTS = ("before-intent", "after-intent", "after-effect", "after-done")


def never(point: str) -> None:
    """The hook of every controller that is not under test."""
    _ = point


def stop_at(text: str) -> Hook:
    """`after-intent#2:MARKER`: kill -9 of ourselves at the second such point, once in the life of a marker.

    The marker is a path that is created first: the controller that comes back finds it and goes on. Several
    stops, for lives that follow each other, are separated by commas and made in that order; each counts the
    points of its own life. UsageError when one of them names no point.
    """
    stops = [_Stop(each.strip()) for each in text.split(",")]

    def hook(reached: str) -> None:
        for stop in stops:
            if not stop.made:
                stop.reach(reached)
                return

    return hook


class _Stop:
    def __init__(self, text: str) -> None:
        place, _, marker = text.partition(":")
        self._point, _, count = place.partition("#")
        if self._point not in POINTS or not marker or not (count or "1").isdecimal():
            raise UsageError(
                f"{VARIABLE}={text}: not a stop point",
                mend=f"write POINT#COUNT:MARKER with one of {', '.join(POINTS)}",
            )
        self._marker = Path(marker)
        self._left = int(count or "1")

    @property
    def made(self) -> bool:
        return self._marker.exists()

    def reach(self, point: str) -> None:
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            self._marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
