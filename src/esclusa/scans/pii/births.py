"""Dates of birth: days of which the words around them, the head of their column or a name say whose they are.

A day alone is nobody's. A word such as `born` takes the day behind it, where nothing else is said to have
happened then; a birthday takes less, and the name of a person takes one in brackets.
"""

import re

from esclusa.scans.pii.asides import of_persons
from esclusa.scans.pii.between import an_example, leads, of_another
from esclusa.scans.pii.columns import below
from esclusa.scans.pii.dates import DATE, FIRST, GROWN, PACKED, YEARLESS, dates, year
from esclusa.scans.pii.entity import Entity, Spans, lowered, small
from esclusa.scans.pii.events import happened
from esclusa.scans.pii.nobody import nobody
from esclusa.scans.pii.words import HINTS, any_of

LAST = 2030
"""The last year of any birth."""
_LABEL = small(
    rf"(?P<birth>{any_of('birth')})|(?P<born>{any_of('born')})|(?P<ages>{any_of('ages')})"
    rf"|(?P<birthday>{any_of('birthday')})"
)
_SAYS = re.compile(
    r"\W{0,4}(?:(?:mi|my|su|is|was|es|era|fue|as|como|that'?s|when|que es|cuando|by|down as|ese|that|this"
    r"|into|in|en|for|your|tu)\b[\s,]{0,2}|[-–=(]\ ?)(?:\w{1,9}[\s']{1,2}){0,4}"
    r"|[^.;\n\d]{0,45}\b(?:that'?s|that is|this is|es[aeo] es|est[aeo] es) \w{2,5} (?:\w{1,9} )?",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"[^:={}|\n]{0,40}|\s{0,3}\n[-*• ]{0,3}\w[\w ]{0,25}[:,–-]{0,2} ?"
    r"|,? (?:and|y|e) (?:(?:la|el|los) )?(?:de )?[^\W\d]{1,15}(?:['’]s)?"
    r"(?: (?:is|was|es|fue|on|el|in|born|naci[oó])){0,3} "
    rf"|[,;]? ?(?:and |y |e )?(?:del? |de la )?(?:{any_of('persons')})(?:['’]s)?(?: ?\w{{1,2}})?: ?",
    re.IGNORECASE,
)
_OF_YEAR = re.compile(r"[ ,./-]{1,3}(?:(?:of|del?) )?\d{4}\b")
_OF_NONE = re.compile(r"\W{1,3}(?:de (?:la|los|su)\b|del\b|of (?:the|our|its)\b)")
_VERSION = re.compile(r"\d{1,2}\.\d{1,2}\.\d{1,2}")
_ANSWERED = re.compile(rf"[\"'](?:{any_of('answered')})(?:_\w{{1,10}})?[\"']\s?[:=]\s?[\"']", re.IGNORECASE)
_CODED = re.compile(r"[|/-]((?:19|20)\d{6}|\d\d[A-Z]{3}\d\d)[|/-](?:MI?|FI?|X|U)\b")
"""Between the fields and before the sex, in messages of hospitals and airlines."""
_FAR = {"birth": 150, "born": 150, "ages": 30, "birthday": 80}
_CLOSE, _LISTED, _BEFORE, _LONGEST = 45, 16, 60, 60
_TURNS = re.compile("turn|cumpl|har|will|ll ")
_WRITTEN = (2000, 2028)
"""When texts were written."""


def _spans(text: str) -> Spans:
    yield from _told(text)
    yield from of_persons(text)
    yield from (found.span(1) for found in _CODED.finditer(text))


def _told(text: str) -> Spans:
    """Days that a word tells."""
    lower = lowered(text)
    if not any(map(lower.__contains__, HINTS)):
        return
    labels = list(_LABEL.finditer(lower))
    table = tabled = 0
    for label, end in zip(labels, [*(label.start() for label in labels[1:]), len(text)], strict=False):
        if label.start() < table:
            continue
        column = below(text, *label.span()) if label.start() >= tabled else None
        tabled = column.end if column else tabled
        held = [held for cell in column.cells if (held := _held(text, *cell))] if column else []
        if column and held:
            table = column.end
            yield from held
            continue
        behind = list(_behind(text, label, end))
        yield from behind or _ahead(text, label)
    if any(label.lastgroup in ("birth", "born") for label in labels):
        yield from _answers(text, labels[0].end())


def _answers(text: str, at: int) -> Spans:
    """Days that are all of an answer, behind a question about birth."""
    for key in _ANSWERED.finditer(text, at):
        date = DATE.match(text, key.end())
        if date and text[date.end() : date.end() + 1] in ('"', "'"):
            yield date.span()


def _held(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The day that a cell holds, which has a time behind it, or a comma in it that is no separator."""
    if end - start >= _LONGEST:
        return None
    date = PACKED.fullmatch(text, start, end) or DATE.match(text, start)
    whole = date and (date.end() >= end or text[date.end()] == "T")
    return date.span() if date and whole else None


def _behind(text: str, label: re.Match[str], end: int) -> Spans:
    """Days behind the word, up to the next."""
    kind = label.lastgroup or ""
    if nobody(text, label):
        return
    before = text[max(0, label.start() - 25) : label.start()].lower()
    at, last = label.end(), min(end, label.end() + _FAR[kind])
    first = close = True
    over = False
    for date in dates(text, at, min(len(text), last + _LONGEST)):
        between = text[at : date.start()]
        if date.start() >= last or not (first or _NEXT.fullmatch(between)):
            break
        at = date.end()
        close = close and len(between) <= (_CLOSE if first else _LISTED)
        of = year(date[0])
        over = (over and len(between) <= _LISTED) or of_another(between, kind, of)
        first = False
        if over or not _may_be(date[0], kind, close) or not _is_its_own(kind, date[0], before, between):
            continue
        if kind != "ages" or (_adds_up(label[0], date[0]) and not _OF_NONE.match(text, at)):
            yield date.span()
    if first and kind in ("birth", "born"):
        yield from _bare(text, label.end(), last)


def _may_be(date: str, kind: str, close: bool) -> bool:
    """Whether somebody can have been born then, as far as the word is trusted."""
    limit = LAST if kind == "ages" or (close and kind != "birthday") else GROWN + 5 * close
    return FIRST <= year(date) <= limit


def _is_its_own(kind: str, date: str, before: str, between: str) -> bool:
    """Whether the day is the word's: a late one, which most are not, has to follow plainly.

    So has what may be the number of a version.
    """
    doubtful = not 1940 <= year(date) < 2000 if _VERSION.fullmatch(date) else year(date) > GROWN
    if kind == "birth" and doubtful and not leads(between):
        return False
    return kind not in ("birth", "birthday") or not an_example(before, between)


def _adds_up(label: str, date: str) -> bool:
    """Whether who was born then is as old as the word says, if it says that of the day itself."""
    age = re.search(r"\d+", label)
    if age is None or _TURNS.match(label):
        return True
    return _WRITTEN[0] <= year(date) + int(age[0]) <= _WRITTEN[1]


def _bare(text: str, start: int, last: int) -> Spans:
    """A day in digits alone, or without its year, right behind the word."""
    for form, reach in ((PACKED, 8), (YEARLESS, 25)):
        found = form.search(text, start, min(len(text), start + reach + 30))
        if found is None or found.start() > min(start + reach, last):
            continue
        between = text[start : found.start()]
        if _OF_YEAR.match(text, found.end()):
            continue
        if "\n" not in between and not happened(between, False):
            yield found.span()
            return


def _ahead(text: str, label: re.Match[str]) -> Spans:
    """A day before the word, of which it is said what it is."""
    if label.lastgroup == "ages" or len(label[0]) == 2:
        return
    start = max(0, label.start() - _BEFORE)
    before = [*dates(text, start, label.start()), *PACKED.finditer(text, start, label.start())]
    for date in before[-1:]:
        says = _SAYS.fullmatch(text, date.end(), label.start())
        if label.lastgroup == "born":
            says = says or _THEN.fullmatch(text, date.end(), label.start())
        if says and FIRST <= year(date[0]) <= GROWN + 5:
            yield date.span()


_THEN = re.compile(
    r",? (?:(?:i|he|she|we|yo|él|ella|my \w{2,12}|mi \w{2,12}|our \w{2,12}) )?(?:was |were )?", re.IGNORECASE
)

BIRTHS = (Entity("birth_date", "a date of birth", _spans, confidence="medium"),)
