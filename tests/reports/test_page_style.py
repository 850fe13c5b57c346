"""The colours of a page: what is written can be read, and states are told apart by more than a hue."""

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


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), WRITTEN)
def test_what_is_written_can_be_read(look: dict[str, str], ink: str, ground: str) -> None:
    dark, bright = sorted(luminance(look[one]) for one in (ink, ground))
    assert (bright + 0.05) / (dark + 0.05) >= LEAST


def test_both_looks_name_the_same_colours() -> None:
    assert set(LIGHT) == set(DARK)
