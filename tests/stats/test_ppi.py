"""A judge's mean, corrected by labels: it covers what people would have said, with tens of labels too."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.stats import ppi
from esclusa.stats.intervals import wilson

Bits = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])), min_size=1, max_size=60)


@given(Bits, st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_the_judges_mean_is_moved_by_its_mean_error_and_no_further_than_0_and_1(
    pairs: list[tuple[float, float]], judged: list[float]
) -> None:
    labels, said = zip(*pairs, strict=True)
    found = ppi.corrected(judged, labels, said)
    moved = sum(judged) / len(judged) + (sum(labels) - sum(said)) / len(labels)
    assert found.estimate == pytest.approx(max(0.0, min(1.0, moved)), abs=1e-9)
    assert found.interval.low - 1e-9 <= found.estimate <= found.interval.high + 1e-9


def test_a_judge_that_is_always_right_still_takes_labels_to_be_believed() -> None:
    judged = [1.0] * 90 + [0.0] * 10
    few = ppi.corrected(judged, [1.0] * 10, [1.0] * 10).interval
    many = ppi.corrected(judged, [1.0] * 2000, [1.0] * 2000).interval
    own = wilson(90, 100)
    assert few.high - few.low > 1.5 * (own.high - own.low)
    assert many == pytest.approx(own, abs=2e-3)


def test_a_judge_that_says_yes_to_a_fifth_of_the_wrong_ones_is_seen_through() -> None:
    labels, said = [1.0] * 60 + [0.0] * 40, [1.0] * 80 + [0.0] * 20
    found = ppi.corrected([1.0] * 160 + [0.0] * 40, labels, said)
    assert found.estimate == pytest.approx(0.6)
    assert found.error == pytest.approx(-0.2)
    assert found.interval.high < 0.8


def test_nothing_to_correct_or_to_correct_by_is_an_error() -> None:
    for judged, labels in (([], [1.0]), ([1.0], [])):
        with pytest.raises(ValueError, match="expected values and labels"):
            ppi.corrected(judged, labels, labels)


@pytest.mark.parametrize(
    ("labelled", "n", "share", "right_of_yes", "right_of_no"),
    [
        (30, 60, 0.9, 0.95, 0.9),
        (50, 200, 0.85, 0.9, 0.8),
        (100, 200, 0.8, 0.7, 0.6),
        (200, 400, 0.9, 0.9, 0.5),
    ],
)
def test_the_intervals_hold_as_often_as_they_say(
    labelled: int, n: int, share: float, right_of_yes: float, right_of_no: float
) -> None:
    source = random.Random(5)

    def drawn(number: int) -> tuple[list[float], list[float]]:
        labels = [float(source.random() < share) for _ in range(number)]
        return labels, [
            float(source.random() < (right_of_yes if label else 1 - right_of_no)) for label in labels
        ]

    anywhere = here = 0
    for _ in range(400):
        (labels, said), (truth, judged) = drawn(labelled), drawn(n)
        found = ppi.corrected(judged, labels, said)
        anywhere += found.interval.low <= share <= found.interval.high
        here += found.of_labels.low <= sum(truth) / n <= found.of_labels.high
    assert min(anywhere, here) / 400 >= 0.94 - 2 * (0.94 * 0.06 / 400) ** 0.5


def test_the_interval_of_scores_holds() -> None:
    source, worths = random.Random(2), (0.0, 0.25, 0.5, 0.75, 1.0, 1.0)

    def drawn(number: int) -> tuple[list[float], list[float]]:
        labels = [source.choice(worths) for _ in range(number)]
        return labels, [min(1.0, max(0.0, round(4 * (one + source.gauss(0.1, 0.2))) / 4)) for one in labels]

    held = 0
    for _ in range(60):
        (labels, said), (_, judged) = drawn(50), drawn(150)
        low, high = ppi.corrected(judged, labels, said).interval
        held += low <= sum(worths) / len(worths) <= high
    assert held >= 55


def test_a_narrower_error_takes_more_labels() -> None:
    labels, said = [1.0] * 45 + [0.0] * 5, [1.0] * 50
    assert ppi.labels_for(0.05, labels, said) == 139
    assert ppi.labels_for(0.02, labels, said) > 6 * 139 / 1.01
    assert ppi.labels_for(0.05, labels, labels) == 1
