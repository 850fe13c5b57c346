"""SVG from numbers: where points, intervals, limits and bars stand."""

import math
import re

from hypothesis import given
from hypothesis import strategies as st

from esclusa.reports.drawing import HEIGHT, WIDTH, Scale, histogram, interval, parts, scale_of

NUMBERS = st.floats(-1e9, 1e9)


def classes(drawn: str) -> list[str]:
    return re.findall(r'<(?:line|rect|circle|polyline) class="([^"]+)"', drawn)


def test_an_interval_is_drawn_over_the_shaded_side_of_its_limit() -> None:
    drawn = interval(0.5, (0.4, 0.6), kind="harm", limit=0.9, below=True, mark=0.55, scale=Scale(0.0, 1.0))
    assert drawn == (
        f'<svg class="interval" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">'
        '<line class="axis" x1="10.0" x2="278.0" y1="13" y2="13"/>'
        '<rect class="out" x="0.0" y="2" width="251.2" height="22"/>'
        '<line class="mark" x1="157.4" x2="157.4" y1="5" y2="21"/>'
        '<line class="span harm" x1="117.2" x2="170.8" y1="13" y2="13"/>'
        '<line class="end harm" x1="117.2" x2="117.2" y1="8" y2="18"/>'
        '<line class="end harm" x1="170.8" x2="170.8" y1="8" y2="18"/>'
        '<line class="limit" x1="251.2" x2="251.2" y1="0" y2="26"/>'
        '<circle class="dot harm" cx="144.0" cy="13" r="4"/></svg>'
    )


def test_a_ceiling_shades_what_is_above_it() -> None:
    drawn = interval(1.0, None, kind="pass", limit=2.0, scale=Scale(0.0, 4.0))
    assert '<rect class="out" x="144.0" y="2" width="144.0" height="22"/>' in drawn


def test_an_end_that_nothing_bounds_runs_to_the_edge_without_a_stop() -> None:
    drawn = interval(2.5, (2.1, None), kind="wait", scale=Scale(2.0, 3.0))
    assert f'x2="{WIDTH:.1f}" y1="13" y2="13"/>' in drawn
    assert classes(drawn).count("end wait") == 1


def test_without_a_finite_value_nothing_is_drawn() -> None:
    for value in (None, math.inf, math.nan):
        assert interval(value, (0.0, 1.0), kind="pass", limit=0.5) == ""


@given(NUMBERS, NUMBERS, NUMBERS, st.one_of(st.none(), NUMBERS), st.booleans())
def test_whatever_the_numbers_all_stands_within_the_picture(
    value: float, one: float, other: float, limit: float | None, below: bool
) -> None:
    drawn = interval(value, (min(one, other), max(one, other)), kind="pass", limit=limit, below=below)
    places = [float(x) for x in re.findall(r' (?:x1|x2|cx|x)="([^"]+)"', drawn)]
    assert all(0 <= place <= WIDTH for place in places)
    assert all(float(width) >= 0 for width in re.findall(r' width="([^"]+)"', drawn))


def test_a_scale_keeps_to_what_can_be() -> None:
    assert scale_of([0.5, 1.0], within=(0.0, 1.0)) == Scale(0.44, 1.0)
    assert scale_of([0.0, 0.0]) == Scale(-1.0, 1.0)


def test_bars_hold_every_value_and_the_last_one_what_is_beyond() -> None:
    drawn = histogram([0.0, 1.0, 50.0], [1.0], most=1.0)
    assert classes(drawn) == ["bar", "bar", "outline", "axis"]
    tall = [float(one) for one in re.findall(r'height="([\d.]+)"/>', drawn)]
    assert tall == [26.0, 52.0]


def test_a_bar_is_cut_by_the_shares() -> None:
    assert [float(one) for one in re.findall(r'width="([\d.]+)"', parts([(1, "fixed"), (3, "bad")]))] == [
        250.0,
        750.0,
    ]
    assert "NaN" not in parts([(0, "fixed")])
