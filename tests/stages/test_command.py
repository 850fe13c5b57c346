"""`uses: command`, on real commands."""

import os
import sys
from pathlib import Path

import anyio
import pytest

from esclusa.core.action import Task
from esclusa.core.evidence import Count, Evidence
from esclusa.core.project import Step
from esclusa.stages.command import Command


def run(
    directory: Path, line: str, *, junit: str = "", environment: Path | None = None
) -> tuple[Evidence, str]:
    """The evidence of a command, and what its log says."""
    settings = {"run": line, **({"junit": junit} if junit else {})}
    step = Step(id="test.unit", stage="test", uses="command", settings=settings)
    said: list[str] = []
    work = directory / "work"
    work.mkdir()
    outputs = {"environment": str(environment)} if environment else {}
    task = Task(
        run="r",
        step=step,
        commit="c",
        directory=work,
        source=directory,
        variables={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        needs={"source.dependencies": Evidence(outputs=outputs)},
        say=said.append,
        tell=lambda _: None,
    )
    return anyio.run(Command(None, step).run, task), "\n".join(said)  # type: ignore[arg-type]


def test_pytest_is_asked_for_junit_and_what_it_says_is_measured(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("def test_good(): pass\ndef test_bad(): assert 1 == 2\n")
    evidence, said = run(tmp_path, "python -m pytest -q -p no:cacheprovider test_a.py")
    assert evidence.measurements == {"failed_tests": Count(n=1)}
    assert evidence.failure is not None
    assert "the command ended with 1: " in evidence.failure.message
    assert "test_bad" in evidence.failure.message
    assert "1 failed, 1 passed" in said


@pytest.mark.parametrize(
    "line", ["pytest --version | cat", "pytest --version --junit-xml=own.xml", "echo pytest"]
)
def test_a_line_that_is_more_than_pytest_is_left_alone(tmp_path: Path, line: str) -> None:
    evidence, _ = run(tmp_path, line)
    assert evidence == Evidence()
    assert not (tmp_path / "work" / "junit.xml").exists()


def test_a_report_that_was_promised_and_not_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"it wrote no reports/lint\.xml"):
        run(tmp_path, "true", junit="reports/lint.xml")


def test_a_command_that_failed_before_its_report_is_told_as_the_failure_it_is(tmp_path: Path) -> None:
    evidence, _ = run(tmp_path, "echo no such rule; exit 2", junit="reports/lint.xml")
    assert evidence.failure is not None
    assert (evidence.failure.message, evidence.failure.detail) == ("the command ended with 2", "no such rule")


def test_a_command_runs_in_the_checkout_with_the_environment_first_on_its_path(tmp_path: Path) -> None:
    tool = tmp_path / "venv" / "bin" / "tool"
    tool.parent.mkdir(parents=True)
    tool.write_text("#!/bin/sh\necho own tool in $PWD with $VIRTUAL_ENV\n")
    tool.chmod(0o755)
    evidence, said = run(tmp_path, "tool", environment=tmp_path / "venv")
    assert evidence == Evidence()
    assert said == f"own tool in {tmp_path} with {tmp_path}/venv"


def test_a_command_that_was_killed_says_by_what(tmp_path: Path) -> None:
    evidence, _ = run(tmp_path, "kill -9 $$")
    assert evidence.failure is not None
    assert evidence.failure.message == "the command was killed by SIGKILL"
