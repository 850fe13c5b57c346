"""Following a rollout: its news in words and numbers, and how to answer while it waits for a person."""

from collections.abc import Mapping
from pathlib import Path

import anyio

from esclusa.core.events import RolloutJudged, RolloutMoved
from esclusa.core.fleet import Fleet
from esclusa.core.gate import Judgement, Mode, Verdict
from esclusa.core.project import Environment, StrategySpec
from esclusa.core.rollout import Rollout, RolloutState
from esclusa.core.value import replace
from esclusa.stages.rollouts import follow, make_way
from tests.fakes import START
from tests.stages.workshops import workshop

FLEET = Fleet(environment="production", port=1)
ROLLOUT = Rollout(
    id="r1.production",
    project="p",
    environment="production",
    candidate="a",
    run="r1",
    spec=StrategySpec(name="direct", uses="direct"),
    phases=(),
    restore=FLEET,
    started=START,
    since=START,
)
JUDGED = Judgement(gate="canary", mode=Mode.BLOCK, verdict=Verdict.NOT_REFUTED, rules=(), sentence="")


class Ears:
    """Remembers what was said and told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.told: list[Mapping[str, str]] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def tell(self, numbers: Mapping[str, str]) -> None:
        self.told.append(numbers)


def moved(state: RolloutState, share: float, reason: str = "") -> RolloutMoved:
    return RolloutMoved(rollout=ROLLOUT.id, state=state, position=0, share=share, reason=reason)


def test_while_a_person_is_asked_the_way_to_answer_stays_in_sight(tmp_path: Path) -> None:
    made, ears = workshop(tmp_path), Ears()
    made.rollouts.create(ROLLOUT)
    judged = RolloutJudged(rollout=ROLLOUT.id, judgement=JUDGED, exposed=3, harmed=1)
    promoted = replace(ROLLOUT, state=RolloutState.PROMOTED)
    made.rollouts.record(
        promoted,
        moved(RolloutState.WAITING_APPROVAL, 0.0, "`5 %` needs an approval"),
        judged,
        moved(RolloutState.SHIFTING, 0.05, "`5 %` was approved by ana"),
        judged,
        moved(RolloutState.PROMOTED, 1.0),
    )

    async def followed() -> Rollout:
        return await follow(made, ROLLOUT, ears)

    assert anyio.run(followed) == promoted
    assert ears.said == [
        "waiting approval, candidate at 0%: `5 %` needs an approval",
        "esclusa approve r1.production [--reject]",
        "shifting, candidate at 5%: `5 %` was approved by ana",
        "promoted, candidate at 100%",
    ]
    answer = {"to answer": "esclusa approve r1.production [--reject]"}
    assert ears.told == [
        {"state": "waiting approval", "share": "0%", "exposed": "0", "harmed": "0", **answer},
        {"exposed": "3", "harmed": "1", **answer},
        {"state": "shifting", "share": "5%", "exposed": "0", "harmed": "0"},
        {"exposed": "3", "harmed": "1"},
        {"state": "promoted", "share": "100%", "exposed": "0", "harmed": "0"},
    ]


def test_two_who_come_by_hand_are_not_taken_for_one(tmp_path: Path) -> None:
    made, ears = workshop(tmp_path), Ears()
    made.rollouts.create(replace(ROLLOUT, run="", state=RolloutState.BAKING))
    made.rollouts.record(
        replace(ROLLOUT, run="", state=RolloutState.BAKING), moved(RolloutState.SUPERSEDED, 0.0)
    )

    async def asked() -> None:
        await make_way(made, Environment(name="production", when_busy="replace"), "b" * 64, ears)

    anyio.run(asked)
    assert ears.said[0] == "taking back r1.production (baking), which is under way in production"
    assert [wish.verb for wish in made.rollouts.wishes(ROLLOUT.id, 0)] == ["supersede"]
