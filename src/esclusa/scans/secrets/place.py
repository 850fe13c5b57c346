"""A place: where nothing but a secret can stand, whatever it looks like."""

import re
from collections.abc import Callable
from typing import NamedTuple


class Place(NamedTuple):
    """One kind of place: what is looked for first, then how it looks, then what the value must be."""

    id: str
    what: str
    first: bytes
    pattern: re.Pattern[bytes]
    good: Callable[[str], bool]
    back: int = 0
    """Bytes before what is looked for first at which the pattern may begin."""
    far: int = 500
    """Bytes behind it at which it may end."""
