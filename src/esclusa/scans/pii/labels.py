"""Labels: which words near a number say what it is. The nearest one decides.

In prose, in forms and keys (`homePhone`, `num_pasaporte`), in a question above its answer, at the head of a
column. A label of something else, as of an order, speaks for the one number that follows it.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from esclusa.scans.pii.heads import head
from esclusa.scans.pii.words import listed

OWN = ("noun", "verb")
_WORD = re.compile(r"[A-ZÁÉÍÓÚÑ]?[a-zñáéíóúü]+|[A-ZÁÉÍÓÚÑ]+")
"""Also each of several that are written together."""
_END = r"(?-i:(?![a-zñáéíóú]))"
_TIGHT = re.compile(r"[^,;\n?!|<>\"«“]{0,30}")
_LISTED = re.compile(r"[\W\d_]*(?:\b(?:and|or|y|e|o|n[oº°])\b[\W\d_]*){0,9}")
_NUMBER = r"(?:[ _-]?(?:numbers?|n[uú]m(?:ero)?|no|n[ºo°]|id|ref|code)\b\.?(?: (?:is|es|to|for)\b)?)?"
"""What belongs to a label of something else: `order number is`."""
_TURNS = re.compile(
    r"\b(?:on|at|to|al|(?:en|desde|por|di|pon\w*|usad?|use|figura|consta|aparece) el)\W{0,3}\Z", re.IGNORECASE
)
"""What leads to a number by itself: `the order can be talked about on 07...`."""
_FORM = re.compile(
    r"""\W{0,6}(?:(?:is|are|was|it'?s|es|son|era|el|la|n[uú]m(?:ero|\.)?|n[oº°]\.?|nro\.?|number|no\.?)?\W{0,4}){0,4}""",
    re.IGNORECASE,
)
"""What stands between a label and its number in a form."""


class Label(NamedTuple):
    """What the words before a number say that it is."""

    name: str = ""
    """Which of the lists the nearest word is in: `noun`, `verb`, `weak`, `other`; empty if there is none.

    `past` is one of something else that has its own number.
    """
    gap: str = ""
    """What stands between the word and the number."""

    @property
    def own(self) -> bool:
        """Whether it is of the kind that is looked for."""
        return self.name in OWN

    @property
    def direct(self) -> bool:
        """Whether it is the label of this very number, or of a list that this is in."""
        return _FORM.fullmatch(self.gap) is not None or _LISTED.fullmatch(self.gap) is not None


class Labels:
    """The words for one kind of number, and those for others."""

    def __init__(self, reach: int, **words: Iterable[str]) -> None:
        """`noun` names the kind, `verb` goes with it, `weak` may, and `other` does not.

        Each is a list of regular expressions without groups of their own; of two that begin at one place the
        list that is named first wins. `reach` is how far they may stand before a number, in characters.
        """
        self._reach = reach
        self._by_letter = {letter: _pattern(letter, words) for letter in "abcdefghijklmnñopqrstuvwxyz"}

    def of(self, text: str, start: int) -> Label:
        """Of the number that starts there: the head of its column, or else the nearest word before it."""
        above = [match.lastgroup or "" for match in self._backwards(head(text, start))]
        if above:
            return Label(next((name for name in above if name in OWN), above[0]), ": ")
        return self._nearest(text[max(0, start - self._reach - 30) : start])

    def behind(self, text: str, end: int, reach: int, names: tuple[str, ...] = OWN) -> bool:
        """Whether a word of those lists follows, in the same line."""
        rest = text[end : end + reach].partition("\n")[0]
        return any(match.lastgroup in names for match in self._backwards(rest))

    def _nearest(self, before: str) -> Label:
        """A label of something else counts if it is of this number, a weak one if there is no other."""
        weak = Label()
        for match in self._backwards(before):
            gap = before[match.end() :]
            if match.lastgroup == "weak":
                weak = Label("weak", gap)
            elif match.lastgroup == "other":
                if _of_this(gap):
                    return Label("other", gap)
                weak = weak if weak.name else Label("past", gap)
            elif len(gap) <= self._reach:
                return Label(match.lastgroup or "", gap)
        return weak

    def _backwards(self, text: str) -> Iterable[re.Match[str]]:
        """The words in a text, the last first; of two that overlap the longer, as `tax id` before `id`."""
        begins = [match.start() for match in _WORD.finditer(text)]
        while begins:
            match = self._at(text, begins.pop())
            if match is None:
                continue
            longer = [one for at in begins[-3:] if (one := self._at(text, at)) and one.end() >= match.end()]
            yield longer[0] if longer else match

    def _at(self, text: str, begin: int) -> re.Match[str] | None:
        pattern = self._by_letter.get(_plain(text[begin]))
        return pattern.match(text, begin) if pattern else None


def _plain(letter: str) -> str:
    return letter.lower().translate(_ACCENTS)


_ACCENTS = str.maketrans("áéíóúü", "aeiouu")


def _pattern(letter: str, words: dict[str, Iterable[str]]) -> re.Pattern[str] | None:
    """Those words that may begin with a letter."""
    lists = {name: [word for word in of if word[0] in (letter, "(", "[")] for name, of in words.items()}
    forms = "|".join(
        f"(?P<{name}>(?:{'|'.join(of)}){_END}{_NUMBER if name == 'other' else ''})"
        for name, of in lists.items()
        if of
    )
    return re.compile(forms, re.IGNORECASE) if forms else None


def _of_this(gap: str) -> bool:
    """Whether a label of something else, so far before a number, is of this number."""
    if _LISTED.fullmatch(gap):
        return "\n" not in gap
    return _TIGHT.fullmatch(gap) is not None and not re.search(r"\d", gap) and not _TURNS.search(gap)


OTHERS = listed("otherwise")
"""For numbers of what is nobody."""
