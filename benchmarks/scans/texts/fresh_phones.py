"""Telephone numbers for the part `fresh`, of eleven countries."""

from collections.abc import Callable, Mapping

from benchmarks.scans.stream import Stream
from benchmarks.scans.texts.entities import groups

Maker = Callable[[Stream], str]


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(" ".join(lines).split())


_TEN = "0123456789"


def _gb(s: Stream) -> str:
    mobile = s.pick(
        ("7411", "7429", "7526", "7557", "7713", "7739", "7788", "7825", "7876", "7919", "7972")
    ) + s.digits(6)
    area, line = s.pick((("121", "4"), ("151", "7"), ("117", "9"), ("141", "3"), ("161", "8")))
    line += s.digits(6)
    forms = (
        *(
            f"0{groups(mobile, 4)}",
            f"0{groups(mobile, 4, 3)}",
            f"0{mobile}",
            f"+44 {groups(mobile, 4)}",
            f"+44{mobile}",
        ),
        *(f"0{area} {groups(line, 3)}", f"0{area}{line}", f"+44 (0) {area} {groups(line, 3)}"),
    )
    return s.pick(forms)


def _ie(s: Stream) -> str:
    mobile = s.pick(("83", "85", "86", "87", "89")) + s.digits(7)
    return s.pick(
        (f"0{groups(mobile, 2, 3)}", f"0{mobile}", f"0{groups(mobile, 2, 7)}", f"+353 {groups(mobile, 2, 3)}")
    )


def _us(s: Stream) -> str:
    area = s.pick(_words("201 214 310 323 404 425 443 503 571 585 612 629 703 716 801 832 858 919 925 978"))
    exchange, line = s.pick("2346789") + s.pick("23467890") + s.pick("23456789"), s.digits(4)
    forms = (
        *(
            f"({area}) {exchange}-{line}",
            f"{area}-{exchange}-{line}",
            f"{area}.{exchange}.{line}",
            f"{area} {exchange} {line}",
        ),
        *(
            f"+1 {area}-{exchange}-{line}",
            f"+1{area}{exchange}{line}",
            f"1-{area}-{exchange}-{line}",
            f"{area}{exchange}{line}",
        ),
    )
    return s.pick(forms)


def _in(s: Stream) -> str:
    number = s.pick(("98", "99", "97", "90", "88", "70", "81", "96")) + s.digits(8)
    return s.pick(
        (f"+91 {groups(number, 5)}", f"+91-{number}", f"+91{number}", groups(number, 5), number, f"0{number}")
    )


def _au(s: Stream) -> str:
    mobile, line = "4" + s.pick("0123") + s.digits(7), s.pick("89") + s.digits(7)
    area = s.pick("23")
    return s.pick(
        (
            f"0{groups(mobile, 3, 3)}",
            f"0{mobile}",
            f"+61 {groups(mobile, 3, 3)}",
            f"+61{mobile}",
            f"(0{area}) {groups(line, 4)}",
        )
    )


def _es(s: Stream) -> str:
    mobile = s.pick(("60", "61", "62", "63", "64", "65", "66", "67", "68", "69", "71")) + s.digits(7)
    fixed = s.pick(("915", "934", "952", "961", "985", "942", "971")) + s.digits(6)
    forms = (
        *(
            mobile,
            mobile,
            groups(mobile, 3, 3),
            groups(mobile, 3, 2, 2),
            f"+34 {groups(mobile, 3, 3)}",
            f"+34{mobile}",
        ),
        *(groups(mobile, 3, 3, by="."), groups(fixed, 3, 3), groups(fixed, 3, 2, 2), f"0034 {fixed}"),
    )
    return s.pick(forms)


def _mx(s: Stream) -> str:
    area = s.pick(("55", "33", "81"))
    line = s.pick("1234578") + s.digits(7)
    return s.pick(
        (
            f"{area} {groups(line, 4)}",
            f"+52 {area} {groups(line, 4)}",
            f"{area}{line}",
            f"+52{area}{line}",
            f"({area}) {groups(line, 4, by='-')}",
        )
    )


def _ar(s: Stream) -> str:
    line = s.pick("3456") + s.digits(7)
    return s.pick(
        (
            f"11 {groups(line, 4, by='-')}",
            f"+54 9 11 {groups(line, 4, by='-')}",
            f"+54911{line}",
            f"(011) 15-{groups(line, 4, by='-')}",
            f"11{line}",
        )
    )


def _co(s: Stream) -> str:
    mobile = s.pick(("300", "301", "310", "311", "312", "313", "315", "316", "320", "321")) + s.digits(7)
    return s.pick(
        (groups(mobile, 3, 3), mobile, f"+57 {groups(mobile, 3, 3)}", f"+57{mobile}", groups(mobile, 3, 3, 2))
    )


def _cl(s: Stream) -> str:
    mobile = s.pick("4567") + s.digits(7)
    return s.pick((f"+56 9 {groups(mobile, 4)}", f"+569{mobile}", f"9 {groups(mobile, 4)}", f"9{mobile}"))


def _pe(s: Stream) -> str:
    mobile = "9" + s.pick("3456789") + s.digits(7)
    return s.pick((groups(mobile, 3, 3), mobile, f"+51 {groups(mobile, 3, 3)}", f"+51{mobile}"))


FRESH_PHONES: Mapping[str, Maker] = {
    "fone_gb": _gb,
    "fone_ie": _ie,
    "fone_us": _us,
    "fone_in": _in,
    "fone_au": _au,
    "fone_es": _es,
    "fone_mx": _mx,
    "fone_ar": _ar,
    "fone_co": _co,
    "fone_cl": _cl,
    "fone_pe": _pe,
}
"""By slot."""
