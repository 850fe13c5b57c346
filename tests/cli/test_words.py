"""States and verdicts are never a colour alone."""

import pytest

from esclusa.cli.output import safe
from esclusa.cli.words import sign, span
from esclusa.core.gate import Verdict
from esclusa.core.rollout import RolloutState
from esclusa.core.run import Outcome, StepState


@pytest.mark.parametrize("state", [*Outcome, *StepState, *Verdict, *RolloutState])
def test_every_state_has_a_sign_and_its_word(state: Outcome | StepState | Verdict | RolloutState) -> None:
    mark, _, word = sign(state).plain.partition(" ")
    assert len(mark) == 1
    assert word == state.value.replace("_", " ")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (12.4, "12 s"),
        (60, "1 m 00 s"),
        (185, "3 m 05 s"),
        (7800, "2 h 10 m"),
    ],
)
def test_times_are_told_as_people_tell_them(seconds: float, shown: str) -> None:
    assert span(seconds) == shown


def test_foreign_text_cannot_speak_to_the_terminal() -> None:
    assert safe("a\x1b]0;title\x07b\nc\td\x9b31m") == "ab\nc\td"
    assert safe("exe.\u202etxt \udcff") == "exe.txt "
