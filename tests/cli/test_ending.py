"""How a command ends: words on standard error and a code from the contract."""

import errno

import pytest
from click.testing import CliRunner

from esclusa.cli.ending import exit_code_of
from esclusa.cli.main import main
from esclusa.core.errors import (
    ConfigurationError,
    EsclusaError,
    Fenced,
    Interrupted,
    OutsideError,
    StateError,
    StepFailed,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StepFailed("x"), 1),
        (UsageError("x"), 2),
        (ConfigurationError("x"), 2),
        (OutsideError("x"), 3),
        (StateError("x"), 3),
        (Fenced("x"), 3),
        (Interrupted("x"), 130),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_each_error_has_its_exit_code(error: BaseException, code: int) -> None:
    assert exit_code_of(error) == code


def test_an_error_is_said_with_its_place_and_its_mend(capsys: pytest.CaptureFixture[str]) -> None:
    exit_code_of(
        ConfigurationError("no such key", file="esclusa.yaml", line=3, key="gatez", mend="write gates")
    )
    assert capsys.readouterr().err == "error: esclusa.yaml:3: gatez: no such key\n  mend: write gates\n"


def test_of_a_group_every_error_is_said_and_the_highest_code_counts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    inner: list[EsclusaError] = [UsageError("one"), OutsideError("two")]
    assert exit_code_of(ExceptionGroup("g", [ExceptionGroup("h", inner)])) == 3
    assert capsys.readouterr().err == "error: one\nerror: two\n"


def test_a_bug_of_ours_keeps_its_traceback_and_asks_to_be_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert exit_code_of(ZeroDivisionError("oh")) == 70
    said = capsys.readouterr().err
    assert "ZeroDivisionError: oh" in said
    assert "this is a bug in esclusa" in said


def test_a_disk_that_is_full_is_no_bug_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(OSError(errno.ENOSPC, "No space left on device", "report.json")) == 3
    assert capsys.readouterr().err == (
        "error: report.json cannot be written: No space left on device\n"
        "  mend: free some space; `esclusa prune` helps\n"
    )


def test_an_error_with_foreign_text_cannot_speak_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    exit_code_of(UsageError("no commit '\x1b[2J\udcff'"))
    assert capsys.readouterr().err == "error: no commit ''\n"


def test_a_reader_that_went_away_is_no_bug_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("esclusa.cli.commands.history.command", gone)
    ended = CliRunner().invoke(main, ["history"])
    assert (ended.exit_code, ended.output) == (1, "")
