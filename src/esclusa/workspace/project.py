"""Where a project is and what its file says, checked; all that `esclusa check` needs, and no store."""

import os
from pathlib import Path

from esclusa import plugins
from esclusa.config import load as configuration
from esclusa.config.shapes import Known
from esclusa.core.errors import UsageError
from esclusa.core.metric import Metric
from esclusa.evals.panel import check_suite
from esclusa.evals.suite import load_suite, metrics


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
    )
    return configuration.check(
        root / configuration.FILE,
        os.environ,
        known=known,
        root=root,
        suite_metrics=_measured_by,
    )


def _measured_by(path: Path) -> tuple[Metric, ...]:
    suite = load_suite(path)
    check_suite(suite)
    return metrics(suite)
