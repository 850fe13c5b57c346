"""The gates of a run: which is due after which stage, over which evidence, against which baseline."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from esclusa.config.load import Checked
from esclusa.config.plan import due
from esclusa.core.evidence import Evidence
from esclusa.core.gate import Judgement
from esclusa.core.project import Stage
from esclusa.gates.judge import judge
from esclusa.stages.baseline import baseline
from esclusa.store.store import Store


class Gates(Protocol):
    """Says after each stage what the gates came to that are due."""

    def after(self, stage: Stage, evidence: Mapping[str, Evidence]) -> Sequence[Judgement]:
        """The judgements that are due now."""
        ...


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
        state, before = stable_evidence(self._checked, self._store)
        return [judge(gate, evidence, before, baseline_state=state) for gate in asked]


def stable_evidence(checked: Checked, store: Store) -> tuple[str, Mapping[str, Evidence] | None]:
    """What the stable release of the last environment was sealed on, and whether it can be read."""
    return baseline(checked.project.environments, store.rollouts, store.releases, store.journal)
