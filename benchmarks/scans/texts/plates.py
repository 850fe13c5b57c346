"""Plates of vehicles as their owners write them, by country."""

from collections.abc import Callable, Mapping, Sequence

from benchmarks.scans.stream import Stream

Maker = Callable[[Stream], str]
_SPACED = (" ", " ", " ", "")
_DASHED = ("-", "-", "-", " ", "")
_EITHER = (" ", " ", "", "", "-")
_NUMBERS = "0123456789"
_BRITISH = "ABCDEFGHJKLMNOPRSTUVWXY"
_SPANISH = "BCDFGHJKLMNPRSTVWXYZ"
_LATIN = "ABCDEFGHJKLMNPRSTVWXYZ"
_PROVINCES = (
    "A AB AL AV B BA BI BU C CA CC CO CR CS CU GC GE GI GR GU H HU J L LE LO LU M MA MU NA O OR OU P PM PO "
    "S SA SE SG SO SS T TE TF TO V VA VI Z ZA"
)
_COUNTIES = "C CE CN CW D DL G KE KK KY L LD LH LK LM LS MH MN MO OY RN SO T W WH WX WW"


def _written(s: Stream, signs: Sequence[str], *parts: str) -> str:
    """With one of the signs between its parts, and in small letters as on a telephone."""
    text = s.pick(signs).join(parts)
    return text.lower() if s.below(5) == 0 else text


def _british(s: Stream) -> str:
    age = s.pick((*range(2, 27), *range(51, 77)))
    return _written(s, _SPACED, f"{s.text(_BRITISH, 2)}{age:02}", s.text(_BRITISH, 3))


def _british_old(s: Stream) -> str:
    """With the letter of its year first or last, or from Northern Ireland."""
    letters, number = s.text(_BRITISH, 3), str(s.between(1, 999))
    northern = s.pick(("AEZ", "BFZ", "DRZ", "GUI", "JIG", "KKZ", "OIL", "SEZ", "YHZ"))
    return s.pick(
        (
            _written(s, _SPACED, f"{s.pick('ABCDEFGHJKLMNPRSTVWXY')}{number}", letters),
            _written(s, _SPACED, letters, f"{number}{s.pick('ABCDEFGHJKLMNPRSTVWXY')}"),
            _written(s, _SPACED, northern, str(s.between(100, 9999))),
        )
    )


def _irish(s: Stream) -> str:
    year = s.pick(
        ("97", "00", "04", "08", "10", "12", "131", "142", "161", "172", "191", "202", "231", "252")
    )
    return _written(s, _DASHED, year, s.pick(_COUNTIES.split()), str(s.between(100, 9999)))


def _american(s: Stream) -> str:
    letters, three = s.text(_LATIN, 3), s.text(_NUMBERS, 3)
    return s.pick(
        (
            _written(s, ("", "", " "), s.pick("6789"), letters, three),
            _written(s, _DASHED, letters, s.digits(4)),
            _written(s, _SPACED, letters, s.digits(4)),
            _written(s, _DASHED, f"{s.pick(_LATIN)}{s.digits(2)}", letters),
            _written(s, _SPACED, letters, f"{s.pick(_LATIN)}{s.text(_NUMBERS, 2)}"),
            _written(s, _SPACED, s.text(_LATIN, 2), s.digits(5)),
        )
    )


def _european(s: Stream) -> str:
    """Of Germany, France, Italy, the Netherlands, Portugal, Poland and Belgium."""
    two, other, three = s.text(_LATIN, 2), s.text(_LATIN, 2), s.text(_LATIN, 3)
    town = s.pick(("B", "M", "K", "HH", "S", "F", "HD", "KA", "DD", "LEV", "MTK"))
    return s.pick(
        (
            f"{town}-{two} {s.between(10, 9999)}",
            _written(s, _DASHED, town, two, str(s.between(10, 9999))),
            _written(s, _DASHED, two, s.text(_NUMBERS, 3), other),
            _written(s, _SPACED, two, s.text(_NUMBERS, 3), other),
            _written(s, _DASHED, s.pick(_LATIN), s.text(_NUMBERS, 3), two),
            _written(s, _DASHED, s.text(_NUMBERS, 2), two, s.text(_NUMBERS, 2)),
            _written(s, _SPACED, s.pick(("WA", "KR", "GD", "PO", "DW")), s.digits(5)),
            _written(s, _DASHED, s.pick("12"), three, s.text(_NUMBERS, 3)),
        )
    )


def _spanish(s: Stream) -> str:
    return _written(s, _EITHER, f"{s.below(10_000):04}", s.pick("BCDFGHJKLMN") + s.text(_SPANISH, 2))


def _provincial(s: Stream) -> str:
    """As until 2000: with one or two letters at the end, and before 1971 with none."""
    province, number = s.pick(_PROVINCES.split()), f"{s.below(10_000):04}"
    ending = s.text("ABCDFGHJKLMNPSTUVWXYZ", 2)
    lettered = _written(s, _DASHED, province, number, ending)
    return s.pick(
        (
            *(lettered, lettered, lettered, lettered),
            _written(s, _DASHED, province, number, s.pick("ABCDFGHJKLMN")),
            _written(s, _DASHED, province, s.digits(6)),
            f"{province}-{s.digits(3)}.{s.digits(3)}",
        )
    )


def _moped(s: Stream) -> str:
    return _written(s, _EITHER, "C", f"{s.below(10_000):04}", s.pick("BCDFG") + s.text(_SPANISH, 2))


PLATES: Mapping[str, Maker] = {
    "plate_gb": _british,
    "plate_gb_old": _british_old,
    "plate_ie": _irish,
    "plate_american": _american,
    "plate_eu": _european,
    "plate_spanish": _spanish,
    "plate_provincial": _provincial,
    "plate_moped": _moped,
}
"""By slot."""
