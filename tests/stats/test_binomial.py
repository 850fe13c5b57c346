import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from esclusa.stats import binomial


@given(st.integers(0, 3000), st.data(), st.floats(0.0, 1.0))
def test_tails_are_those_of_the_distribution(n: int, data: st.DataObject, p: float) -> None:
    hits = data.draw(st.integers(0, n))
    assert binomial.at_most(hits, n, p) == pytest.approx(float(special.bdtr(hits, n, p)), abs=1e-9)
    assert binomial.at_most(hits, n, p) + binomial.at_least(hits + 1, n, p) == pytest.approx(1.0, abs=1e-9)


def test_tails_outside_the_range_are_certain() -> None:
    assert [binomial.at_most(-1, 5, 0.5), binomial.at_most(5, 5, 0.5)] == [0.0, 1.0]
    assert [binomial.at_least(0, 5, 0.5), binomial.at_least(6, 5, 0.5)] == [1.0, 0.0]


@pytest.mark.parametrize(("a", "b", "x"), [(0.5, 0.5, 0.3), (2.0, 30.0, 0.01), (5000.0, 5100.0, 0.495)])
def test_the_incomplete_beta_function_is_the_textbook_one(a: float, b: float, x: float) -> None:
    assert binomial.incomplete_beta(a, b, x) == pytest.approx(float(special.betainc(a, b, x)), rel=1e-9)
