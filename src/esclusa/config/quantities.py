"""Quantities as people write them: durations (`60 s`, `1h30m`, `200 ms`) and shares (`5%`, `0.05`)."""

import re
from decimal import Decimal

UNITS = {"d": Decimal(86400), "h": Decimal(3600), "m": Decimal(60), "s": Decimal(1), "ms": Decimal("0.001")}
"""Seconds in a unit, longest first."""
_ALIASES = {"min": "m"}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|min|[smhd])\s*")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")


def duration(text: str) -> float:
    """Seconds. Units: `ms`, `s`, `m` (or `min`), `h` and `d`, longest first, each once; ValueError if not."""
    if text.strip() == "0":
        return 0.0
    if not _DURATION.fullmatch(text.strip()):
        raise ValueError(text)
    parts = [(Decimal(amount), _ALIASES.get(unit, unit)) for amount, unit in _PART.findall(text)]
    order = [list(UNITS).index(unit) for _, unit in parts]
    if order != sorted(set(order)):
        raise ValueError(text)
    return float(sum(amount * UNITS[unit] for amount, unit in parts))


def write_duration(seconds: float) -> str:
    """In our own spelling: `1h30m`, `1 min`, `200 ms`."""
    left, parts = Decimal(str(seconds)), []
    for unit, size in UNITS.items():
        amount = left / size if unit == "ms" else left // size
        if amount:
            parts.append((f"{amount.normalize():f}", unit))
            left -= amount * size
    if len(parts) > 1:
        return "".join(amount + unit for amount, unit in parts)
    only, unit = parts[0] if parts else ("0", "s")
    return f"{only} {'min' if unit == 'm' else unit}"


def share(text: str) -> float:
    """A share from 0 to 1, of `5%` or `0.05`; ValueError if not."""
    number, percent = text.strip(), False
    if number.endswith("%"):
        number, percent = number[:-1].strip(), True
    if not _NUMBER.fullmatch(number):
        raise ValueError(text)
    value = Decimal(number) / (100 if percent else 1)
    if value > 1:
        raise ValueError(text)
    return float(value)


def write_share(value: float) -> str:
    """In percent: `5 %`, `12.5 %`."""
    return f"{(Decimal(str(value)) * 100).normalize():f} %"
