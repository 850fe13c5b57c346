"""`esclusa judge calibrate SUITE LABELS`: a suite's judge beside people, kept in a file next to the suite."""

import asyncio
import os
from pathlib import Path

import msgspec

from esclusa.core.value import Value, encode
from esclusa.evals.calibrate import calibrate, judge_of
from esclusa.evals.calibration import Calibration, Leaning, file_of
from esclusa.evals.suite import load_suite

__all__ = ["Calibrated", "Leaning", "calibrate_judge"]


class Calibrated(Value, frozen=True, kw_only=True):
    """What came of it, and the file that it is kept in."""

    suite: str
    file: str
    calibration: Calibration


def calibrate_judge(
    here: Path, suite: Path, labels: Path, *, scorer: str = "", at_least: float
) -> Calibrated:
    """Ask and keep, whatever the verdict: an unusable judge has to be known as one.

    ConfigurationError for a suite or labels that are wrong, OutsideError when the judge says nothing.
    """
    loaded = load_suite(here / suite)
    spec = judge_of(loaded, scorer)
    found = asyncio.run(calibrate(loaded, spec, here / labels, at_least=at_least))
    path = file_of(here / suite, spec.name)
    _keep(path, found)
    return Calibrated(suite=str(suite), file=os.path.relpath(path, here), calibration=found)


def _keep(path: Path, calibration: Calibration) -> None:
    """Written whole or not at all, and laid out so that a change of it can be read in a diff."""
    fresh = path.with_name(f".{path.name}.fresh")
    fresh.write_bytes(msgspec.json.format(encode(calibration), indent=1) + b"\n")
    fresh.replace(path)
