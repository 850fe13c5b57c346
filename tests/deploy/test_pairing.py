from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.traffic import Exchange
from esclusa.deploy.pairing import LAST_TURN, SHORTEST_WAIT, WAITING, Pairing, drawn_turn


def exchange(
    name: str, arm: str, started: float, *, conversation: str | None = None, begins: bool = True
) -> Exchange:
    return Exchange(
        id=name,
        conversation=conversation,
        begins=begins,
        arm=arm,
        started=started,
        path="/",
        status=200,
        request=b"",
        response=b"",
    )


def pairing(*, alone: bool = False) -> Pairing:
    return Pairing("new", "old", 30.0, alone)


def ids(pairs: list[tuple[Exchange, Exchange | None]]) -> list[tuple[str, str]]:
    return [(one.id, other.id if other else "") for one, other in pairs]


def test_a_candidates_conversation_stands_beside_the_newest_of_the_baseline_whoever_came_first() -> None:
    one = pairing()
    for name, arm, started in (
        ("b1", "old", 0.0),
        ("b2", "old", 0.1),
        ("c1", "new", 0.2),
        ("c2", "new", 0.3),
    ):
        one.take(exchange(name, arm, started), started + 0.1)
    assert one.ready(0.5) == [], "slow answers are waited for"
    assert ids(one.ready(5.0)) == [("c1", "b2"), ("c2", "b1")]
    one.take(exchange("c3", "new", 6.0), 6.1)
    one.take(exchange("b3", "old", 6.2), 6.3)
    assert ids(one.ready(9.0)) == [("c3", "b3")]


def test_who_ended_first_makes_no_difference() -> None:
    """The quick answer of a conversation that began later does not push ahead of a slow one."""
    quick, slow = pairing(), pairing()
    everyone = [exchange("b1", "old", 0.0), exchange("b2", "old", 0.1), exchange("c1", "new", 0.2)]
    for one in everyone:
        quick.take(one, one.started + 0.1)
    for one in reversed(everyone):
        slow.take(one, one.started + 0.9)
    assert ids(quick.ready(9.0)) == ids(slow.ready(9.0)) == [("c1", "b2")]


def test_one_that_took_longer_than_was_waited_is_left_out_and_then_more_is_waited() -> None:
    one = pairing()
    one.take(exchange("b1", "old", 0.0), 0.1)
    one.ready(10.0)
    one.take(exchange("c1", "new", 5.0), 10.5)
    assert one.ready(30.0) == []
    one.take(exchange("c2", "new", 25.0), 30.0)
    assert ids(one.ready(50.0)) == [("c2", "b1")]
    assert SHORTEST_WAIT < 5.0


def test_old_ones_stand_beside_nobody() -> None:
    one = pairing()
    one.take(exchange("b1", "old", 0.0), 0.1)
    one.ready(10.0)
    one.take(exchange("c1", "new", 500.0), 500.1)
    assert one.ready(600.0) == []


def test_without_a_partner_a_candidate_is_handed_out_alone_only_when_it_is_asked_for() -> None:
    for alone, expected in ((True, [("c0", "")]), (False, [])):
        one = pairing(alone=alone)
        for number in range(WAITING + 1):
            one.take(exchange(f"c{number}", "new", float(number)), number + 0.1)
        assert ids(one.ready(100.0)) == expected


def test_a_conversation_is_scored_once_at_its_own_turn_and_only_if_its_beginning_was_heard() -> None:
    one = pairing()
    late = next(name for name in map(str, range(100)) if drawn_turn(name) == 3)
    for turn in range(1, 6):
        one.take(exchange(f"b{turn}", "old", turn * 1.0, conversation=late, begins=turn == 1), turn + 0.1)
        one.take(exchange(f"x{turn}", "new", turn * 1.0, conversation="unheard", begins=False), turn + 0.1)
    other = next(name for name in map(str, range(100, 300)) if drawn_turn(name) == 3)
    for turn in range(1, 6):
        one.take(exchange(f"c{turn}", "new", turn + 0.5, conversation=other, begins=turn == 1), turn + 0.6)
    assert ids(one.ready(100.0)) == [("c3", "b3")]


@given(st.lists(st.tuples(st.sampled_from("no"), st.floats(0, 50), st.floats(0, 3)), max_size=80))
def test_nobody_is_in_two_pairs_and_every_pair_has_one_of_each(
    events: list[tuple[str, float, float]],
) -> None:
    one = pairing()
    pairs = []
    arms = {"n": "new", "o": "old"}
    for number, (arm, started, took) in enumerate(sorted(events, key=lambda event: event[1] + event[2])):
        one.take(exchange(str(number), arms[arm], started), started + took)
        pairs += one.ready(started + took)
    pairs += one.ready(1000.0)
    assert {candidate.arm for candidate, _ in pairs} <= {"new"}
    assert {baseline.arm for _, baseline in pairs if baseline} <= {"old"}
    seen = [each.id for pair in pairs for each in pair if each]
    assert len(seen) == len(set(seen))


def test_half_are_scored_at_their_first_turn_and_a_quarter_at_the_second() -> None:
    turns = Counter(drawn_turn(f"conversation-{number}") for number in range(8000))
    assert [round(turns[turn] / 8000, 1) for turn in (1, 2)] == [0.5, 0.2]
    assert set(turns) == set(range(1, LAST_TURN + 1))
