"""Secrets as people write them, in files of many kinds: nearly all are found, and nothing else is."""

import pytest

from esclusa.scans.piece import Piece
from esclusa.scans.secrets.rules import Rules
from tests.scans.secrets.written import Written, written

SEEDS = range(5)
TEXTS = ("first", "second", "third", "fourth")


def spans(one: Written) -> list[tuple[int, int]]:
    return [(hit.start, hit.end) for hit in Rules({}).find([Piece(name=one.name, data=one.data)])]


def meets(span: tuple[int, int], places: tuple[tuple[int, int], ...]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in places)


@pytest.mark.parametrize("of", TEXTS)
def test_all_but_one_in_fourteen_secrets_are_found(of: str) -> None:
    missed, many = [], 0
    for seed in SEEDS:
        for one in written(of, seed):
            found = tuple(spans(one))
            many += len(one.secrets)
            missed += [f"{one.name}: {one.data[a:b]!r}" for a, b in one.secrets if not meets((a, b), found)]
    assert len(missed) <= many / 14, missed


@pytest.mark.parametrize("of", [*TEXTS, "none"])
def test_what_is_no_secret_is_passed_over(of: str) -> None:
    false, many = [], 0
    for seed in SEEDS:
        for one in written(of, seed):
            found = spans(one)
            many += len(one.others)
            false += [f"{one.name}: {one.data[a:b]!r}" for a, b in found if not meets((a, b), one.secrets)]
    assert len(false) <= many / 100, false


def test_the_texts_have_hundreds_of_both() -> None:
    texts = [one for of in TEXTS for one in written(of)]
    assert sum(len(one.secrets) for one in texts) > 700
    lines = sum(one.data.count(b"\n") for one in written("none"))
    assert lines + sum(len(one.others) for one in texts) > 450
