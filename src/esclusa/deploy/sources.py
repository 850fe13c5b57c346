"""Sources: where the evidence of one rollout comes from beside the router's log, started and stopped
together."""

from collections.abc import Callable
from dataclasses import dataclass

from esclusa.core.errors import EsclusaError
from esclusa.core.ports import Preflight
from esclusa.core.rollout import Rollout
from esclusa.deploy.replay import Replayer
from esclusa.deploy.sampling import Sampler
from esclusa.deploy.totals import Totals
from esclusa.gates.counts import Reading
from esclusa.gates.scores import Pair


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Those that the rollout's strategy asks for."""

    sampler: Sampler | None = None
    replayer: Replayer | None = None
    totals: Totals | None = None
    preflight: Preflight | None = None
    amiss: str = ""
    """Why there are none, where there should be."""

    def start(self) -> None:
        """Begin to look."""
        for source in self._running:
            source.start()

    async def stop(self) -> None:
        """Look no more."""
        for source in self._running:
            await source.stop()

    def scored(self) -> list[Pair]:
        """The pairs since this was last asked."""
        return [pair for source in (self.sampler, self.replayer) if source for pair in source.taken()]

    @property
    def unscored(self) -> str:
        """Why answers cannot be scored now; empty if they can."""
        found = [source.trouble for source in (self.sampler, self.replayer) if source]
        return "; ".join(trouble for trouble in (self.amiss, *found) if trouble)

    def counted(self) -> list[tuple[str, Reading]]:
        """The totals since this was last asked, by metric."""
        return self.totals.taken() if self.totals else []

    @property
    def uncounted(self) -> str:
        """Why totals cannot be read now; empty if they can."""
        return self.totals.trouble if self.totals else self.amiss

    @property
    def _running(self) -> list[Sampler | Replayer | Totals]:
        return [source for source in (self.sampler, self.replayer, self.totals) if source is not None]


MakeSources = Callable[[Rollout], Sources]


def no_sources(_: Rollout) -> Sources:
    """For rollouts that are judged by the router's log alone."""
    return Sources()


def made(make: MakeSources, rollout: Rollout) -> Sources:
    """The sources, or why there are none: what cannot be made holds the rollout and ends nothing."""
    try:
        return make(rollout)
    except EsclusaError as error:
        return Sources(amiss=error.message)
