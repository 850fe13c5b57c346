"""Answers to what waits: only to the question that is meant, and by those who are asked."""

from pathlib import Path

import anyio
import pytest

from esclusa.core.errors import UsageError
from esclusa.core.fleet import Fleet
from esclusa.core.project import Approval
from esclusa.core.rollout import Awaited, Decision, Phase, Rollout, RolloutState, Wish
from esclusa.core.value import replace
from esclusa.workspace import steer
from esclusa.workspace.opened import Opened
from esclusa.workspace.steer import Answer, answer
from tests.workspace.projects import opened_project, roll_out

FLEET = Fleet(environment="production", port=0)
PHASES = (Phase(name="prepare", fleet=FLEET), Phase(name="5 %", fleet=FLEET, share=0.05))
GIVEN = Decision(verb="approve", by="bo", position=1, phase="5 %")


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    async def no_controller(_: Opened) -> None:
        """Nobody carries it out here."""

    monkeypatch.setattr(steer, "ensure_controller", no_controller)
    return opened_project(tmp_path)


def standing(opened: Opened, state: RolloutState, **changes: object) -> Rollout:
    known = replace(roll_out(opened, "a", state), phases=PHASES, **changes)
    opened.store.rollouts.record(known)
    return known


def waiting(opened: Opened, **changes: object) -> Rollout:
    awaits = Awaited(position=1)
    return standing(
        opened, RolloutState.WAITING_APPROVAL, **{"awaits": awaits, "approval": Approval(), **changes}
    )


def answered(opened: Opened, name: str = "", **more: object) -> Answer:
    async def asked() -> Answer:
        return await answer(opened, name, **{"by": "ana", **more})  # type: ignore[arg-type]

    return anyio.run(asked)


@pytest.mark.parametrize("name", ["", "production", "to-a"])
def test_an_answer_is_bound_to_what_waits_now(opened: Opened, name: str) -> None:
    rollout = waiting(opened)
    assert answered(opened, name, reason="read it") == Answer(rollout=rollout, phase="5 %")
    assert opened.store.rollouts.wishes("to-a", 0) == [
        Wish(verb="approve", by="ana", reason="read it", position=1)
    ]


def test_a_no_is_an_answer_too(opened: Opened) -> None:
    waiting(opened)
    answered(opened, reject=True, before="5 %")
    assert opened.store.rollouts.wishes("to-a", 0) == [Wish(verb="reject", by="ana", position=1)]


def test_a_second_approval_says_that_it_changes_nothing(opened: Opened) -> None:
    rollout = standing(opened, RolloutState.BAKING, decisions=(GIVEN,))
    assert answered(opened) == Answer(rollout=rollout, phase="5 %", already=GIVEN)
    assert opened.store.rollouts.wishes("to-a", 0) == []


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"before": "promotion"}, "waits before `5 %`, not before `promotion`"),
        ({"by": "cy"}, "cy is not one of the approvers, ana, bo"),
    ],
)
def test_who_means_something_else_or_is_not_asked_is_told(
    opened: Opened, more: dict[str, object], message: str
) -> None:
    waiting(opened, approval=Approval(approvers=("ana", "bo")))
    with pytest.raises(UsageError, match=message):
        answered(opened, **more)
    assert opened.store.rollouts.wishes("to-a", 0) == []


def test_nothing_that_waits_is_an_error(opened: Opened) -> None:
    standing(opened, RolloutState.BAKING)
    with pytest.raises(UsageError, match="does not wait for an approval: it is baking"):
        answered(opened)


def test_of_several_that_wait_one_has_to_be_named(opened: Opened) -> None:
    waiting(opened)
    other = replace(roll_out(opened, "b", RolloutState.PENDING, "staging"), phases=PHASES)
    opened.store.rollouts.record(
        replace(other, state=RolloutState.WAITING_APPROVAL, awaits=Awaited(position=1), approval=Approval())
    )
    with pytest.raises(UsageError, match="2 rollouts wait: to-a, to-b"):
        answered(opened)
    assert answered(opened, "to-b").rollout.id == "to-b"
