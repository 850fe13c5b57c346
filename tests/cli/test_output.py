"""What is printed, and when nobody reads it any longer."""

import json
import re
import subprocess
import sys

import pytest
from rich.console import Console
from rich.table import Table

from esclusa.cli.commands.history import line, table
from esclusa.cli.output import THEME, console, print_json, print_line, safe
from esclusa.cli.progress import PlainLines
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


HOSTILE = [
    "::set-output name=a::b",
    "fine\n  ::add-mask::e",
    "fine\r::error::x",
    "a ##vso[task.setvariable variable=a]b",
    "##[add-path]/tmp/evil",
    "###[error]x",
    "##teamcity[buildStatus status='SUCCESS']",
    "section_start:1:a\r\x1b[0Kx",
    "\x1b[0Ksection_start:1:a\r\x1b[0Kx",
    "\x9b31mred",
    "\u202egnp.exe",
    "\x1b[1m::error::x\x1b[0m",
    "\u00a0::error::x",
    "\x00::error::x",
    "::\x00:error::x",
    "#\x00#vso[x]",
]
OBEYED = re.compile(r"(?m)^\s*::|##\[|##vso\[|##teamcity\[|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
"""What a system that runs the job, or a terminal, would obey."""


@pytest.mark.parametrize("text", HOSTILE)
def test_what_an_agent_says_is_no_command_of_who_runs_the_job(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not OBEYED.search(safe(text))
    PlainLines(Console(width=200, soft_wrap=True)).line("eval.quality", text)
    PlainLines(Console(width=200, soft_wrap=True)).note(text)
    print_json({"answer": text})
    print_line({"answer": text})
    assert not OBEYED.search(capsys.readouterr().out)


@pytest.mark.parametrize("text", HOSTILE)
def test_json_is_the_same_value_whatever_it_holds(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_line({"answer": text})
    assert json.loads(capsys.readouterr().out) == {"answer": text}


@pytest.mark.parametrize("text", ["std::string", "a ## title", "C# is ##not", "12::30"])
def test_a_text_without_commands_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize(
    "said", ["words " * 40 + "::error::x", "w" * 190 + "::error::x", "a" * 199 + "::error::x"]
)
def test_no_fold_of_a_table_makes_a_command(said: str, capsys: pytest.CaptureFixture[str]) -> None:
    for start in range(12):
        made = Table(box=None, pad_edge=False, show_header=False)
        made.add_column(overflow="fold")
        made.add_row(safe(said[start:]))
        console().print(made)
    assert not OBEYED.search(capsys.readouterr().out)
