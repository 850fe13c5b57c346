"""What is printed, and when nobody reads it any longer."""

import subprocess
import sys

import pytest
from rich.console import Console

from esclusa.cli.commands.history import line, table
from esclusa.cli.output import THEME
from esclusa.core.run import Outcome
from esclusa.core.value import replace
from tests.cli.test_run import ended

MANY = "from esclusa.cli.output import print_json; print_json(list(range(100_000)))"


def test_a_reader_that_has_seen_enough_is_no_bug() -> None:
    with subprocess.Popen(
        (sys.executable, "-c", MANY), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        assert writer.stdout.readline() == b"[\n"
        writer.stdout.close()
        assert writer.stderr.read() == b""
        assert writer.wait(60) == 141


@pytest.mark.parametrize("width", [80, 140])
def test_the_id_of_a_run_is_whole_in_a_narrow_terminal(width: int) -> None:
    run = replace(
        ended(Outcome.PASSED), id="run-20261123-105527055-k2y4z", subject="What it is about, at length"
    )
    shown = Console(width=width, theme=THEME)
    with shown.capture() as captured:
        shown.print(table([line(run)]))
    assert run.id in captured.get()
