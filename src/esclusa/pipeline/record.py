"""What a run leaves behind while it goes on: events in batches, and a log for each step."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Self

import anyio

from esclusa.core.errors import OutsideError
from esclusa.core.events import Event, StepTold
from esclusa.core.evidence import Evidence
from esclusa.core.ports import Clock, Journal, StepCache

GATHER = 0.05
"""Seconds that events wait for others, so that many short steps share a transaction."""
TOLD = 1.0
"""Seconds between two records of a step's numbers."""
LOG = 64 * 1024 * 1024
"""Bytes after which a log is cut; what is said later is still shown live."""


class Record:
    """The run's events and results on their way into the store. What was noted is durable after `flush`."""

    def __init__(
        self, journal: Journal, cache: StepCache, clock: Clock, on_event: Callable[[Event], None]
    ) -> None:
        self._journal = journal
        self._cache = cache
        self._clock = clock
        self._on_event = on_event
        self._waiting: list[Event] = []
        self._results: dict[str, Evidence] = {}
        self._wake = anyio.Event()
        self._told: dict[str, float] = {}
        self._untold: dict[str, StepTold] = {}
        self._said: dict[str, StepTold] = {}

    def note(self, event: Event) -> None:
        """It happened; it is written soon, after what was noted before."""
        self._waiting.append(event)
        self._on_event(event)
        self._wake.set()

    def keep(self, key: str, evidence: Evidence) -> None:
        """The result of a step may be used again."""
        self._results[key] = evidence
        self._wake.set()

    def tell(self, event: StepTold) -> None:
        """Numbers of a step: the first at once, then the newest about once a second, while they change."""
        if event == self._said.get(event.step):
            self._untold.pop(event.step, None)
            return
        now = self._clock.monotonic()
        if now - self._told.get(event.step, -TOLD) >= TOLD:
            self._told[event.step] = now
            self._untold.pop(event.step, None)
            self._said[event.step] = event
            self.note(event)
        else:
            self._untold[event.step] = event
            self._wake.set()

    def settle(self, step: str) -> None:
        """The step is over: its last numbers stand, however soon they came after the ones before."""
        last = self._untold.pop(step, None)
        self._said.pop(step, None)
        if last is not None:
            self.note(last)

    def flush(self) -> None:
        """Write all that waits: one transaction for the events, and one for the results.

        What could not be written waits on.
        """
        self._journal.append(*self._waiting)
        self._waiting = []
        self._cache.put(self._results)
        self._results = {}

    async def write(self) -> None:
        """Keep writing, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            await self._clock.sleep(GATHER)
            self.flush()
            if self._untold:
                await self._clock.sleep(TOLD / 2)
                for event in list(self._untold.values()):
                    self.tell(event)
                self._wake.set()


class Log:
    """A step's log: one file, appended line by line, so that it can be followed while it grows."""

    def __init__(self, path: Path, show: Callable[[str], None]) -> None:
        self._path = path
        self._show = show
        self._file: BinaryIO | None = None
        self._left = LOG

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("ab", buffering=0)
        except OSError as error:
            raise _unwritable(self._path, error) from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def say(self, line: str) -> None:
        """A line for the log and for whoever looks on."""
        self._show(line)
        if self._file is None or self._left <= 0:
            return
        data = line.encode(errors="replace") + b"\n"
        self._left -= len(data)
        if self._left <= 0:
            data += b"[log cut here]\n"
        try:
            self._file.write(data)
        except OSError as error:
            raise _unwritable(self._path, error) from error


def _unwritable(path: Path, error: OSError) -> OutsideError:
    return OutsideError(
        f"{path} cannot be written: {error.strerror}", mend="free some space, see who owns it"
    )
