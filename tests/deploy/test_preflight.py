"""The preflight suite: the candidate answers it while it has no traffic, or it never gets any."""

from collections.abc import Callable
from pathlib import Path

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.core.rollout import Hearing, Rollout, RolloutState, Wish
from esclusa.deploy.engine import decide, obstacle
from esclusa.deploy.sources import MakeSources, Sources
from tests.deploy.test_controller import Scene, ended, play
from tests.deploy.test_engine import at, later, seen, setting_out

S = RolloutState
FLIGHT = Hearing(preflight="/src/smoke.yaml", ask={"openai": "/"})
ANSWERED, WRONG = "", "1 of 3 preflight cases answered wrongly: a"


def owing(state: RolloutState = S.PREPARING, position: int = 0, **changes: object) -> Rollout:
    return at(state, position, hearing=FLIGHT, **changes)


def test_a_healthy_candidate_waits_until_the_suite_was_answered() -> None:
    waiting = decide(owing(), seen(5)).rollout
    assert (waiting.state, waiting.position, waiting.reason) == (S.PREPARING, 0, "asking the preflight suite")
    on = decide(waiting, seen(9, preflight=ANSWERED)).rollout
    assert (on.state, on.position, on.flown) == (S.SHIFTING, 1, True)
    assert on.reason == "the preflight suite was answered"


def test_a_wrong_answer_takes_it_back_before_it_had_traffic_and_as_judged() -> None:
    back = decide(owing(), seen(5, preflight=WRONG)).rollout
    assert (back.state, back.ending, back.reason) == (S.RESTORING, S.ROLLED_BACK, WRONG)


def test_one_that_is_never_answered_ends_too() -> None:
    late = owing().phases[0].exit.timeout + 1
    back = decide(owing(), seen(late)).rollout
    assert back.state is S.RESTORING
    assert back.reason.startswith("the preflight suite took longer than")


def test_what_was_answered_is_not_asked_again() -> None:
    on = decide(owing(flown=True), seen(5)).rollout
    assert (on.state, on.position) == (S.SHIFTING, 1)
    assert obstacle(owing(flown=True)) == ""


def test_a_person_who_promotes_it_unanswered_is_told_so() -> None:
    move = decide(owing(), seen(5, wishes=(Wish(verb="promote", by="ana"),)))
    assert move.rollout.reason == "promoted by ana, although the preflight suite has not been answered"


def test_without_a_suite_nothing_is_owed() -> None:
    assert decide(at(S.PREPARING, 0), seen(5)).rollout.state is S.SHIFTING
    assert setting_out().flown is False
    assert later(0) == setting_out().started


class Answering:
    """A preflight that says what it is told to, and remembers whom it asked."""

    def __init__(self, says: Callable[[], str]) -> None:
        self.asked: list[str] = []
        self._says = says

    async def ask(self, url: str) -> str:
        self.asked.append(url)
        return self._says()


def unreadable() -> str:
    raise ConfigurationError("there is no suite")


def broken() -> str:
    raise ZeroDivisionError("a scorer of somebody's")


@pytest.mark.parametrize(
    ("says", "state", "reason"),
    [
        (lambda: "", S.PROMOTED, ""),
        (lambda: WRONG, S.ROLLED_BACK, WRONG),
        (unreadable, S.ROLLED_BACK, "the preflight suite cannot be asked: there is no suite"),
        (broken, S.ROLLED_BACK, "the preflight suite failed: ZeroDivisionError: a scorer of somebody's"),
    ],
    ids=["answered", "answered wrongly", "a suite that is gone", "a scorer that raises"],
)
def test_the_controller_asks_a_replica_of_the_candidate_once(
    tmp_path: Path, says: Callable[[], str], state: RolloutState, reason: str
) -> None:
    preflight = Answering(says)
    scene = flown(tmp_path, lambda _: Sources(preflight=preflight), state)
    assert scene.rollout.reason == reason or not reason
    assert preflight.asked == ["http://new.test"]


def test_one_that_cannot_be_made_is_not_passed_over(tmp_path: Path) -> None:
    def nothing(_: Rollout) -> Sources:
        raise ConfigurationError("the suite cannot be read")

    scene = flown(tmp_path, nothing, S.ROLLED_BACK)
    assert scene.rollout.reason == "the preflight suite cannot be asked: the suite cannot be read"
    assert {share for _, share in scene.states()} == {0.0}


def flown(root: Path, sources: MakeSources, state: RolloutState) -> Scene:
    """A canary that owes a preflight suite, to its end."""
    scene = Scene(root)

    async def story() -> None:
        scene.deploy(min_samples=10, hearing=FLIGHT)
        controller = scene.controller(sources=sources)
        await scene.until(state)
        await ended(controller)

    play(story)
    return scene
