"""Number plates for the part `fresh`, of countries of both languages and of guests."""

from collections.abc import Callable, Mapping

from benchmarks.scans.stream import Stream

Maker = Callable[[Stream], str]


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(" ".join(lines).split())


_TEN = "0123456789"
_NO_I_Q = "ABCDEFGHJKLMNOPRSTUVWXYZ"
_NO_I_O_Q = "ABCDEFGHJKLMNPRSTUVWXYZ"
_ALL = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CONSONANTS = "BCDFGHJKLMNPRSTVWXYZ"
_COLOMBIAN = "BCDEFGHJKLMNPRSTUVWXYZ"
_CHILEAN = "BCDFGHJKLPRSTVWXYZ"
_COUNTIES = _words("C CE CN CW D DL G KE KK KY L LD LH LM LS MH MN MO OY RN SO T W WH WW WX")
_INDIAN = _words("MH KA DL TN GJ UP HR WB KL TS AP RJ PB MP")
_PROVINCES = _words(
    "A AB AL AV B BA BI BU C CA CC CO CR CS GI GR H HU J L LE LO LU M MA MU NA O OU P PM PO S SA SE SG"
)


def _gb(s: Stream) -> tuple[str, str]:
    area = s.pick("ABCDEFGHKLMNOPRSVWY") + s.text("ABCDEFGHJKLMNOPRSTUVWXY", 2)[:1]
    return f"{area}{s.pick((*range(3, 27), *range(53, 76))):02}", s.text(_NO_I_Q, 3)


def _current(s: Stream) -> str:
    return s.pick((" ", " ", " ", "", "")).join(_gb(s))


def _current_chat(s: Stream) -> str:
    return s.pick((" ", "", "")).join(_gb(s)).lower()


def _prefix(s: Stream) -> str:
    """Before September 2001: a letter for the year in front."""
    return (
        f"{s.pick('ABCDEFGHJKLMNPRSTVWXY')}{s.between(1, 999)}{s.pick((' ', ' ', ''))}{s.text(_NO_I_O_Q, 3)}"
    )


def _northern_irish(s: Stream) -> str:
    letters = s.pick("ABCDEFGHJKLMNOPRSTUVWX") + s.pick(
        ("IG", "IL", "JZ", "KZ", "FZ", "NZ", "UI", "XI", "LZ", "EZ")
    )
    return f"{letters}{s.pick((' ', ' ', ''))}{s.between(1000, 9999)}"


def _irish(s: Stream) -> str:
    year = f"{s.between(13, 26)}{s.pick('12')}" if s.below(4) else f"{s.between(2, 12):02}"
    return s.pick(("-", "-", "-", " ", "")).join((year, s.pick(_COUNTIES), str(s.between(101, 39_999))))


def _american(s: Stream) -> str:
    """Of states between California and Massachusetts, in the order of letters and digits of each."""
    letters, three, four = s.text(_NO_I_O_Q, 3), s.text(_TEN, 3), s.digits(4)
    forms = (
        *(f"{s.between(6, 9)}{letters}{three}", f"{letters}-{four}", f"{letters} {four}", f"{letters}{four}"),
        *(f"{s.text(_NO_I_O_Q, 2)} {s.digits(5)}", f"{letters} {s.pick(_NO_I_O_Q)}{s.digits(2)}"),
        *(
            f"{s.between(1, 9)}{letters} {s.digits(2)}",
            f"{s.pick('ABCDEFGHJKLMNPRSTUVWX')}{s.digits(2)}-{letters}",
        ),
        *(f"{three}-{letters}", f"{letters}-{s.pick('ABCDEF')}{s.digits(2)}"),
    )
    return s.pick(forms)


def _australian(s: Stream) -> str:
    """New South Wales, Victoria, Queensland, Western and South Australia, the capital."""
    three = s.text(_NO_I_O_Q, 3)
    forms = (
        *(
            f"{s.pick('BCDEF')}{three[:2]}{s.digits(2)}{three[2]}",
            f"{s.pick('BCDEF')}{three[:2]}-{s.digits(2)}{three[2]}",
        ),
        *(
            f"{s.between(1, 2)}{three[:2]}{s.between(1, 9)}{s.text(_NO_I_O_Q, 2)}",
            f"{s.digits(3)} {three[:2]}{s.between(2, 9)}",
        ),
        *(f"1{s.pick('EFGHI')}{three[:2]} {s.digits(3)}", f"S{s.digits(3)} {s.pick('ABCD')}{three[:2]}"),
        *(f"{s.digits(3)}-{s.pick('RSTUVWXYZ')}{three[:2]}", f"Y{three[:2]} {s.digits(2)}{three[2]}"),
    )
    return s.pick(forms)


def _indian(s: Stream) -> str:
    """State, office, series, number; from 2021 also one series for all of India."""
    if s.below(8) == 0:
        return f"{s.between(21, 26)} BH {s.digits(4)} {s.text('ABCDEFGHJKLMNPRSTUVWXYZ', 2)}"
    pieces = (s.pick(_INDIAN), f"{s.between(1, 60):02}", s.text("ABCDEFGHJKLMNPQRSTUVWXYZ", 2), s.digits(4))
    return s.pick((" ", " ", "-", "", "")).join(pieces)


def _canadian(s: Stream) -> str:
    """Ontario, British Columbia, Quebec."""
    letters = s.text(_NO_I_O_Q, 3)
    return s.pick(
        (
            f"C{letters} {s.text(_TEN, 3)}",
            f"{letters[:2]}{s.between(1, 9)} {s.digits(2)}{letters[2]}",
            f"{letters[0]}{s.digits(2)} {letters[1:]}B",
        )
    )


def _continental(s: Stream) -> str:
    """France, Germany, Italy, Portugal, Poland, the Netherlands."""
    two, other = s.text("ABCDEFGHJKLMNPRSTVWXYZ", 2), s.text("BDFGHJKLNPRSTVXZ", 2)
    forms = (
        *(
            f"{two}-{s.digits(3)}-{other}",
            f"{two} {s.digits(3)} {other}",
            f"{s.pick('FG')}{other[0]} {s.digits(3)} {other}",
        ),
        *(
            f"{s.pick(('B', 'M', 'HH', 'KA', 'S', 'DA'))}-{other} {s.between(100, 9999)}",
            f"A{two[0]}-{s.digits(2)}-{other}",
        ),
        *(
            f"{s.digits(2)}-{other}-{s.digits(2)}",
            f"{s.pick(('WA', 'KR', 'GD', 'PO'))} {s.digits(5)}",
            f"{s.pick('GHJKLNPRSTX')}-{s.digits(3)}-{other}",
        ),
    )
    return s.pick(forms)


def _spanish(s: Stream) -> tuple[str, str]:
    return f"{s.below(10_000):04}", s.pick("BCDFGHJKLMN") + s.text(_CONSONANTS, 2)


def _spain(s: Stream) -> str:
    return s.pick((" ", " ", " ", "-", "", "")).join(_spanish(s))


def _spain_chat(s: Stream) -> str:
    return s.pick((" ", "", "")).join(_spanish(s)).lower()


def _spain_old(s: Stream) -> str:
    """With the province, until September 2000."""
    letters = s.pick("ABCDFGHJKLMNPSTUVWXYZ") + s.pick(("", *"BCDFGHJKLMNPSTUVWXYZ"))
    return s.pick(("-", "-", " ")).join((s.pick(_PROVINCES), f"{s.between(1, 9999):04}", letters))


def _spain_moped(s: Stream) -> str:
    return s.pick((" ", "-", "")).join(("C", *_spanish(s)))


def _spain_trailer(s: Stream) -> str:
    return s.pick((" ", "-", "")).join(("R", *_spanish(s)))


def _mexican(s: Stream) -> str:
    letters = s.text("ABCDEFGHJKLMNPRSTUVWXYZ", 3)
    forms = (
        *(f"{letters}-{s.digits(3)}-{s.pick('ABCDEFGH')}", f"{letters}-{s.digits(3)}-{s.pick('ABCDEFGH')}"),
        *(f"{letters}-{s.digits(2)}-{s.digits(2)}", f"{s.pick('ABCDEFGHJKLMNPR')}{s.digits(2)}-{letters}"),
        f"{letters}{s.digits(3)}{s.pick('ABCDEFGH')}",
    )
    return s.pick(forms)


def _argentine(s: Stream) -> str:
    """From 2016 as in the whole Mercosur, before that three letters and three digits."""
    new = (f"A{s.pick('ABCDEFGH')}", s.text(_TEN, 3), s.text(_ALL, 2))
    old = (s.pick("FGHJKLMNOP") + s.text(_ALL, 2), s.digits(3))
    return s.pick((" ", " ", "", "-")).join(s.pick((new, new, old)))


def _colombian(s: Stream) -> str:
    return s.pick((" ", "-", "")).join((s.text(_COLOMBIAN, 3), s.digits(3)))


def _colombian_motorcycle(s: Stream) -> str:
    return s.pick((" ", "-", "")).join((s.text(_COLOMBIAN, 3), s.digits(2) + s.pick("ABCDEFG")))


def _chilean(s: Stream) -> str:
    """From 2007 four letters and two digits, before that two and four."""
    letters, old = s.text(_CHILEAN, 4), s.pick("BCDFGHKLNPRSTUVXYZ") + s.pick("ABCDFGHJKLPRSTVWXYZ")
    forms = (
        *(f"{letters}{s.digits(2)}", f"{letters}-{s.digits(2)}", f"{letters} {s.digits(2)}"),
        *(f"{letters[:2]}-{letters[2:]}-{s.digits(2)}", f"{old}-{s.digits(4)}", f"{old} {s.digits(4)}"),
    )
    return s.pick(forms)


def _peruvian(s: Stream) -> str:
    first = s.pick("ABCDFTVXZM")
    return s.pick(
        (
            f"{first}{s.text(_NO_I_O_Q, 2)}-{s.digits(3)}",
            f"{first}{s.between(1, 9)}{s.pick(_NO_I_O_Q)}-{s.digits(3)}",
            f"{first}{s.between(1, 9)}{s.pick(_NO_I_O_Q)}{s.digits(3)}",
        )
    )


FRESH_PLATES: Mapping[str, Maker] = {
    "vrm_gb": _current,
    "vrm_gb_chat": _current_chat,
    "vrm_gb_prefix": _prefix,
    "vrm_ni": _northern_irish,
    "vrm_ie": _irish,
    "vrm_us": _american,
    "vrm_au": _australian,
    "vrm_in": _indian,
    "vrm_ca": _canadian,
    "vrm_eu": _continental,
    "mat_es": _spain,
    "mat_es_chat": _spain_chat,
    "mat_es_old": _spain_old,
    "mat_es_moped": _spain_moped,
    "mat_es_trailer": _spain_trailer,
    "mat_mx": _mexican,
    "mat_ar": _argentine,
    "mat_co": _colombian,
    "mat_co_moto": _colombian_motorcycle,
    "mat_cl": _chilean,
    "mat_pe": _peruvian,
}
"""By slot, which begins with the language of the sentence around it; `vrm_eu` stands in both."""
