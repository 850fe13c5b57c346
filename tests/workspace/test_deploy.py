"""What may be taken into another environment by hand, and what not; nothing is started."""

from pathlib import Path

import pytest

from esclusa.core.errors import StepFailed, UsageError
from esclusa.core.gate import Judgement, Mode, Verdict
from esclusa.core.rollout import RolloutState
from esclusa.core.value import replace
from esclusa.workspace.deploy import passage
from esclusa.workspace.opened import Opened
from tests.workspace.projects import FILE, opened_with_releases, roll_out

TWO = FILE.replace("environments: {production: {}}", "environments: {staging: {}, production: {}}")
GATED = TWO + "gates: {quality: [error_rate < 1%]}\n"


def judged(gate: str, verdict: Verdict) -> Judgement:
    return Judgement(gate=gate, mode=Mode.BLOCK, verdict=verdict, rules=(), sentence="")


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    made = opened_with_releases(tmp_path)
    (tmp_path / "esclusa.yaml").write_text(GATED)
    return Opened(root=tmp_path, clock=made.clock)  # which has not read the file yet


def record(opened: Opened, *judgements: Judgement, name: str = "a", **changes: object) -> None:
    release = opened.store.releases.get(name * 64)
    assert release is not None
    opened.store.releases.add(replace(release, judgements=judgements, **changes))


def test_the_release_of_another_environment_may_go_with_the_gates_that_are_recorded_on_it(
    opened: Opened,
) -> None:
    record(opened, judged("quality", Verdict.PASS))
    roll_out(opened, "a", RolloutState.PROMOTED, "staging")
    going = passage(opened, source="staging")
    assert (going.release.id, going.environment.name) == ("a" * 64, "production")
    assert passage(opened, "aaaa", environment="staging").environment.name == "staging"


@pytest.mark.parametrize(
    ("judgements", "changes", "why"),
    [
        ((judged("quality", Verdict.PASS),), {"sealed": None}, "it was never sealed"),
        ((judged("quality", Verdict.UNDECIDED),), {}, "gate quality is not open"),
        ((judged("style", Verdict.PASS),), {}, "gate quality was not judged on it"),
        ((), {}, "gate quality was not judged on it"),
    ],
)
def test_a_release_that_was_not_let_through_goes_nowhere(
    opened: Opened, judgements: tuple[Judgement, ...], changes: dict[str, object], why: str
) -> None:
    record(opened, *judgements, **changes)
    with pytest.raises(StepFailed, match=f"release aaaaaaaaaaaa was not let through: {why}") as raised:
        passage(opened, "aaaa")
    assert raised.value.mend == "esclusa run --commit a"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({}, "say which release"),
        ({"release": "aaaa", "source": "staging"}, "say which release"),
        ({"release": "nope"}, "there is no release 'nope'"),
        ({"source": "moon"}, "there is no environment 'moon'"),
        ({"source": "production"}, "production is where it is"),
        ({"source": "staging"}, "staging serves no release"),
    ],
)
def test_what_leads_nowhere_is_said(opened: Opened, words: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        passage(opened, **words)


def test_a_smoke_suite_that_was_not_answered_is_not_got_past_by_hand(opened: Opened, tmp_path: Path) -> None:
    record(opened, judged("quality", Verdict.PASS))
    roll_out(opened, "a", RolloutState.PROMOTED, "staging", run="r1")
    (tmp_path / "smoke.yaml").write_text("dataset: smoke.jsonl\nscorers: [exact]\n")
    (tmp_path / "smoke.jsonl").write_text('{"id": "s", "input": "a", "expected": "a"}\n')
    (tmp_path / "esclusa.yaml").write_text(GATED.replace("staging: {}", "staging: {smoke: smoke.yaml}"))
    fresh = Opened(root=opened.root, clock=opened.clock)
    with pytest.raises(UsageError, match="the smoke suite of staging is not known to be answered"):
        passage(fresh, source="staging")
    with pytest.raises(UsageError, match="staging has a smoke suite, which only a run asks"):
        passage(fresh, "aaaa", environment="staging")
