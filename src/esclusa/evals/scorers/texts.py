"""How texts are compared: what is ignored, and which part of `expected` counts."""

import string
import unicodedata
from collections.abc import Iterable
from typing import Any, Literal

from esclusa.evals.answer import NOTHING, walk
from esclusa.evals.question import Question

Ignored = Literal["case", "spaces", "punctuation", "accents"]
_NO_PUNCTUATION = {ord(sign): None for sign in string.punctuation + "¿¡…“”‘’«»–—"}


def normal(text: str, ignore: Iterable[Ignored]) -> str:
    """The text without what is ignored. Composition (NFC) and space at both ends never count."""
    ignored = set(ignore)
    if not text.isascii():
        text = unicodedata.normalize("NFD", text)
    if "case" in ignored:
        text = text.casefold()
    if "accents" in ignored and not text.isascii():
        parts = unicodedata.normalize("NFD", text)
        text = "".join(sign for sign in parts if not unicodedata.combining(sign))
    if "punctuation" in ignored:
        text = text.translate(_NO_PUNCTUATION)
    text = " ".join(text.split()) if "spaces" in ignored else text.strip()
    # Last, because what was taken out may have stood between a letter and its accent.
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def expectation(question: Question, part: str) -> Any:
    """What is expected, or the named part of it; NOTHING if the case does not say."""
    return question.expected if not part or question.expected is NOTHING else walk(question.expected, part)


def wanting(question: Question, part: str) -> str:
    """The problem of a case that lacks what `expectation` looks for; empty if it has it."""
    if expectation(question, part) is not NOTHING:
        return ""
    return f"needs `expected.{part}`" if part else "needs `expected`"


def short(value: Any) -> str:
    """A value as an explanation shows it."""
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:119]}…"


def expected_texts(question: Question, part: str) -> tuple[str, ...]:
    """The text that is expected, or the texts of which one is; none if it is anything else."""
    wanted = expectation(question, part)
    texts = wanted if isinstance(wanted, list) else [wanted]
    return tuple(texts) if all(isinstance(text, str) for text in texts) else ()


def wanting_texts(question: Question, part: str, longest: int) -> str:
    """The problem of a case that does not expect such a text, or texts, of so many characters at most."""
    texts = expected_texts(question, part)
    if not texts:
        return wanting(question, part) or "needs a text or a list of texts in `expected`"
    if any(len(text) > longest for text in texts):
        return f"needs texts of at most {longest:,} characters in `expected`"
    return ""
