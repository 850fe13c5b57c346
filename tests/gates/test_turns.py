from esclusa.gates import turns
from esclusa.gates.turns import Conversation, Turns, band


def test_turns_are_numbered_by_conversation_and_a_lone_request_is_always_the_first() -> None:
    memory = Turns(memory=60)
    asked = ["a", "b", "a", None, "a", None]
    assert [memory.next(who, 0, failed=False) for who in asked] == [1, 1, 2, 1, 3, 1]


def test_a_conversation_leaves_with_its_first_failure() -> None:
    memory = Turns(memory=60)
    assert [memory.next("a", 0, failed) for failed in (False, True, False, True)] == [1, 2, None, None]
    assert [memory.next(None, 0, failed=True) for _ in range(2)] == [1, 1]


def test_who_was_silent_too_long_begins_anew() -> None:
    memory = Turns(memory=60)
    memory.next("silent", 0, failed=True)
    memory.next("talking", 100, failed=False)
    memory.forget(120)
    assert memory.next("silent", 120, failed=False) == 1
    assert memory.next("talking", 120, failed=False) == 2


def test_the_memory_is_bounded_whatever_clients_send() -> None:
    memory = Turns(memory=600)
    memory.known = {f"{n:06}": Conversation(1, n // 1000, False) for n in range(turns.MOST + 500)}
    memory.forget(60)
    assert len(memory.known) == turns.MOST
    assert min(entry.last for entry in memory.known.values()) == 0
    assert f"{turns.MOST + 499:06}" in memory.known


def test_conversations_are_kept_under_a_digest() -> None:
    memory = Turns(memory=60)
    memory.next("jane.doe@example.org " * 500, 0, failed=False)
    assert [len(key) for key in memory.known] == [12]


def test_later_turns_share_a_stratum() -> None:
    assert [band(turn) for turn in (1, 2, 3, 4, 5, 6, 90)] == [1, 2, 3, 3, 4, 4, 4]
