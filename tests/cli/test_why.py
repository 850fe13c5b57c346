"""`esclusa why`: a rollout's story, each thing said once."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from esclusa.cli.commands.why import page
from esclusa.cli.output import THEME
from esclusa.core.events import Recorded, RolloutMoved
from esclusa.core.gate import Judgement, Mode, RuleJudgement, Verdict
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Rollout, RolloutState
from esclusa.core.value import replace
from esclusa.deploy.engine import set_out
from esclusa.deploy.strategies.blue_green import blue_green
from esclusa.workspace.why import Story
from tests.deploy.fleets import LIMIT, serving

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HARM = "error_rate <= 2% is violated: the candidate failed 30 of 90 turns; evidence 90, shown from 20."
JUDGED = RuleJudgement(
    rule=LIMIT.text, metric="error_rate", verdict=Verdict.FAIL, mode=Mode.BLOCK, sentence=HARM
)


def rollout(**changes: object) -> Rollout:
    spec = StrategySpec(name="switch", uses="blue-green", keep=3600.0, max_harmed=20, guard=(LIMIT,))
    known = set_out(
        rollout="r1",
        project="p",
        run="run-1",
        spec=spec,
        strategy=blue_green,
        old=serving("old"),
        new=serving("new"),
        now=NOON,
    )
    return replace(known, **changes)


def shown(known: Rollout, *events: RolloutMoved) -> str:
    out = io.StringIO()
    recorded = tuple(Recorded(sequence=n, at=NOON, event=event) for n, event in enumerate(events, 1))
    story = Story(rollout=known, events=recorded)
    Console(file=out, theme=THEME, width=200, highlight=False).print(page(story))
    return out.getvalue()


def moved(state: RolloutState, reason: str) -> RolloutMoved:
    return RolloutMoved(rollout="r1", state=state, position=1, share=0.0, reason=reason)


def test_the_reason_is_said_once_and_the_counts_are_told_apart() -> None:
    back = rollout(
        state=RolloutState.ROLLED_BACK,
        position=1,
        reason=HARM,
        judgement=Judgement(
            gate="live", mode=Mode.BLOCK, verdict=Verdict.FAIL, rules=(JUDGED,), sentence=HARM
        ),
        exposed=100,
        harmed=18,
        units=90,
    )
    text = shown(
        back,
        moved(RolloutState.BAKING, "switch in force"),
        moved(RolloutState.RESTORING, HARM),
        moved(RolloutState.ROLLED_BACK, HARM),
    )
    assert text.count("the candidate failed 30 of 90 turns") == 1
    assert "baking at 0%: switch in force" in text
    assert "exposed 100 requests, harmed 18 of at most 20; 90 turns judged" in text
    assert "turns: those judged" in text


@pytest.mark.parametrize(
    ("position", "said"),
    [(1, "harmed 19 of at most 20;"), (2, "harmed 270 (max_harmed 20 does not bound keep);")],
)
def test_what_max_harmed_does_not_bound_is_not_measured_by_it(position: int, said: str) -> None:
    harmed = 19 if position == 1 else 270
    assert said in shown(rollout(state=RolloutState.BAKING, position=position, harmed=harmed, exposed=5000))
