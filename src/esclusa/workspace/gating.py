"""The gates of a run: which is due after which stage, over which evidence, against which baseline."""

from collections.abc import Mapping, Sequence

from esclusa.config.load import Checked
from esclusa.core.events import StepFinished
from esclusa.core.evidence import Evidence
from esclusa.core.gate import Gate, Judgement
from esclusa.core.project import Stage
from esclusa.gates.judge import NONE_YET, READABLE, UNREADABLE, judge
from esclusa.store.store import Store


class Gating:
    """Judges a run's gates, each once, after the last stage that can still tell it something."""

    def __init__(self, checked: Checked, store: Store) -> None:
        self._checked = checked
        self._stages = checked.project.stages
        self._store = store

    def after(self, stage: Stage, evidence: Mapping[str, Evidence]) -> Sequence[Judgement]:
        """The judgements that are due now."""
        due = [gate for gate in self._checked.project.gates if self.due(gate) == stage.name]
        if not due:
            return ()
        state, baseline = self._baseline()
        return [judge(gate, evidence, baseline, baseline_state=state) for gate in due]

    def due(self, gate: Gate) -> str:
        """The stage after which a gate is judged: its last source's, or the one before deploying."""
        sources = set(gate.sources or self._tellers(gate))
        telling = [stage.name for stage in self._stages if any(step.id in sources for step in stage.steps)]
        return telling[-1] if telling else self._before_deployment()

    def _tellers(self, gate: Gate) -> list[str]:
        asked = {rule.metric for rule in gate.rules}
        return [step for step, metrics in self._checked.measures.items() if asked & set(metrics)]

    def _before_deployment(self) -> str:
        names = [stage.name for stage in self._stages]
        deploying = [any(step.uses == "deploy" for step in stage.steps) for stage in self._stages]
        first = deploying.index(True) if True in deploying else len(names)
        return names[max(first - 1, 0)]

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
