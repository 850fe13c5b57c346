"""Masking: what is secret does not reach a log, the journal or a report.

A secret is masked as it is and in the forms it takes on its way: each of its lines, each text inside it when
it is JSON, base64 (at any offset inside a longer text), percent-encoded and JSON-escaped. A part shorter than
MINIMUM characters is not masked: it would hide half of every log and protect nothing.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

import msgspec

from esclusa.core.secret import Secret
from esclusa.shell import CUT

MINIMUM = 4
MASK = "***"

T = TypeVar("T")


class Masker:
    """Replaces what is secret in lines and in values."""

    def __init__(self, secrets: Iterable[Secret], *, cut: str = CUT) -> None:
        """`cut` is what a shortened line ends with: there the beginning of a secret is masked too."""
        texts = {form for secret in secrets for form in _forms(secret.reveal())}
        longest_first = sorted(texts, key=lambda text: (-len(text), text))
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if texts else None
        self._texts = longest_first
        self._cut = cut

    def line(self, text: str) -> str:
        """The text with every secret replaced by `***`."""
        if self._pattern is None:
            return text
        masked = self._pattern.sub(MASK, text)
        if self._cut and masked.endswith(self._cut):
            return self._without_beginning(masked.removesuffix(self._cut)) + self._cut
        return masked

    def value(self, value: T) -> T:
        """The same noun with every text in it masked, keys too."""
        if self._pattern is None or not self._within(value):
            return value
        masked: T = msgspec.convert(self.plain(msgspec.to_builtins(value)), type(value))
        return masked

    def plain(self, value: Any) -> Any:
        """The same for dicts, lists and scalars: each leaf."""
        if isinstance(value, str):
            return self.line(value)
        if isinstance(value, Mapping):
            return {self.plain(key): self.plain(leaf) for key, leaf in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(leaf) for leaf in value]
        return value

    def _within(self, value: object) -> bool:
        assert self._pattern is not None
        return any(self._pattern.search(text) for text in _leaves(msgspec.to_builtins(value), keys=True))

    def _without_beginning(self, text: str) -> str:
        for length in range(min(len(text), max(map(len, self._texts))), 0, -1):
            ending = text[-length:]
            if any(form.startswith(ending) for form in self._texts):
                return text[:-length] + MASK
        return text


def _forms(secret: str) -> Iterator[str]:
    """All that a secret may look like."""
    for part in _parts(secret):
        for form in (part, *_escaped(part), *_encoded(part)):
            if len(form) >= MINIMUM:
                yield form


def _parts(secret: str) -> Iterator[str]:
    lines = (line.strip() for line in secret.splitlines())
    for part in (secret, secret.strip(), *lines, *_json_texts(secret)):
        if len(part) >= MINIMUM:
            yield part


def _json_texts(secret: str) -> Iterator[str]:
    """The texts inside a secret that is a JSON document, a service account's key for one."""
    try:
        document = json.loads(secret)
    except ValueError:
        return
    if isinstance(document, dict | list):
        for text in _leaves(document, keys=False):
            yield from (text, *text.splitlines())


def _escaped(text: str) -> Iterator[str]:
    for escaped in (quote(text, safe=""), quote(text), quote_plus(text)):
        yield escaped
        yield re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), escaped)
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]


def _encoded(text: str) -> Iterator[str]:
    """Base64, whole and as it looks when the secret begins at the first, second or third byte of a group."""
    data = text.encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(data).decode()
        yield whole
        yield whole.rstrip("=")
        for offset in range(3):
            code = encode(b"\0" * offset + data).decode()
            beginning = (0, 2, 3)[offset]
            ending = len(code) - (0, 3, 2)[(offset + len(data)) % 3]
            if ending - beginning >= 2 * MINIMUM:
                yield code[beginning:ending]


def _leaves(value: Any, *, keys: bool) -> Iterator[str]:
    """Every text in dicts and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        if keys:
            yield from (key for key in value if isinstance(key, str))
        for leaf in value.values():
            yield from _leaves(leaf, keys=keys)
    elif isinstance(value, list | tuple):
        for leaf in value:
            yield from _leaves(leaf, keys=keys)
