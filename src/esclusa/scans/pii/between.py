"""What stands between a word for birth and a day, and whether the day is the word's own."""

import re

from esclusa.scans.pii.events import happened
from esclusa.scans.pii.words import any_of

_BLANK = re.compile(
    r"\b(?:null|none|nil|unknown|not (?:given|known|stated)|optional|required|desconocid[oa]|no consta"
    r"|opcional|obligatori[oa]|n/a|missing|blank|empty|vac[ií][oa])\b|\A\W{0,2}date\b(?!\W{0,2}[(:=])"
    r"|[^\S\n][<>]=?\s|\b(?:film|movie|pel[ií]cula|single|album|song|novel|zoo|litter|camada)\b"
    r"|(?:\b[dm]\.|[†✝]) ?\Z",
    re.IGNORECASE,
)
"""That the word has no day of its own, or another follows."""
_SENTENCE = re.compile(r"[a-záéíóúñ]{4}[.;!] (?=[^.;!?\n]*\Z)")
_WORD = rf"(?:{any_of('answers')})(?![a-z:])|[a-z]{{1,12}}:"
# No text is of these words in two ways, so that none takes long.
_ANSWER = re.compile(rf"[\W_]*(?:(?:{_WORD})[\W_]*)*", re.IGNORECASE)
_LEADS = re.compile(
    rf"[\W_]*(?:(?:{_WORD}|(?:{any_of('persons')})(?:['’]?s)?(?![a-z:])|(?-i:[A-Z][a-zñáéíóú]+)(?![a-z:])"
    r"|\d{1,2}(?!\d))[\W_]*)*",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(
    r"\b(?:e\.?g\b|p\. ?ej|for example|example:|ejemplo|such as|like|así:|format)", re.IGNORECASE
)
_FOR = re.compile(r"\b(?:example|ejemplo|formato?)\b")
_YEAR = re.compile(r"(?<![\d./-])(?:19|20)\d\d(?![\d./-])")


def of_another(between: str, kind: str, year: int) -> bool:
    """Whether it says that the day, of that year, is of something else, or that there is none."""
    if happened(between, True) or (kind != "birth" and happened(between, False)) or _BLANK.search(between):
        return True
    if kind != "birth" and any(
        int(other[0]) != year for other in _YEAR.finditer(between, between.rfind("?") + 1)
    ):
        return True
    ended = _SENTENCE.search(between)
    return ended is not None and _ANSWER.fullmatch(between, ended.end()) is None


def leads(between: str) -> bool:
    """Whether it is but what leads from the word to its day: `is`, `of my son:`, a name."""
    return _LEADS.fullmatch(between[-60:]) is not None


def an_example(before: str, between: str) -> bool:
    """Whether the day only shows how to write one; `before` stands before the word, in small letters."""
    return bool(_EXAMPLE.search(between) or _FOR.search(before))
