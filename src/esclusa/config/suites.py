"""The suites that a project names: what they will measure, asked of whoever can read them."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from esclusa.config.describe import listed
from esclusa.config.problems import Places, Problems
from esclusa.core.errors import ConfigurationError
from esclusa.core.metric import Metric
from esclusa.core.project import Environment, Project, Stage

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

    def check_smoke(self, environments: Iterable[Environment], places: Places) -> None:
        """A smoke suite says right or wrong, or it says nothing."""
        for environment in environments:
            metrics = self._read(environment.smoke) if environment.smoke else None
            if metrics is not None and "accuracy" not in {metric.name for metric in metrics}:
                message = f"the suite `{environment.smoke}` has no scorer that says right or wrong"
                mend = "add one to its `scorers`: `exact`, `contains`, `regex` or `json_schema`"
                places.bad(f"environments.{environment.name}.smoke", message, mend)

    def check_live(self, project: Project, places: Places) -> None:
        """A rule on what is answered needs a suite that scores it."""
        for spec in project.strategies.values():
            key = f"strategies.{spec.name}"
            scored = spec.scored
            if scored and not spec.score:
                message = (
                    f"`{scored[0].text}`: `{scored[0].metric}` is told by scored conversations, and none is"
                )
                places.bad(f"{key}.score", message, "add `score:` with a suite that measures it")
            told = self._told(project, spec.score, f"{key}.score", places) if spec.score else None
            for rule in scored:
                if told is not None and rule.metric not in told:
                    message = (
                        f"`{rule.text}`: scoring live conversations by `{spec.score}` tells {listed(told)}"
                    )
                    mend = "take a scorer that needs nothing `expected` of a case"
                    places.bad(f"{key}.score", message, mend)

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
