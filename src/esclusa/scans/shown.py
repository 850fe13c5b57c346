"""Names that are not ours, as they are shown: of any bytes, and nothing that a terminal or JSON minds."""

import os


def shown(name: bytes | str) -> str:
    r"""The name with all that is not printable as an escape: `caf\xe9.txt`, `a\nb`. Two names stay two."""
    raw = os.fsencode(name) if isinstance(name, str) else name
    text = raw.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def size(count: int) -> str:
    """A number of bytes in words: `64 MiB`."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count} bytes"
