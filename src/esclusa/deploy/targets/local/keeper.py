"""A keeper: sees that the supervisor lives, and says when it is another one than before.

Whoever finds it gone starts it again: the keeper itself, an operation of the target, a verb. It is said all
the same, because the keeper knows a supervisord by its process. One that was shut down in order took its
number along, and is not missed.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from esclusa.core.events import Recovered
from esclusa.deploy.targets.local.programs import ensure_supervisor


class Keeper:
    """Called now and then (deploy.controller.Tend). The constructor touches nothing."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known = 0

    async def __call__(self) -> Sequence[Recovered]:
        """The same as `keep`, for an event loop."""
        return await asyncio.to_thread(self.keep)

    def keep(self) -> Sequence[Recovered]:
        """Have a supervisord, and say when it is not the one that was there before."""
        before = self._known or self._pid()
        ensure_supervisor(self._directory)
        self._known = self._pid()
        if before in (0, self._known):
            return ()
        return (Recovered(what="supervisord", how="had died; started again, and what ran was adopted"),)

    def _pid(self) -> int:
        try:
            return int((self._directory / "supervisor" / "supervisord.pid").read_text())
        except (OSError, ValueError):
            return 0
