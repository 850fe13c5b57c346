"""Registration plates for the part `latest`, as owners, garages and car parks write them."""

from collections.abc import Callable, Mapping

from benchmarks.scans.stream import Stream

Maker = Callable[[Stream], str]

_SPANISH = "BCDFGHJKLMNPRSTVWXYZ"
_LATIN = "ABCDEFGHJKLMNPRSTUVWXYZ"
_COUNTIES = "D D D C C G KE KK KY L LH LK LS MH MN MO OY RN SO T TS W WD WH WW WX CE CN CW DL"
_PROVINCES = "M M B B V SE MA Z BI GR CO PM TF VA NA SS A AL AB BA CA CC CR CS GI GC GU HU J LE LO LU"


def _cased(s: Stream, plate: str) -> str:
    """In capitals, and now and then not."""
    return s.pick((plate, plate, plate, plate.lower()))


def _gb(s: Stream) -> str:
    """The current format, from 2001."""
    area, age = s.text("ABCDEFGHKLMNOPRSVWY", 2), f"{s.pick((*range(2, 27), *range(51, 77))):02}"
    by = s.pick((" ", " ", " ", " ", "", "", "", "-"))
    return _cased(s, f"{area}{age}{by}{s.text(_LATIN, 3)}")


def _gb_old(s: Stream) -> str:
    """A letter for the year before (1983 to 2001) or after (1963 to 1983)."""
    number, letters = str(s.between(1, 999)), s.text(_LATIN, 3)
    year = s.pick("ABCDEFGHJKLMNPRSTVWXY")
    by = s.pick((" ", " ", ""))
    return _cased(s, s.pick((f"{year}{number}{by}{letters}",) * 2 + (f"{letters}{by}{number}{year}",)))


def _ni(s: Stream) -> str:
    """Northern Ireland: three letters with an I or a Z, and a number."""
    letters = s.pick("ABCDEFGHJKLMNOPRSTUVWXY") + s.pick(
        ("IA", "IB", "AZ", "EZ", "HZ", "KZ", "UI", "IJ", "GZ")
    )
    return _cased(s, f"{letters}{s.pick((' ', ' ', ''))}{s.between(10, 9999)}")


def _ie(s: Stream) -> str:
    """Ireland: year (from 2013 with the half of it), county, number."""
    year = s.pick(
        (f"{s.between(13, 26)}{s.pick('12')}", f"{s.between(13, 26)}{s.pick('12')}", f"{s.between(0, 12):02}")
    )
    by = s.pick(("-", "-", "-", " ", ""))
    return _cased(s, by.join((year, s.pick(_COUNTIES.split()), str(s.between(12, 48_999)))))


def _us(s: Stream) -> str:
    """Of the states with the most cars, in the order of letters and digits that each uses."""
    three, letters = s.text("0123456789", 3), s.text(_LATIN, 3)
    four = s.digits(4)
    forms = (
        *(f"{s.between(5, 9)}{letters}{three}", f"{s.between(5, 9)}{letters}{three}"),
        *(f"{letters}-{four}", f"{letters}-{four}", f"{letters} {four}", f"{letters}{four}"),
        *(
            f"{letters} {s.pick(_LATIN)}{s.digits(2)}",
            f"{s.between(1, 9)}{s.text(_LATIN, 2)} {s.pick('ABCDEFG')}{s.digits(2)}",
        ),
        *(f"{s.text(_LATIN, 2)} {s.digits(5)}", f"{three} {letters}", f"{three}-{letters}"),
    )
    return _cased(s, s.pick(forms))


def _eu(s: Stream) -> str:
    """France, Italy, Germany, the Netherlands, Belgium, Portugal, Poland."""
    two, other = s.text("ABCDEFGHJKLMNPRSTVWXYZ", 2), s.text("BDFGHJKLNPRSTVXZ", 2)
    three, pair = s.digits(3), s.digits(2)
    town = s.pick(("M", "B", "HH", "K", "F", "S", "KA", "HD", "MZ", "DO"))
    forms = (
        *(
            f"{two}-{three}-{other}",
            f"{two}-{three}-{other}",
            f"{two} {three} {other}",
            f"{two}{three}{other}",
        ),
        *(f"{town}-{other} {s.between(10, 9999)}", f"{town} {other} {s.between(10, 9999)}"),
        *(
            f"{other}-{three}-{two[0]}",
            f"{s.between(1, 2)}-{s.text(_LATIN, 3)}-{three}",
            f"{two}-{pair}-{other}",
        ),
        f"W{other[0]} {s.digits(5)}",
    )
    return s.pick(forms)


def _es(s: Stream) -> str:
    """The current format, from 2000: four digits, three consonants."""
    number, letters = f"{s.below(10_000):04}", s.pick("BCDFGHJKLMN") + s.text(_SPANISH, 2)
    by = s.pick((" ", " ", " ", " ", "", "", "", "-", "-"))
    return _cased(s, f"{number}{by}{letters}")


def _es_province(s: Stream) -> str:
    """Until 2000, by province; until 1971 without letters at the end."""
    province, by = s.pick(_PROVINCES.split()), s.pick(("-", "-", "-", " ", ""))
    ending = s.text("ABCDFGHJKLMNPSTUVWXYZ", s.pick((1, 2, 2, 2)))
    if s.below(8) == 0:
        return f"{province}-{s.between(100_000, 699_999)}"
    return _cased(s, f"{province}{by}{s.between(1000, 9999)}{by}{ending}")


def _es_special(s: Stream) -> str:
    """Mopeds, trailers, tractors, old-timers and temporary plates; the Guardia Civil; diplomats."""
    by, letters = s.pick((" ", "-", "")), s.pick("BCDFG") + s.text(_SPANISH, 2)
    number = f"{s.below(10_000):04}"
    forms = (
        *(by.join((sign, number, letters)) for sign in ("C", "C", "C", "R", "R", "E", "H", "P")),
        by.join(("PGC", number, s.pick("BCDFGH"))),
        by.join(("CD", s.digits(3), s.text("0123456789", 3))),
    )
    return s.pick(forms)


LATEST_PLATES: Mapping[str, Maker] = {
    "reg_gb": _gb,
    "reg_gb_old": _gb_old,
    "reg_ni": _ni,
    "reg_ie": _ie,
    "reg_us": _us,
    "reg_eu": _eu,
    "reg_es": _es,
    "reg_es_province": _es_province,
    "reg_es_special": _es_special,
}
"""By slot."""
