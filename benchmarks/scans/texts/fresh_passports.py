"""Passport numbers for the part `fresh`, by the country that issues them."""

from collections.abc import Callable, Mapping, Sequence

from benchmarks.scans.stream import Stream

Maker = Callable[[Stream], str]

_TEN = "0123456789"
_GERMAN = "CFGHJKLMNPRTVWXYZ0123456789"


def _lettered(prefixes: Sequence[str], digits: int) -> Maker:
    """Letters of a series and a number; sometimes with a space between."""

    def make(s: Stream) -> str:
        return s.pick(prefixes) + s.pick(("", "", "", " ")) + s.pick("123456789") + s.text(_TEN, digits - 1)

    return make


def _lower(make: Maker) -> Maker:
    return lambda s: make(s).lower()


def _gb(s: Stream) -> str:
    """Nine digits, since 1988."""
    number = s.pick(("1", "3", "5", "5", "7")) + s.text(_TEN, 8)
    return s.pick((number, number, number, number, f"{number[:3]} {number[3:6]} {number[6:]}"))


def _us(s: Stream) -> str:
    """Nine digits, and since 2021 a letter and eight."""
    return s.pick((s.pick("456") + s.text(_TEN, 8), s.pick("AA") + s.text(_TEN, 8)))


def _ca(s: Stream) -> str:
    return s.pick(
        (
            f"{s.pick('AGHJK')}{s.pick('ABCDEFGJKLMPR')}{s.digits(6)}",
            f"{s.pick('AP')}{s.digits(6)}{s.text('ABCDEFGHJKLMNPR', 2)}",
        )
    )


def _eu(s: Stream) -> str:
    """Germany, France, Italy, Poland, Portugal, the Netherlands."""
    forms = (
        *(
            f"C{s.text(_GERMAN, 2)}{s.digits(3)}{s.text(_GERMAN, 2)}{s.between(1, 9)}",
            f"{s.between(14, 25)}{s.text('ACDEFHKP', 2)}{s.digits(5)}",
        ),
        *(
            f"Y{s.pick('ABC')}{s.digits(7)}",
            f"E{s.pick('ABCDEFGHJKLM')}{s.digits(7)}",
            f"C{s.pick('ABCDEF')}{s.digits(6)}",
        ),
        f"N{s.text('BCDFGHJKLNPRST', 2)}{s.digits(5)}{s.between(1, 9)}",
    )
    return s.pick(forms)


def _es(s: Stream) -> str:
    """Three letters and six digits."""
    series = s.pick(("PA", "XD", "AA", "BC", "PB")) + s.pick("ABCDEFGHJ")
    return series + s.pick(("", "", "", " ", "-")) + s.digits(6)


def _ar(s: Stream) -> str:
    return f"AA{s.pick('BCDEFGH')}{s.pick(('', '', ' '))}{s.digits(6)}"


def _pe(s: Stream) -> str:
    """Electronic since 2016, nine digits; seven before that."""
    return s.pick(
        (f"1{s.pick(('16', '17', '18', '19', '20', '21', '22', '23'))}{s.text(_TEN, 6)}",) * 3
        + (s.pick("567") + s.text(_TEN, 6),)
    )


_irish = _lettered(("PA", "PB", "PC", "PD", "PE", "PK", "PT", "LR", "LT"), 7)
_indian = _lettered("JKLMNPRSTUVWZ", 7)
_australian = _lettered(("N", "N", "E", "PA", "PB", "PE", "RA"), 7)
_mexican = _lettered(("G", "G", "N", "L"), 8)
_colombian = _lettered(("AN", "AO", "AP", "AQ", "AR", "AS", "AT", "AV", "AX", "BA"), 6)

FRESH_PASSPORTS: Mapping[str, Maker] = {
    "pp_gb": _gb,
    "pp_us": _us,
    "pp_ie": _irish,
    "pp_ie_chat": _lower(_irish),
    "pp_in": _indian,
    "pp_in_chat": _lower(_indian),
    "pp_au": _australian,
    "pp_ca": _ca,
    "pp_nz": _lettered(("LA", "LF", "LH", "LL", "LM", "RA"), 6),
    "pp_eu": _eu,
    "pp_es": _es,
    "pp_es_chat": _lower(_es),
    "pp_mx": _mexican,
    "pp_ar": _ar,
    "pp_co": _colombian,
    "pp_co_chat": _lower(_colombian),
    "pp_cl": _lettered(("F", "P"), 8),
    "pp_pe": _pe,
}
"""By slot."""
