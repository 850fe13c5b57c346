"""In CI nothing is left out silently: a test that is skipped there has failed, unless its reason is listed here."""

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
LISTED = {
    "credsweeper, which brings 42 packages, is not installed": "304 MB for an engine that few choose, two of "
    "them built from source; what it says is placed by tests that need none of it",
    "only root gives files to somebody else": "who runs CI is not ours to say",
}
"""Reasons for which a test may be skipped in CI too, and why each may stand."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """For a test, and for what it is given."""
    report = yield
    return _failed_in_ci(report)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """For a whole file."""
    report = yield
    return _failed_in_ci(report)


def _failed_in_ci(report: Report) -> Report:
    if "CI" in os.environ and report.skipped and not hasattr(report, "wasxfail"):
        assert isinstance(report.longrepr, tuple)
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason not in LISTED:
            report.outcome = "failed"
            report.longrepr = (
                f"skipped, which in CI is a failure unless it is listed in tests/skips.py: {reason}"
            )
    return report
