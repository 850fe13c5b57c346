"""Arrivals: as many as were asked for, in order, and the same for the same seed."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.evals.load.arrivals import Due, arrivals
from esclusa.evals.load.profile import read_profile


def due(seed: int = 1, **load: object) -> Due:
    profile = read_profile({"duration": "10 s", **load})
    return arrivals(profile, profile.level, random.Random(seed))


def test_constant_arrivals_are_evenly_spaced_and_a_ramp_is_half_as_many() -> None:
    found = due(rate=4, arrivals="constant", ramp="2 s", warm_up="1 s")
    assert found.times[:4] == pytest.approx([2 * (0.125 + 0.25 * k) ** 0.5 for k in range(4)])
    assert found.times[4:8] == pytest.approx([2.125, 2.375, 2.625, 2.875])
    assert found.times[8:] == pytest.approx([3.125 + 0.25 * k for k in range(40)])
    assert (found.measured_from, found.until) == (3.0, 13.0)


@given(st.floats(2, 50), st.integers(0, 9), st.sampled_from(["poisson", "constant"]))
def test_the_offered_load_is_the_one_that_was_asked_for(rate: float, seed: int, kind: str) -> None:
    found = due(seed, rate=rate, arrivals=kind, ramp="3 s", warm_up="2 s")
    assert list(found.times) == sorted(found.times)
    assert sum(one >= found.measured_from for one in found.times) == round(rate * 10)
    assert all(0 <= one < found.until for one in found.times)
    assert found == due(seed, rate=rate, arrivals=kind, ramp="3 s", warm_up="2 s")


def test_poisson_arrivals_come_in_clusters() -> None:
    times = due(rate=500).times
    gaps = sorted(later - one for one, later in itertools.pairwise(times))
    mean = sum(gaps) / len(gaps)
    assert sum((gap / mean - 1) ** 2 for gap in gaps) / len(gaps) == pytest.approx(1.0, abs=0.1)


def test_a_number_of_requests_takes_as_long_as_the_rate_says() -> None:
    profile = read_profile({"rate": 10, "requests": 25})
    found = arrivals(profile, profile.level, random.Random(1))
    assert (len(found.times), found.until) == (25, 2.5)
