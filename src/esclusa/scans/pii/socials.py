"""Social security numbers of the United States: written with hyphens, or beside a word for them."""

import re

from esclusa.scans.pii import numbers
from esclusa.scans.pii.entity import Entity, bare, formed
from esclusa.scans.pii.labels import OTHERS, Labels
from esclusa.scans.pii.words import listed

_S = r"(?:\ ?[-‐‑–.]\ ?|[ \u00a0_]{1,2}|)"
_LABELS = Labels(
    100,
    weak=("cards?", "forms?"),
    noun=listed("social"),
    other=(*OTHERS, *listed("phone"), *listed("passport")),
)


def _is_social(match: re.Match[str]) -> bool:
    if not numbers.ssn(bare(match[0])) or len({match[1], match[2]}) > 1:
        return False
    text, (start, end) = match.string, match.span()
    label = _LABELS.of(text, start)
    hyphened = re.fullmatch(r"[-‐‑–]", match[1]) is not None
    if hyphened:
        return label.name != "other" or not label.direct
    return label.own or (label.name != "other" and _LABELS.behind(text, end, 30))


SOCIALS = (
    Entity(
        "ssn",
        "a social security number of the United States",
        formed(re.compile(rf"(?<![\w./-])\d{{3}}({_S})\d\d({_S})\d{{4}}(?![\w-]|\.\d)"), _is_social),
    ),
)
