"""What is born, or has a birthday, and is nobody: firms, ideas, films and animals."""

import re

from esclusa.scans.pii.entity import small
from esclusa.scans.pii.words import any_of

_THING = small(
    rf"(?<!of )(?<!de )(?<!of the )(?<!of our )(?<!de la )(?<!del )(?:{any_of('things')})(?:['’]s)?"
    r"(?: (?:for|of|behind|de|del|para) (?:(?:the|la|el|los|las|our|nuestr[oa]|a|una?) )?\w{3,15}"
    r"| for \w{3,15} \w{3,15})?"
    r"(?:,? (?:was|is|were|has|had|have|been|first|actually|really|que|se|(?:de|of) \w{1,12})){0,3},? ?\Z"
)
_OWNED = small(
    rf"(?:{any_of('owned')}) (?!(?:\w{{2,12}} )?(?:{any_of('persons')}|{any_of('beings')})\b)"
    r"(?:\w{3,15} ){1,2}(?:was |were |que |se )?\Z"
)
_BEHIND = small(
    r" (?:(?:of|de|to|a) )?(?:del|la|el|los|las|una?|nuestr[oa]s?|su|est[ea]|the|our|an?|this) "
    rf"(?:{any_of('things')})\b(?!\n)"
)
_SHED = small(
    r"\W{1,2}(?:in|en|at) (?:an?|una?|the|el|la) (?:\w{3,12} )?"
    r"(?:garage|garaje|kitchen|cocina|workshop|taller|basement|s[oó]tano|shed|dorm\w*|hackathon|loft|desv[aá]n|laborator\w+|lab)\b"
)
"""Where firms and ideas come from."""
_INITIAL = re.compile(
    rf"(?:\A|[\n(\[,;|:] ?|[A-ZÁÉÍÓÚÑ][\w'’-]+ [A-ZÁÉÍÓÚÑ][\w'’-]+ |\b(?:{any_of('persons')}) )\Z"
)
"""What stands before the letter that is short for a word of birth."""
_TITLE = re.compile(r"(?:\b(?:Is|Are)|\b(?:the|la|el|los) [A-Z]{2,4} (?:was|nació)?) ?\Z")
_OWN = small(r"(?:nac[ií]|nasi|naciste|nacimos)\Z")


def nobody(text: str, label: re.Match[str]) -> bool:
    """Whether the word, of the kind that its group says, is said of no person."""
    kind, word = label.lastgroup, label[0]
    before = text[max(0, label.start() - 50) : label.start()]
    if kind != "ages":
        if len(word) == 2 and not word.isalpha():
            return _INITIAL.search(before[-30:]) is None
        if _TITLE.search(before) or _BEHIND.match(text[label.end() : label.end() + 40].lower()):
            return True
    if kind not in ("born", "ages") or _OWN.match(word):
        return False
    if kind == "born" and _SHED.match(text[label.end() : label.end() + 40].lower()):
        return True
    lower = before.lower()
    return bool(_THING.search(lower) or _OWNED.search(lower))
