"""Digits in their place in a text: what stands right before and behind them, without a word for them."""

import re
from typing import NamedTuple

from esclusa.scans.pii.entity import bare

_BEHIND = re.compile(
    r"""[\w@%_] | -[^\W\d_] | \.[A-Za-z]{2,4}\b | :\d | ,\d\d(?!\d) | \s?[€$£]
      | \s(?:euros?|eur|usd|gbp|pesos?|dollars?|pounds?|bytes?|rows?|filas?|views?|visitas|units?|unidades|
          people|habitantes|items?|k?wh|km|mm|kg|followers|seguidores|downloads|descargas|votes?|votos|
          counted|ms|times|veces|calls|llamadas)\b""",
    re.VERBOSE | re.IGNORECASE,
)
"""What makes a number a part of something longer, or an amount."""
_EXTENSION = re.compile(r"\s?(?:x|ext)\.?\s?\d", re.IGNORECASE)
_THOUSANDS = re.compile(r",\d{3}(?!\d)")
_DECIMAL = re.compile(r"\d\.\d")
_LEADS = re.compile(r"(?:\b(?:al|el)|\b(?:on|at))\s\Z", re.IGNORECASE)
"""What a number in prose follows that has no other label."""
_COMMA = re.compile(r"[^\s\d],\s\Z")
_NAME = re.compile(r"\n(?:[A-ZÁÉÍÓÚÑ][\w.]+ ?){1,3}\W{0,3}\Z")
"""Of who signs, in the same line."""
_MAIL = re.compile(r"@[\w.-]+\W+(?:\w{1,3}\W+){0,4}\Z")


class Place(NamedTuple):
    """Digits, as they are written, from `start` to `end`."""

    text: str
    start: int
    end: int
    written: str
    digits: str

    @classmethod
    def at(cls, text: str, start: int, end: int) -> "Place":
        """What stands there."""
        written = text[start:end]
        return cls(text, start, end, written, bare(written))

    @property
    def is_of_something_longer(self) -> bool:
        """Whether it is a part of a word, a time, an amount."""
        before, rest = self._before(2), self.text[self.end : self.end + 12]
        if before[-1:].isalnum() or before[-1:] in ("_", "$", "€", "£", "@", "\\"):
            return True
        if _DECIMAL.match(self.written) or re.fullmatch(r"\d:", before):
            return True
        if len(self.digits) < 9 and (re.fullmatch(r"\d,", before) or _THOUSANDS.match(rest)):
            return True
        return _BEHIND.match(rest) is not None and _EXTENSION.match(rest) is None

    @property
    def is_glued(self) -> bool:
        """Whether a sign before it ties it to what stands there, as in a path or a coordinate."""
        before = self._before(2)
        return len(before) == 2 and before[1] in "/#.-&" and not before[0].isspace()

    @property
    def stands_alone(self) -> bool:
        """Whether it is a line of its own or with a name, as below a letter, or follows an e-mail address."""
        if self.text[self.end : self.end + 1] in ("", "\n", "\r"):
            before = self._before(60)
            if before[-1:] in ("", "\n") or _NAME.search(before):
                return True
        return _MAIL.search(self._before(60)) is not None

    @property
    def is_led_to(self) -> bool:
        """Whether it stands as a telephone number does in prose: on 07..., al 6..."""
        return _LEADS.search(self._before(8)) is not None

    @property
    def follows_a_comma(self) -> bool:
        """Whether it comes after a word and a comma, as in `table for two, Ochoa, 6...`."""
        return _COMMA.search(self._before(3)) is not None

    def _before(self, reach: int) -> str:
        return self.text[max(0, self.start - reach) : self.start]
