"""What several rooms need: a toy agent in a repository of its own."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.skips import pytest_make_collect_report, pytest_runtest_makereport
from tests.toy import Toy

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport"]

# How long an example takes on a busy machine is no property of the code.
# And an example that nobody has seen before is found by those who develop, not by a change that has nothing to do
# with it.
settings.register_profile("esclusa", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("esclusa")

# A session that is begun in the background ignores Ctrl-C, and so would every program that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    """The toy, with nothing of it left running afterwards."""
    made = Toy(tmp_path / "toy")
    try:
        yield made
    finally:
        made.esclusa("down")
    assert made.processes() == []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Several workers take whole files in this order: first those with real programs, lest one is left for the end."""
    if hasattr(config, "workerinput"):
        real = {item.path for item in items if item.get_closest_marker("real")}
        items.sort(key=lambda item: item.path not in real)
