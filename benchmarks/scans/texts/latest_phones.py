"""Telephone numbers for the part `latest`, as people of several countries write their own."""

from collections.abc import Callable, Mapping

from benchmarks.scans.stream import Stream
from benchmarks.scans.texts.entities import groups

Maker = Callable[[Stream], str]

_TEN = "0123456789"
_TOWNS = (
    *(("113", "23", 7), ("114", "23", 7), ("117", "39", 7), ("20", "378", 8), ("1904", "4567", 6)),
    *(("1273", "3456", 6), ("1482", "3456", 6)),
)
"""British area codes, what a number there begins with, and how long it is without the code."""
_AREAS = "215 248 267 314 347 360 408 469 480 510 602 614 678 713 718 773 813 901 917 972"


def _gb(s: Stream) -> str:
    mobile = s.pick(
        ("7400", "7521", "7599", "7702", "7745", "7803", "7866", "7903", "7951", "7984")
    ) + s.digits(6)
    area, first, size = s.pick(_TOWNS)
    line = s.pick(first) + s.text(_TEN, size - 1)
    spaced = groups(line, size - 4) if size > 6 else line
    forms = (
        *(f"0{groups(mobile, 4)}", f"0{mobile}", f"0{mobile}", f"0{groups(mobile, 4, 3)}", f"+44{mobile}"),
        *(
            f"+44 {groups(mobile, 4)}",
            f"0{groups(mobile, 3, 3)}",
            f"0{groups(mobile, 4, 2, 2)}",
            f"44{mobile}",
        ),
        *(
            f"0{area} {spaced}",
            f"0{area} {spaced}",
            f"0{area}{line}",
            f"+44 (0){area} {spaced}",
            f"0{area}-{line}",
        ),
    )
    return s.pick(forms)


def _ie(s: Stream) -> str:
    mobile, dublin = s.pick(("83", "85", "86", "87", "89")) + s.digits(7), s.pick("4568") + s.text(_TEN, 6)
    forms = (
        *(f"0{groups(mobile, 2, 3)}", f"0{mobile}", f"+353 {groups(mobile, 2, 3)}", f"+353{mobile}"),
        *(f"0{groups(mobile, 2, 7, by='-')}", f"01 {groups(dublin, 3)}", f"(01) {groups(dublin, 3)}"),
    )
    return s.pick(forms)


def _us(s: Stream) -> str:
    area = s.pick(_AREAS.split())
    exchange, line = s.pick("2346789") + s.pick("02345678") + s.pick(_TEN), f"{s.between(1000, 9999)}"
    forms = (
        *(f"({area}) {exchange}-{line}", f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}"),
        *(f"{area}-{exchange}-{line}", f"{area}{exchange}{line}", f"+1{area}{exchange}{line}"),
        *(f"{area}.{exchange}.{line}", f"+1 {area}-{exchange}-{line}", f"({area}){exchange}-{line}"),
        *(f"1 {area} {exchange} {line}", f"{area} {exchange} {line}"),
    )
    return s.pick(forms)


def _es(s: Stream) -> str:
    mobile = s.pick(("60", "61", "62", "63", "64", "65", "66", "67", "69", "71", "72")) + s.text(_TEN, 7)
    fixed = (
        s.pick(("914", "932", "954", "976", "983", "948", "968", "981"))
        + s.text("23456789", 1)
        + s.text(_TEN, 5)
    )
    pairs = groups(mobile, 3, 2, 2)
    threes = groups(mobile, 3, 3)
    forms = (
        *(
            mobile,
            mobile,
            mobile,
            pairs,
            pairs,
            threes,
            threes,
            f"+34 {threes}",
            f"+34{mobile}",
            f"34{mobile}",
        ),
        *(
            f"+34 {mobile}",
            f"0034{mobile}",
            pairs.replace(" ", "-"),
            threes.replace(" ", "."),
            groups(mobile, 1, 2, 2, 2),
        ),
        *(
            fixed,
            groups(fixed, 3, 2, 2),
            groups(fixed, 3, 3),
            groups(fixed, 2, 3, 2),
            f"+34 {groups(fixed, 3, 2, 2)}",
        ),
    )
    return s.pick(forms)


def _abroad(s: Stream) -> str:
    forms = (
        *(
            f"+33 6 {groups(s.digits(8), 2, 2, 2)}",
            f"+351 91{groups(s.digits(7), 1, 3)}",
            f"+49 151 {s.digits(8)}",
        ),
        *(
            f"+39 34{groups(s.digits(8), 1, 3)}",
            f"+52 55 {groups(s.digits(8), 4)}",
            f"+57 30{groups(s.digits(8), 1, 3)}",
        ),
        *(f"+31 6 {s.digits(8)}", f"+48 60{groups(s.digits(7), 1, 3)}"),
    )
    return s.pick(forms)


LATEST_PHONES: Mapping[str, Maker] = {
    "tel_gb": _gb,
    "tel_ie": _ie,
    "tel_us": _us,
    "tel_es": _es,
    "tel_abroad": _abroad,
}
"""By slot."""
