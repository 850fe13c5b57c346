"""How plates of vehicles are written, by country."""

import re

from esclusa.scans.pii.words import any_of

_GAP = "[ -]?"
_SPAIN = rf"\d{{4}}{_GAP}[BCDFGHJ-NPR-TV-Z]{{3}}"
_BRITAIN = rf"(?i:[A-Z]{{2}}\d\d{_GAP}[A-Z]{{3}})|[A-Z]{{2}}[ -]\d\d[ -][A-Z]{{3}}"
_OLD_BRITAIN = (
    rf"[A-HJ-NPR-TV-Y]\d{{2,3}}{_GAP}[A-HJ-PR-Z]{{3}}|[A-HJ-PR-Z]{{3}}{_GAP}\d{{2,3}}[A-HJ-NPR-TV-Y]"
    rf"|[A-Z](?:[A-HJ-NPR-Y]Z|I[ABGJLW]|[JOUX]I){_GAP}\d{{1,4}}"  # the last of Northern Ireland
)
_PROVINCE = f"(?:{any_of('provinces')})"
_SERVICE = "(?:PGC|PME|CNP|CME|DGP|MMA|ET|EA|FN|MF|CD|CC|TA|TT|OI|[CEHPRSTV])"
_OLD_SPAIN = (
    rf"{_PROVINCE}{_GAP}\d{{4}}{_GAP}[A-Z]{{1,2}}|(?i:{_PROVINCE}-?\d{{4}}-?[A-Z]{{1,2}})"
    rf"|{_PROVINCE}-\d{{3}}\.\d{{3}}|(?i:[A-Z](?<=[ABCGHILMNOPSTVZ])[ABEFGHILMORSUV] \d{{4}} [A-Z]{{1,2}})"
    rf"|(?:CD|CC)-\d{{2,3}}-\d{{2,3}}|{_SERVICE}{_GAP}\d{{4,5}}{_GAP}[A-Z]{{1,3}}"
)
PROVINCIAL = re.compile(rf"{_PROVINCE}{_GAP}\d{{4}}{_GAP}[A-Z]{{1,2}}")
"""With the province, as in Spain until 2000."""
_COUNTY = "(?:[CDGLSTW]|C[ENW]|DL|K[EKY]|L[DHKMS]|M[HNO]|OY|RN|SO|T[NS]|W[DHXW])"
_EUROPE = "|".join(
    (
        rf"\d{{2,3}}{_GAP}{_COUNTY}{_GAP}\d{{3,6}}|\d{{2,3}}[ -]{_COUNTY}[ -]\d{{1,6}}",  # Ireland
        r"[A-HJ-NP-TV-Z]{2}[ -]?\d{3}[ -]?[A-HJ-NP-TV-Z]{2}",  # France, Italy, Argentina
        r"\d-[A-Z]{3}-\d{3}",  # Belgium
        r"(?:[A-Z]{1,3}-\d{2,3}-[A-Z]{1,2}|\d{1,2}-[A-Z]{2,3}-\d{1,2}|[A-Z]{2}-[A-Z]{2}-\d\d|\d\d-\d\d-[A-Z]{2}"
        r"|[A-Z]{2}-\d\d-\d\d)",  # the Netherlands, Portugal, Chile
        r"[A-ZÄÖÜ]{1,3}-[A-Z]{1,2}[ -]?\d{1,4}[EH]?",  # Germany
    )
)
_AMERICA = (
    r"\d[A-Z]{3} ?\d{3}|[A-Z]{3}-\d{4}"
    r"|[A-Z]{3}-\d\d-\d\d|[A-Z]{3}-\d{3}-[A-Z]|[A-Z]{2}-\d\d-\d{3}|[A-Z]\d\d-[A-Z]{3}"  # Mexico
    r"|[BCDFGHJKLPRSTVWXYZ]{4}[.-]\d\d|[A-Z]\d[A-Z]-\d{3}|[A-Z]\d{3}[A-Z]{3}"  # Chile, Peru, motorbikes
)
_STATE = f"(?:{any_of('states')})"
_INDIA = rf"{_STATE}{_GAP}\d{{1,2}}{_GAP}[A-Z](?:\ ?[A-Z]){{0,2}}{_GAP}\d{{4}}"
_IRELAND = rf"(?:1[3-9]|2\d)[12]-{_COUNTY}-\d{{1,6}}"
_OTHERS = (
    r"(?:\d{1,5}[ -]?[A-Z]{1,3}|[A-Z]{1,4}[ -]?\d{1,6}|[A-ZÄÖÜ]{1,3}[ -][A-Z]{1,2}[ -]?\d)"
    r"(?:[ -]?[A-Z0-9]{1,6}){0,2}"
)
_SMALL = (
    r"[a-z] \d{2,3} [a-z]{3}|[a-z]{1,3}-?\d{1,4}-?[a-z]{1,3}|\d{1,4}[a-z]{1,3}\d{0,4}|[a-z]{2,3}[ -]?\d{3,6}"
    r"|\d [a-z]{3} \d{3}|\d?[a-z]{2,3} [a-z]\d\d|\d{3}[ -][a-z]{3}|[a-z]{2} \d{4} [a-z]{1,2}|[a-z]{4}-?\d\d"
    r"|[a-z]{2}[ -]?\d{1,2}[ -]?[a-z]{1,3}[ -]?\d{4}"
)
_QUICKLY = r"\d{1,5}[ -]?(?:[A-Za-z]|\d\d-)|[A-Za-zÄÖÜ]{1,4}(?:[ -][A-Za-z]{1,2})?[ .-]?\d"
"""How each begins, so that most words are passed at once."""
FORM = re.compile(
    rf"(?<!\w)(?={_QUICKLY})(?<!\w[.,/@#-])(?:(?P<spain>(?i:{_SPAIN}))|(?P<alone>(?i:{_INDIA}|{_IRELAND}))"
    rf"|(?P<britain>{_BRITAIN})"
    rf"|(?P<sure>[A-HJ-NP-TV-Y] ?\d{{1,3}} [A-HJ-PR-Z]{{3}}|{_OLD_SPAIN}"
    rf"|(?i:{_OLD_BRITAIN}|{_EUROPE}|{_AMERICA}))"
    rf"|(?P<any>{_OTHERS}|{_SMALL}))"
    r"(?![\w/%€$£°]|-\w|[.,]\d|\.(?:com|net|org|es|mx|ar|co|cl|pe|pdf|jpe?g|png|csv)\b)"
)
"""Its groups: `spain`, `britain` (of today), `alone` told wherever they stand, `sure` beside a vehicle, and
what can be `any` thing."""
WORLD = re.compile(
    rf"{_OLD_BRITAIN}|{_EUROPE}|{_AMERICA}|{_INDIA}"
    r"|[A-Z]{3}[ -]?\d{3,4}|\d{3}[ -]?[A-Z]{3}|[A-Z]{3}[ -][A-Z]\d\d|\d[A-Z]{2}[ -][A-Z]\d\d"
    r"|[A-Z]{2}[ -]?\d{5}|[A-Z]{2}[ -]?\d{3}[ -]?[A-Z]{2}|[A-Z]{2}-\d{4}"
    r"|[A-Z]\d\d[ -][A-Z]{3}|[A-Z]{4}-?\d\d|[A-Z]{3}[ -]?\d\d[A-Z]"
    r"|\d[A-Z]{2}[ -]?\d[A-Z]{2}|\d[A-Z]{3}[ -]?\d{3}"
    rf"|[A-Z]{{1,3}}[ -][A-Z]{{1,2}}[ -]\d{{1,4}}|{_PROVINCE}-?\d{{5,6}}|[A-Z]\d[A-Z]-?\d{{3}}"
)
"""Forms that plates have somewhere, beside what is surely of a vehicle."""
_MODEL = re.compile(
    r"(?:TDI|CDI|SUV|GTI|HDI|TSI|DCI|AMG|JTD|TFS|GTD|GTE|HYB|DSG|CRD|RST|MPV|LWB|SWB|LED|CSL|XLT|XLS|LTZ|SLT|XSE|SRT"
    r"|TRD|LTD|STX|AND|THE|FOR)\Z|\A\d+X\d+\Z"
)
_LONGEST = {"alone": 11, "sure": 10}
_AGES = ((1, 26), (51, 76))
"""What the two digits of British plates come to."""


def shaped(kind: str | None, plain: str) -> bool:
    """Whether letters and digits of that kind can be a plate's: neither alone, and no model's name."""
    if not 5 <= len(plain) <= _LONGEST.get(kind or "", 9):
        return False
    if kind in ("spain", "britain", "alone"):
        return True
    like_spain = len(plain) == 7 and plain[:4].isdigit() and plain[4:].isalpha()
    return not (like_spain or plain.isdigit() or plain.isalpha() or _MODEL.search(plain))


def of_an_age(plain: str) -> bool:
    """Whether a British plate can have been given out: its letters and its half of a year."""
    given = any(first <= int(plain[2:4]) <= last for first, last in _AGES)
    return given and not re.search("[IQ]", plain) and plain[:1] != "Z"
