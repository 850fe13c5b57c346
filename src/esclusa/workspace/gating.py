"""The gates of a run: which is due after which stage, over which evidence, against which baseline."""

from collections.abc import Mapping, Sequence

from esclusa.config.load import Checked
from esclusa.config.plan import due
from esclusa.core.events import StepFinished
from esclusa.core.evidence import Evidence
from esclusa.core.gate import Judgement
from esclusa.core.project import Stage
from esclusa.gates.judge import NONE_YET, READABLE, UNREADABLE, judge
from esclusa.store.store import Store


class Gating:
    """Judges a run's gates, each once, after the last stage that can still tell it something."""

    def __init__(self, checked: Checked, store: Store) -> None:
        self._checked = checked
        self._store = store

    def after(self, stage: Stage, evidence: Mapping[str, Evidence]) -> Sequence[Judgement]:
        """The judgements that are due now."""
        asked = [gate for gate in self._checked.project.gates if due(gate, self._checked) == stage.name]
        if not asked:
            return ()
        state, baseline = self._baseline()
        return [judge(gate, evidence, baseline, baseline_state=state) for gate in asked]

    def _baseline(self) -> tuple[str, Mapping[str, Evidence] | None]:
        """The evidence that the stable release of the last environment was sealed on."""
        environments = self._checked.project.environments
        stable = self._store.rollouts.serving(environments[-1].name) if environments else ""
        if not stable:
            return NONE_YET, None
        release = self._store.releases.get(stable)
        if release is None:
            return f"{UNREADABLE}the stable release {stable[:12]} is not in the store any more", None
        finished = [recorded.event for recorded in self._store.journal.read(run=release.run)]
        evidence = {event.step: event.evidence for event in finished if isinstance(event, StepFinished)}
        if not evidence:
            return f"{UNREADABLE}run {release.run}, which sealed it, is not in the journal any more", None
        return READABLE, evidence
