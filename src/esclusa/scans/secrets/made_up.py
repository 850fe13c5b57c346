"""Made-up passwords: what people write where a reader needs to see one, and nobody should use.

`p@ssw0rd1`, `mySecret`, `test123` are put together of a few words (`words.toml`), with letters written as
digits, and end in a count or a sign. With a year at the end, or a count and a sign, people choose real ones.
Whole values that standards and vendors have published are listed too.
"""

import re
from urllib.parse import unquote

from esclusa.scans.secrets.names import FILLERS, MADE_UP, PUBLISHED

LONGEST = 40
_ALIKE = str.maketrans("01345@$!", "oieasasi")
"""Signs that are written for letters."""
_COUNT = re.compile(r"(?:\d|12|123|1234|12345|42|[!@#$%^&*?+.]{1,2})?\Z")
_WORDS = re.compile(rf"(?:{'|'.join(sorted(FILLERS | MADE_UP, key=len, reverse=True))})+", re.IGNORECASE)
_MADE_UP = re.compile("|".join(sorted(MADE_UP)))
_PUBLISHED = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, sorted(PUBLISHED)))})(?![A-Za-z0-9])")


def is_made_up(value: str) -> bool:
    """Whether it is made of such words alone, with what people put behind them."""
    if len(value) > LONGEST:
        return False
    plain = unquote(value).lower()
    return any(_are_made_up(plain[: count.start()]) for count in _COUNT.finditer(plain))


def _are_made_up(letters: str) -> bool:
    plain = re.sub(r"[-_ ]", "", letters).translate(_ALIKE)
    return _WORDS.fullmatch(plain) is not None and _MADE_UP.search(plain) is not None


def is_published(value: str) -> bool:
    """Whether a standard or a vendor's page has it as its example, for everybody to copy."""
    return _PUBLISHED.search(value) is not None
