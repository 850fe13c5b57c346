"""How a command ends: words on standard error and a code from the contract."""

import pytest

from esclusa.cli.ending import exit_code_of
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
