"""The suites that a project names: what they will measure, asked of whoever can read them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from esclusa.config.describe import listed
from esclusa.config.problems import Places, Problems
from esclusa.core.errors import ConfigurationError
from esclusa.core.gate import Rule
from esclusa.core.metric import Metric
from esclusa.core.project import Project, Stage, StrategySpec
from esclusa.gates.told import ACCURACY, ROUTED, scored

Measures = Callable[[Path], Iterable[Metric]]
"""What the suite in a file will measure, without running it; ConfigurationError when the suite is wrong."""
MeasuresLive = Callable[[Path, Mapping[str, Any]], tuple[str, ...]]
"""What scoring live conversations by it measures, for an agent that is asked so; ConfigurationError too."""


class Suites:
    """What the suites of a project will measure: those that are there and can be read."""

    def __init__(
        self,
        root: Path | None,
        suite_metrics: Measures | None,
        live_metrics: MeasuresLive | None,
        problems: Problems,
    ) -> None:
        self._root = root
        self._suite_metrics = suite_metrics
        self._live_metrics = live_metrics
        self._problems = problems

    def of(self, stages: Iterable[Stage]) -> dict[str, tuple[Metric, ...]]:
        """By the id of each step that runs a suite."""
        steps = (step for stage in stages for step in stage.steps if step.uses == "eval")
        found = {step.id: self._read(str(step.settings.get("suite", ""))) for step in steps}
        return {step: metrics for step, metrics in found.items() if metrics is not None}

    def scoring(self, names: Iterable[str]) -> dict[str, tuple[Metric, ...]]:
        """By the name of each suite that only scores live conversations."""
        found = {name: self._read(name) for name in names if name}
        return {name: metrics for name, metrics in found.items() if metrics is not None}

    def check_smoke(self, project: Project, places: Places) -> None:
        """A smoke or preflight suite says right or wrong, or it says nothing."""
        asked = {f"environments.{one.name}.smoke": one.smoke for one in project.environments}
        asked |= {f"strategies.{one.name}.preflight": one.preflight for one in project.strategies.values()}
        for key, name in asked.items():
            metrics = self._read(name) if name else None
            if metrics is not None and ACCURACY not in {metric.name for metric in metrics}:
                message = f"the suite `{name}` has no scorer that says right or wrong"
                mend = "add one to its `scorers`: `exact`, `contains`, `regex` or `json_schema`"
                places.bad(key, message, mend)

    def check_live(self, project: Project, places: Places) -> None:
        """A rule on what is answered needs a suite that scores it, in live conversations or in
        replayed cases.
        """
        for spec in project.strategies.values():
            key = f"strategies.{spec.name}"
            told = self._told(project, spec.score, f"{key}.score", places) if spec.score else ()
            replayed = self._read(spec.replay) if spec.replay else ()
            if told is None or replayed is None:
                continue  # what is wrong with the suite was said
            names = (*told, *(metric.name for metric in replayed if metric.name not in ROUTED))
            for rule in scored(spec):
                if rule.metric not in names:
                    places.bad(key, *_untold(rule, spec, names))

    def _told(self, project: Project, name: str, key: str, places: Places) -> tuple[str, ...] | None:
        if self._root is None or self._live_metrics is None or not (self._root / name).is_file():
            return None
        try:
            return self._live_metrics(self._root / name, project.agent.ask)
        except ConfigurationError as error:
            if error.file:
                self._problems.include(error)
            else:
                places.bad(key, error.message, error.mend)
            return None

    def _read(self, name: str) -> tuple[Metric, ...] | None:
        if self._root is None or self._suite_metrics is None or not (self._root / name).is_file():
            return None
        try:
            return tuple(self._suite_metrics(self._root / name))
        except ConfigurationError as error:
            self._problems.include(error)
            return None


def _untold(rule: Rule, spec: StrategySpec, names: Sequence[str]) -> tuple[str, str]:
    """What is wrong with a rule that nobody answers, and the mend."""
    if not spec.score and not spec.replay:
        message = f"`{rule.text}`: `{rule.metric}` is told by scored conversations or replayed cases"
        return f"{message}, and there are none", "add `score:` or `replay:` with a suite that measures it"
    message = f"`{rule.text}`: the suites of `score` and `replay` tell {listed(names)}"
    mend = (
        "name it in one of them; `score` takes scorers that need nothing `expected` of a case, `replay` all"
    )
    return message, mend
