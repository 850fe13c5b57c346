"""What is to be told when a rollout comes into a state, and what is not."""

from datetime import timedelta

import pytest

from esclusa.core.fleet import Fleet
from esclusa.core.notice import Notice, notices
from esclusa.core.project import Approval, Channel, StrategySpec
from esclusa.core.rollout import Awaited, Phase, Rollout, RolloutState
from esclusa.core.value import decode, encode, replace
from tests.fakes import START

S = RolloutState
FLEET = Fleet(environment="production", port=1)
ALL = (
    *("started", "waiting_approval", "paused", "watching", "promoted", "rolled_back", "failed"),
    *("superseded", "needs_human"),
)
TEAM = Channel(name="team", on=ALL, webhook="env:HOOK")
NIGHT = Channel(name="night", on=("needs_human",), command=("./page",))
ROLLOUT = Rollout(
    id="r1.production",
    project="p",
    environment="production",
    candidate="new",
    stable="old",
    run="r1",
    spec=StrategySpec(name="canary", uses="canary"),
    phases=(Phase(name="prepare", fleet=FLEET), Phase(name="5 %", fleet=FLEET, share=0.05)),
    restore=FLEET,
    started=START,
    since=START + timedelta(seconds=5),
    notify=(TEAM, NIGHT),
)


def told(state: RolloutState, before: RolloutState | None) -> list[tuple[str, str]]:
    found = notices(replace(ROLLOUT, state=state), before)
    return [(notice.channel.name, notice.what) for notice in found]


def test_a_notice_says_what_became_of_which_release_and_how_to_answer() -> None:
    waiting = replace(
        ROLLOUT,
        state=S.WAITING_APPROVAL,
        reason="`5 %` needs an approval",
        awaits=Awaited(position=1),
        approval=Approval(deadline=60.0, approvers=("ana",)),
    )
    [notice] = notices(waiting, S.PREPARING)
    assert notice == Notice(
        key="r1.production/waiting_approval/1767225605.000000-0/team",
        rollout="r1.production",
        what="waiting_approval",
        channel=TEAM,
        due=waiting.since,
        payload={
            "event": "waiting_approval",
            "at": "2026-01-01T00:00:05+00:00",
            "project": "p",
            "environment": "production",
            "rollout": "r1.production",
            "run": "r1",
            "release": "new",
            "stable": "old",
            "phase": "prepare",
            "reason": "`5 %` needs an approval",
            "exposed": 0,
            "harmed": 0,
            "asked_before": "5 %",
            "answer_by": "2026-01-01T00:01:05+00:00",
            "answer": "esclusa approve r1.production",
            "approvers": ["ana"],
        },
    )
    assert decode(Notice, encode(notice)) == notice


@pytest.mark.parametrize(
    ("state", "before", "expected"),
    [
        (S.PENDING, None, [("team", "started")]),
        (S.ROLLED_BACK, S.RESTORING, [("team", "rolled_back")]),
        (S.NEEDS_HUMAN, S.RESTORING, [("team", "needs_human"), ("night", "needs_human")]),
        # Told of once it is confirmed, and nothing twice.
        (S.RESTORING, S.BAKING, []),
        (S.ROLLED_BACK, S.ROLLED_BACK, []),
        (S.PENDING, S.PAUSED, []),
        (S.BAKING, S.SHIFTING, []),
    ],
)
def test_a_state_is_told_of_when_it_begins(
    state: RolloutState, before: RolloutState | None, expected: list[tuple[str, str]]
) -> None:
    assert told(state, before) == expected


def test_the_same_state_at_another_time_is_another_notice() -> None:
    first = replace(ROLLOUT, state=S.PAUSED)
    again = replace(first, since=first.since + timedelta(microseconds=1))
    asked_again = replace(first, wishes=2)
    keys = [notice.key for one in (first, again, asked_again) for notice in notices(one, S.BAKING)]
    assert len(set(keys)) == 3
    assert notices(first, S.BAKING) == notices(first, S.SHIFTING)
