"""Foreign text: what agents, models, programs and commit messages said, made harmless where it is shown.

Nothing in it is ever markup: it cannot draw a link, mention a person, end a table or move a cursor.
"""

import re

from esclusa.core.text import harmless

_NOT_XML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")
_SPACE = re.compile(r"\s+")
_MARKUP = re.compile(r"[\\`*_{}\[\]<>|~&$#]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_FENCE = re.compile(r"`+")
_NO_MENTION = "@\u2060"
"""A word joiner after the sign: it looks the same, and is nobody's name."""


def plain(text: str) -> str:
    """The text without terminal sequences and characters that XML or a terminal cannot hold; lines end in a
    newline alone."""
    return _NOT_XML.sub("", harmless(text.replace("\r\n", "\n").replace("\r", "\n")))


def clipped(text: str, most: int) -> str:
    """At most so many characters; the middle is left out, and how much of it."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} ...({len(text) - 2 * half} characters left out)... {text[len(text) - half :]}"


def line(text: str, most: int = 2000) -> str:
    """One line of Markdown that shows the text as it is, in running text or a table."""
    flat = _SPACE.sub(" ", plain(clipped(text, most))).strip()
    return _MARKUP.sub(r"\\\g<0>", flat).replace("@", _NO_MENTION)


def code(text: str, most: int = 500) -> str:
    """A code span that shows the text as it is, in running text or a table."""
    flat = _SPACE.sub(" ", plain(clipped(text, most))).strip().replace("|", "\\|")
    if not flat:
        return ""
    ticks = "`" * (_longest_fence(flat) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def block(text: str) -> str:
    """A fenced block that shows the text as it is, line by line."""
    body = plain(text).rstrip("\n")
    fence = "`" * max(3, _longest_fence(body) + 1)
    return f"{fence}text\n{body}\n{fence}"


def _longest_fence(text: str) -> int:
    return max((len(run) for run in _FENCE.findall(text)), default=0)
