"""Units: how an amount is written in a rule and shown in a sentence.

A value inside Esclusa is always in its metric's own unit (`share` in [0, 1], `s`, `USD`, `tokens`,
`findings`); only this file knows that people write percent and milliseconds.
"""

import math
from collections.abc import Callable
from decimal import Decimal

_ONE = Decimal(1)
_UNITS: dict[str, dict[str, Decimal]] = {
    "share": {"": _ONE, "%": Decimal("0.01")},
    "s": {"s": _ONE, "ms": Decimal("0.001"), "m": Decimal(60)},
    "USD": {"USD": _ONE},
    "tokens": {"": _ONE, "tokens": _ONE},
    "tokens/s": {"": _ONE, "tokens/s": _ONE},
    "rps": {"rps": _ONE},
    "findings": {"": _ONE, "findings": _ONE},
}
_EXPECTED = {
    "share": "a share: `85%`, or a number from 0 to 1",
    "s": "a time with its unit: `2 s`, `200 ms` or `1 m`",
    "USD": "an amount in `USD`: `0.01 USD`",
    "tokens": "a number of tokens: `500`",
    "tokens/s": "a number of tokens a second: `20`",
    "rps": "requests a second: `5 rps`",
    "findings": "a whole number: `0`",
}
_SIGNIFICANT = 3
_MOST_DECIMALS = 12
_ONE_POINT = 0.1  # smaller differences of shares need more than one decimal
_ONE_SECOND = 0.9995  # what three digits round to 1000 ms reads better as 1 s


def expected(unit: str) -> str:
    """How an amount of this unit is written in a rule, in words."""
    return _EXPECTED.get(unit, f"a number in `{unit}`: `10 {unit}`")


def read_amount(number: str, suffix: str, unit: str) -> float:
    """The amount in `unit` that `number` and `suffix` say; ValueError when the suffix is not of this unit."""
    units = _UNITS.get(unit, {"": _ONE, unit: _ONE})
    if suffix not in units:
        raise ValueError(f"`{suffix}` is not a unit of {unit}")
    return float(Decimal(number) * units[suffix])


def write_amount(value: float, unit: str) -> str:
    """The amount as a rule writes it, to the last digit: reading it gives the same float."""
    exact = Decimal(repr(value))
    if unit == "share":
        return f"{_digits(exact * 100)}%"
    if unit in ("tokens", "tokens/s", "findings"):
        return _digits(exact)
    return f"{_digits(exact)} {unit}"


def format_value(value: float, unit: str, *, apart_from: float | None = None) -> str:
    """The value as people read it: `93.3 %`, `1.93 s`, `240 ms`, `0.0042 USD`, `512 tokens`, `3`.

    Digits are those that matter; a share that is not 0 or 1 is never rounded to it, and `apart_from` (a limit
    it is compared with) adds digits until the two read differently. Infinity reads `unbounded`.
    """
    text = _format(value, unit, 0)
    if apart_from is None or value == apart_from or math.isinf(apart_from):
        return text
    for extra in range(1, _MOST_DECIMALS):
        if text != _format(apart_from, unit, extra - 1):
            break
        text = _format(value, unit, extra)
    return text


def format_difference(value: float, unit: str) -> str:
    """A signed difference of two values: `-3.3 points`, `+240 ms`, `0 points`."""
    sign = "+" if value > 0 else "-" if value < 0 else ""
    if unit == "share":
        points = abs(value) * 100
        return f"{sign}{_rounded(points, 1) if points >= _ONE_POINT else _significant(points, -1)} points"
    return sign + format_value(abs(value), unit)


def format_interval(low: float | None, high: float | None, unit: str) -> str:
    """The ends as people read them, the unit once: `84.1 to 97.4 %`, `1.7 s or more`, `0.2 USD or less`."""
    return _span(low, high, lambda value: format_value(value, unit))


def format_differences(low: float | None, high: float | None, unit: str) -> str:
    """The same for an interval of a difference, with signs: `-8.9 to +5 points`."""
    return _span(low, high, lambda value: format_difference(value, unit))


def _span(low: float | None, high: float | None, show: Callable[[float], str]) -> str:
    if low is None or high is None:
        bound, word = (high, "less") if low is None else (low, "more")
        return "unbounded" if bound is None else f"{show(bound)} or {word}"
    first, last = show(low), show(high)
    number, _, unit = first.partition(" ")
    return f"{number} to {last}" if last.endswith(f" {unit}") else f"{first} to {last}"


def _format(value: float, unit: str, extra: int) -> str:
    if math.isinf(value) or math.isnan(value):
        return "unbounded" if value == math.inf else str(value)
    if unit == "share":
        return f"{_percent(value * 100, extra)} %"
    if unit == "s":
        if 0 < abs(value) < _ONE_SECOND:
            return f"{_significant(value * 1000, extra)} ms"
        return f"{_significant(value, extra)} s"
    if unit == "findings":
        return _significant(value, extra)
    return f"{_significant(value, extra)} {unit}"


def _percent(percent: float, extra: int) -> str:
    """One decimal; two digits of what is under 1, and as many as tell it from 100."""
    decimals = 1
    if 0 < percent < 1:
        decimals = 1 - math.floor(math.log10(percent))
    elif 99 < percent < 100:
        decimals = max(1, -math.floor(math.log10(100 - percent)))
    return _rounded(percent, min(_MOST_DECIMALS, decimals) + extra)


def _significant(value: float, extra: int) -> str:
    """Three significant digits; whole digits are never rounded away."""
    if value == 0:
        return "0"
    whole = math.floor(math.log10(abs(value))) + 1
    return _rounded(value, max(0, _SIGNIFICANT - whole) + extra)


def _rounded(value: float, decimals: int) -> str:
    """At most that many decimals, no zeros at the end, no minus before a zero."""
    text = f"{value:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _digits(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
