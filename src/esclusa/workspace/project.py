"""Where a project is and what its file says, checked; all that `esclusa check` needs, and no store."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from esclusa import plugins
from esclusa.config import load as configuration
from esclusa.config.shapes import Known
from esclusa.core.errors import ConfigurationError, EsclusaError, UsageError
from esclusa.core.fleet import Fleet, Program, Route, Workload
from esclusa.core.metric import Metric
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Phase
from esclusa.core.strategy import Strategy
from esclusa.deploy.way import planned
from esclusa.evals.live import LiveScoring, live_metrics
from esclusa.evals.panel import check_suite
from esclusa.evals.settings import placed
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import load_suite, metrics
from esclusa.flags.definitions import read_definitions
from esclusa.flags.evaluation import MEND, evaluator_missing
from esclusa.scans.settings import wrong
from esclusa.scans.workflows.linters import NAMES
from esclusa.system import SystemClock


def find_root(start: Path) -> Path:
    """The directory with esclusa.yaml: this one or the nearest above it. UsageError when there is none."""
    here = start.resolve()
    for directory in (here, *here.parents):
        if (directory / configuration.FILE).is_file():
            return directory
    raise UsageError(f"there is no {configuration.FILE} in {here} or above it", mend="esclusa init")


def read_project(root: Path) -> configuration.Checked:
    """The file of a directory, checked with all that it names. ConfigurationError, all errors at once."""
    known = Known(
        actions=plugins.names("actions"),
        targets=plugins.names("targets"),
        strategies=plugins.names("strategies"),
        subjects=plugins.names("subjects"),
        detectors=plugins.names("detectors"),
        linters=NAMES,
    )
    return configuration.check(
        root / configuration.FILE,
        os.environ,
        known=known,
        root=root,
        suite_metrics=_measured_by,
        live_metrics=_measured_live_by,
        plan_rollout=planned_by,
        check_flags=_odd_flags,
        try_subject=_asked_by,
        check_scan=lambda kind, settings: wrong(kind, settings, root),
    )


def planned_by(spec: StrategySpec, replicas: int) -> tuple[Phase, ...]:
    """What the strategy makes of its settings, between two releases that are nobody's. ConfigurationError."""
    key = f"strategies.{spec.name}"
    try:
        strategy: Strategy = plugins.load("strategies", spec.uses)
        return planned(strategy, _serving("old", replicas), _serving("new", replicas), spec)
    except ConfigurationError:
        raise
    except EsclusaError as error:  # what cannot be loaded or planned here could not be later
        raise ConfigurationError(error.message, mend=error.mend, key=key) from error


def _serving(release: str, replicas: int) -> Fleet:
    program = Program(argv=("./serve", "--port", "{port}"), directory="/")
    workload = Workload(release=release, program=program, replicas=replicas)
    route = Route(weights=((release, 1.0),))
    return Fleet(environment="production", port=1, workloads=(workload,), route=route)


def _measured_by(path: Path) -> tuple[Metric, ...]:
    suite = load_suite(path)
    check_suite(suite)
    if suite.ask:
        try:
            _asked_by(suite.ask)
        except ConfigurationError as error:
            raise placed(error, suite.file, suite.lines.get("ask", 0)) from None
    return metrics(suite)


def _measured_live_by(path: Path, ask: Mapping[str, Any]) -> tuple[str, ...]:
    suite = load_suite(path)
    LiveScoring(suite, build_subject(suite.ask or ask, Site(clock=SystemClock())), {})
    return live_metrics(suite)


def _odd_flags(path: Path) -> tuple[ConfigurationError, ...]:
    warnings = read_definitions(path).warnings
    if missing := evaluator_missing():
        raise ConfigurationError(f"{missing}, and `agent.flags` needs it", mend=MEND)
    return warnings


def _asked_by(ask: Mapping[str, Any]) -> None:
    build_subject(ask, Site(clock=SystemClock()))
