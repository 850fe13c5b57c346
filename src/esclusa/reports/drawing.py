"""Drawings for pages: SVG as text, coloured by classes of the page's style sheet; no text of strangers."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from esclusa.gates.estimates import Ends

WIDTH, HEIGHT = 288, 26
_MARGIN = 10
_BINS = 36
_BARS = (360, 92)


class Scale(NamedTuple):
    """From values to pixels."""

    low: float
    high: float
    width: float = WIDTH

    def at(self, value: float) -> float:
        """The pixel of a value; values beyond an end are drawn at it."""
        share = (value - self.low) / (self.high - self.low)
        return round(_MARGIN + min(1.0, max(0.0, share)) * (self.width - 2 * _MARGIN), 1)


def interval(
    value: float | None,
    ends: Ends | None,
    *,
    kind: str,
    limit: float | None = None,
    below: bool = False,
    mark: float | None = None,
    scale: Scale | None = None,
) -> str:
    """A point and its interval against a limit: dashed, its bad side shaded, which `below` says is under it.

    `kind` is a state's class (`pass`, `harm`, `wait`, `cand`); `mark` is a baseline's value. An end that is
    not bounded runs to the edge. Empty where there is nothing to draw.
    """
    low, high = ends or (None, None)
    known = [one for one in (value, low, high, limit, mark) if one is not None and math.isfinite(one)]
    if value is None or not math.isfinite(value) or not known:
        return ""
    s = scale or scale_of(known)
    drawn = [_line(s.at(s.low), s.at(s.high), 13, 13, "axis")]
    if limit is not None and math.isfinite(limit):
        edge = s.at(limit)
        start, width = (0.0, edge) if below else (edge, WIDTH - edge)
        drawn.append(f'<rect class="out" x="{start}" y="2" width="{max(0.0, width):.1f}" height="22"/>')
    if mark is not None:
        drawn.append(_line(s.at(mark), s.at(mark), 5, 21, "mark"))
    if ends is not None:
        first = 0.0 if low is None else s.at(low)
        last = float(WIDTH) if high is None else s.at(high)
        drawn.append(_line(first, last, 13, 13, f"span {kind}"))
        drawn += [
            _line(one, one, 8, 18, f"end {kind}")
            for one, end in ((first, low), (last, high))
            if end is not None
        ]
    if limit is not None and math.isfinite(limit):
        drawn.append(_line(s.at(limit), s.at(limit), 0, HEIGHT, "limit"))
    drawn.append(f'<circle class="dot {kind}" cx="{s.at(value)}" cy="13" r="4"/>')
    return _svg(WIDTH, HEIGHT, "interval", drawn)


def scale_of(values: Sequence[float], within: tuple[float, float] | None = None) -> Scale:
    """A scale that holds the values with some room, but for what `within` says cannot be."""
    low, high = min(values), max(values)
    room = (high - low) * 0.12 or abs(high) * 0.1 or 1.0
    least, most = within or (-math.inf, math.inf)
    return Scale(max(least, low - room), min(most, high + room))


def histogram(now: Sequence[float], before: Sequence[float] = (), *, most: float) -> str:
    """How the values lie between 0 and `most`: bars, and the baseline's as an outline over them."""
    width, height = _BARS
    mine, theirs = _shares(now, most), _shares(before, most) if before else []
    top = max([*mine, *theirs, 1e-9])
    step = width / _BINS
    drawn = []
    for number, share in enumerate(mine):
        tall = (height - 14) * share / top
        if share:
            drawn.append(
                f'<rect class="bar" x="{number * step + 0.5:.1f}" y="{height - 12 - tall:.1f}"'
                f' width="{step - 1:.1f}" height="{tall:.1f}"/>'
            )
    if theirs:
        points = []
        for number, share in enumerate(theirs):
            y = height - 12 - (height - 14) * share / top
            points += [f"{number * step:.1f},{y:.1f}", f"{(number + 1) * step:.1f},{y:.1f}"]
        drawn.append(f'<polyline class="outline" points="{" ".join(points)}"/>')
    drawn.append(_line(0, width, height - 12, height - 12, "axis"))
    return _svg(width, height, "bars", drawn, stretched=True)


def parts(counts: Sequence[tuple[int, str]]) -> str:
    """One bar, cut into what each count is of all; with each its class."""
    total, at, drawn = sum(n for n, _ in counts) or 1, 0.0, []
    for n, kind in counts:
        wide = 1000 * n / total
        drawn.append(f'<rect class="part {kind}" x="{at:.2f}" y="0" width="{wide:.2f}" height="12"/>')
        at += wide
    return _svg(1000, 12, "parts", drawn, stretched=True)


def swatch(kind: str) -> str:
    """The colour of a part, for a legend."""
    square = f'<rect class="part {kind}" width="10" height="10"/>'
    return _svg(10, 10, "swatch", [square])


def _shares(values: Sequence[float], most: float) -> list[float]:
    bins = [0] * _BINS
    for value in values:
        bins[min(_BINS - 1, int(value / most * _BINS))] += 1
    return [count / len(values) for count in bins]


def _line(x1: float, x2: float, y1: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1}" x2="{x2}" y1="{y1}" y2="{y2}"/>'


def _svg(width: float, height: float, kind: str, drawn: Sequence[str], *, stretched: bool = False) -> str:
    fit = ' preserveAspectRatio="none"' if stretched else ""
    frame = f'class="{kind}" viewBox="0 0 {width} {height}"{fit} aria-hidden="true"'
    return f"<svg {frame}>{''.join(drawn)}</svg>"
