"""The colours of a page: what is written can be read, and states are told apart by more than a hue."""

import itertools
import math
import re
from importlib.resources import files

import pytest

STYLE = (files("esclusa.reports") / "page.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", block))
    for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2]
)
WRITTEN = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("bg", "surface", "sunken")),
    *((state, ground) for state in ("pass", "harm", "wait") for ground in (f"{state}-bg", "surface")),
]
LEAST = 4.5
"""The contrast that WCAG 2.2 asks of small text."""


SEEN = {
    "by most": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "without long waves": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "without middle waves": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "without short waves": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}
"""What is left of linear red, green and blue (Machado, Oliveira & Fernandes 2009, table 1, severity 1.0)."""
APART = 13.0
"""The distance in CIELAB (CIE76) between any two states; a difference of 2.3 can just be seen."""

Light = tuple[float, float, float]


def light(colour: str) -> Light:
    """Linear red, green and blue in [0, 1]."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return red, green, blue


def luminance(colour: str) -> float:
    red, green, blue = light(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def times(matrix: tuple[Light, Light, Light], vector: Light) -> Light:
    one, two, three = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return one, two, three


def lab(linear: Light) -> Light:
    """CIELAB under D65."""
    to_xyz = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    kept = tuple(min(1.0, max(0.0, one)) for one in linear)
    x, y, z = (
        value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116
        for value in map(float.__truediv__, times(to_xyz, (kept[0], kept[1], kept[2])), (0.9505, 1.0, 1.089))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), WRITTEN)
def test_what_is_written_can_be_read(look: dict[str, str], ink: str, ground: str) -> None:
    dark, bright = sorted(luminance(look[one]) for one in (ink, ground))
    assert (bright + 0.05) / (dark + 0.05) >= LEAST


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("eyes", SEEN)
def test_states_are_told_apart_whatever_colours_one_sees(look: dict[str, str], eyes: str) -> None:
    seen = {state: lab(times(SEEN[eyes], light(look[state]))) for state in ("pass", "harm", "wait")}
    near = {pair: math.dist(seen[pair[0]], seen[pair[1]]) for pair in itertools.combinations(seen, 2)}
    assert min(near.values()) >= APART, near


def test_both_looks_name_the_same_colours() -> None:
    assert set(LIGHT) == set(DARK)
