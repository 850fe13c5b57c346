"""Stop points: where a crash test ends the controller as hard as a power cut does, or holds it.

The controller calls its hook at four named points around every operation:

    before-intent   decided, nothing written yet
    after-intent    the rollout and the operation are written, nothing done yet
    after-effect    the target has confirmed, the log does not know it yet
    after-done      the log knows it

The local target, if it was made with the hook, calls it between its effects:

    after-programs  new replicas are up and healthy, the router knows nothing of them yet
    after-clusters  the router has its clusters, and no routes to them
    after-routes    the routes are written, and nobody knows whether the router has them
    after-confirm   the routes are in force and that is on disk; what left drains and retires next

A program that is not under test passes no hook.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from esclusa.core.errors import UsageError

Hook = Callable[[str], None]

VARIABLE = "ESCLUSA_STOP_AT"
"""The environment variable by which a crash test asks a real controller to stop."""

POINTS = ("before-intent", "after-intent", "after-effect", "after-done")
HOLD = "hold@"
EFFECTS = ("after-programs", "after-clusters", "after-routes", "after-confirm")


def never(point: str) -> None:
    """The hook of every controller that is not under test."""
    _ = point


def stop_at(text: str) -> Hook:
    """`after-intent#2:MARKER`: kill -9 of ourselves at the second such point, once in the life of a marker.

    `hold@after-intent#2:MARKER` stands still there until somebody removes the marker.

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
        self._held = place.startswith(HOLD)
        self._point, _, count = place.removeprefix(HOLD).partition("#")
        if self._point not in (*POINTS, *EFFECTS) or not marker or not (count or "1").isdecimal():
            raise UsageError(
                f"{VARIABLE}={text}: not a stop point",
                mend=f"write POINT#COUNT:MARKER with one of {', '.join((*POINTS, *EFFECTS))}",
            )
        self._marker = Path(marker)
        self._over = False
        self._left = int(count or "1")

    @property
    def made(self) -> bool:
        return self._over or self._marker.exists()

    def reach(self, point: str) -> None:
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            self._marker.touch()
            if not self._held:
                os.kill(os.getpid(), signal.SIGKILL)
            while self._marker.exists():
                time.sleep(0.005)
            self._over = True
