"""A hit as a finding: the line with the value masked, and a fingerprint that gives nothing away.

A digest of a secret is not harmless: a phone number or a weak password is found from it by trying. So the
fingerprint is one of the place (rule, file, the masked line, which of several alike) with eight bits of the
value behind it: enough that in 255 of 256 cases another value in an accepted place is a new finding, and
too few to guess by.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator

from esclusa.core.evidence import Finding, Place
from esclusa.core.text import harmless
from esclusa.scans.detector import Hit
from esclusa.scans.spans import Apart, Span, merged

MASK = "•••"
AROUND = 60
"""Characters of the line that are shown on either side of the value."""
_LONGEST = 4096
"""Bytes of the line that are looked at on either side."""
_BEFORE = re.compile(rb"[A-Za-z0-9_+/-]*\Z")
_BEHIND = re.compile(rb"""[^\s"'`<>(),;]*""")


def findings(hits: Iterable[Hit], metric: str) -> Iterator[tuple[Hit, Finding]]:
    """The findings of one piece's hits, in the order of the file; what one rule says twice is said once.

    A value of which a rule caught only a part is masked up to where its word ends, on every line shown.
    """
    ordered = [hit for _, hit in sorted({(hit.start, hit.end, hit.rule): hit for hit in hits}.items())]
    spans = Apart(merged(_whole(hit) for hit in ordered))
    alike: dict[tuple[str, str], int] = {}
    line, counted = 1, 0
    for hit in ordered:
        line += hit.piece.data.count(b"\n", counted, hit.start)
        counted = hit.start
        before, behind = _line(hit, spans)
        key = (hit.rule, before + MASK + behind)
        alike[key] = alike.get(key, 0) + 1
        yield hit, _finding(hit, line, before, behind, alike[key], metric)


def _finding(hit: Hit, line: int, before: str, behind: str, which: int, metric: str) -> Finding:
    piece = hit.piece
    return Finding(
        rule=hit.rule,
        message=hit.message,
        severity=hit.severity,
        confidence=hit.confidence,
        place=Place(file=piece.name, line=piece.line or line, commit=piece.commit),
        excerpt=_excerpt(before, behind),
        fingerprint=_fingerprint(hit, before + MASK + behind, which),
        mend=hit.mend,
        metric="" if hit.advisory else metric,
    )


def _fingerprint(hit: Hit, line: str, which: int) -> str:
    place = hashlib.sha256("\0".join((hit.rule, hit.piece.name, line, str(which))).encode()).hexdigest()
    value = hit.piece.data[hit.start : hit.end]
    return f"{place[:16]}-{hashlib.sha256(place.encode() + value).hexdigest()[:2]}"


def _excerpt(before: str, behind: str) -> str:
    left = f"…{before[-AROUND:]}" if len(before) > AROUND else before
    right = f"{behind[:AROUND]}…" if len(behind) > AROUND else behind
    return f"{left}{MASK}{right}".strip()


def _line(hit: Hit, spans: Apart) -> tuple[str, str]:
    """What stands on the line before the value and behind it, with all other values masked."""
    data = hit.piece.data
    [(start, end)] = spans.within(hit.start, hit.start + 1) or [(hit.start, hit.end)]
    first = max(0, start - _LONGEST)
    first = max(first, data.rfind(b"\n", first, start) + 1)
    last = data.find(b"\n", end, end + _LONGEST)
    last = min(len(data), end + _LONGEST) if last < 0 else last
    return _masked(data, first, start, spans), _masked(data, end, last, spans)


def _masked(data: bytes, first: int, last: int, spans: Apart) -> str:
    parts, at = [], first
    for start, end in spans.within(first, last):
        parts += [data[at : max(start, at)].decode(errors="replace"), MASK]
        at = min(end, last)
    return harmless("".join((*parts, data[at:last].decode(errors="replace"))))


def _whole(hit: Hit) -> Span:
    """The value, and what belongs to the same word on either side."""
    data = hit.piece.data
    before = _BEFORE.search(data, max(0, hit.start - _LONGEST), hit.start)
    behind = _BEHIND.match(data, hit.end, min(len(data), hit.end + _LONGEST))
    return (before.start() if before else hit.start, behind.end() if behind else hit.end)
