"""What happens on a day that is none of birth: it is opened, signed, paid, or somebody marries."""

import re

from esclusa.scans.pii.words import any_of

_ON = r"(?:\W{1,3}(?:on|in|at|the|date|day|el|en|la|fecha|d[ií]a|de)\b){0,3}\W{0,3}\Z"
# What is `on the booking` is written there.
_WRITTEN = "".join(
    rf"(?<!{words} )"
    for words in (
        "on the",
        "on my",
        "on your",
        "in the",
        "in my",
        "en la",
        "en el",
        "en mi",
        r"\bde la",
        "de mi",
    )
)
_DONE = rf"(?!(?:{any_of('doers')})\b)"
_AT_ONCE = re.compile(
    rf"(?<![A-Za-z]){_WRITTEN}{_DONE}(?:{any_of('events')})[a-záéíóúñ]{{0,9}}(?:[ _]\w{{1,12}}){{0,1}}{_ON}"
)
_BEFORE = re.compile(rf"(?<![A-Za-z]){_DONE}(?:{any_of('events')})[^.;:!?\n]{{0,30}}\Z")


def happened(before: str, at_once: bool) -> bool:
    """Whether such a word stands before a day: right before it, or anywhere in the same sentence."""
    end = before[-50:]
    if re.search(r"[:=|\n]", end):
        end = end.lower()
    else:  # what has one capital is the name of a place
        end = re.sub("[A-ZÁÉÍÓÚÑ]{2,}", lambda word: word[0].lower(), end)
    return (_AT_ONCE if at_once else _BEFORE).search(end) is not None
