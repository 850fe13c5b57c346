"""One half of the texts: templates filled until there are enough, none twice."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scans.halves import HALVES, SEED
from benchmarks.scans.stream import Stream
from benchmarks.scans.texts.births import BIRTHS
from benchmarks.scans.texts.entities import SLOTS
from benchmarks.scans.texts.fillers import FILLERS
from benchmarks.scans.texts.fresh_births import FRESH_BIRTHS
from benchmarks.scans.texts.fresh_fillers import FRESH_FILLERS
from benchmarks.scans.texts.fresh_passports import FRESH_PASSPORTS
from benchmarks.scans.texts.fresh_phones import FRESH_PHONES
from benchmarks.scans.texts.fresh_plates import FRESH_PLATES
from benchmarks.scans.texts.latest_births import LATEST_BIRTHS
from benchmarks.scans.texts.latest_fillers import LATEST_FILLERS
from benchmarks.scans.texts.latest_phones import LATEST_PHONES
from benchmarks.scans.texts.latest_plates import LATEST_PLATES
from benchmarks.scans.texts.people import PEOPLE
from benchmarks.scans.texts.plates import PLATES

PARTS = (*HALVES, "later", "latest", "fresh")
LANGUAGES = ("en", "es")
EACH = 800
"""Texts with personal data, and as many without, of each language in each half."""
_TEMPLATES = Path(__file__).parent / "templates"
_SLOTS = {
    **SLOTS,
    **{slot: ("plate", make) for slot, make in {**PLATES, **LATEST_PLATES, **FRESH_PLATES}.items()},
    **{slot: ("birth_date", make) for slot, make in {**BIRTHS, **LATEST_BIRTHS, **FRESH_BIRTHS}.items()},
    **{slot: ("phone", make) for slot, make in {**LATEST_PHONES, **FRESH_PHONES}.items()},
    **{slot: ("passport", make) for slot, make in FRESH_PASSPORTS.items()},
}
_FILLERS = {
    language: {**FILLERS[language], **LATEST_FILLERS[language], **FRESH_FILLERS[language]}
    for language in LANGUAGES
}
_SLOT = re.compile(r"<<(\.?)([a-z0-9_]+)>>")
_ATTEMPTS = 50


@dataclass(frozen=True)
class Entity:
    """Personal data in a text: its kind, and where in characters."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Text:
    """One text, the template it came of, and the personal data in it."""

    template: str
    text: str
    entities: tuple[Entity, ...]


@dataclass(frozen=True)
class Half:
    """The texts of a half, by language."""

    texts: Mapping[str, tuple[Text, ...]]

    def documents(self) -> Iterator[tuple[str, bytes]]:
        """What is written: a file for each language."""
        for language, texts in self.texts.items():
            lines = (_line(f"{language}-{number:04}", text) for number, text in enumerate(texts, 1))
            yield f"{language}.jsonl", "".join(lines).encode()


def _line(name: str, text: Text) -> str:
    entities = [{"kind": one.kind, "start": one.start, "end": one.end} for one in text.entities]
    entry = {"id": name, "template": text.template, "text": text.text, "entities": entities}
    return json.dumps(entry, ensure_ascii=False) + "\n"


def templates(language: str, half: str, *, clean: bool) -> list[tuple[str, str]]:
    """The texts written by hand: where each stands, and its words."""
    found = []
    for path in sorted((_TEMPLATES / language / half).glob("*.txt")):
        if path.name.startswith("clean-") == clean:
            blocks = path.read_text(encoding="utf-8").split("\n---\n")
            found += [(f"{path.stem}:{number}", block.strip("\n")) for number, block in enumerate(blocks, 1)]
    return found


def build(half: str, seed: int = SEED) -> Half:
    """Both languages of a half, texts with personal data and clean ones by turns."""
    texts = {}
    for language in LANGUAGES:
        planted = _several(language, half, seed, clean=False)
        clean = _several(language, half, seed, clean=True)
        texts[language] = tuple(text for pair in zip(planted, clean, strict=True) for text in pair)
    return Half(texts)


def _several(language: str, half: str, seed: int, *, clean: bool) -> list[Text]:
    """Each template by turns. ValueError for one with so few slots that its texts repeat."""
    written = templates(language, half, clean=clean)
    made: list[Text] = []
    seen: set[str] = set()
    for number in range(EACH):
        place, words = written[number % len(written)]
        for attempt in range(_ATTEMPTS):
            text = fill(place, words, language, half, Stream(seed, language, half, clean, number, attempt))
            if text.text not in seen:
                break
        else:
            raise ValueError(f"{language}/{half}/{place} says the same again and again: give it another slot")
        seen.add(text.text)
        made.append(text)
    return made


def fill(place: str, template: str, language: str, half: str, s: Stream) -> Text:
    """A template with its values. KeyError for a slot nobody fills."""
    people = PEOPLE[language, half]
    named = {"person": ("person", people.name), "email": ("email", people.email)}
    slots = {**_SLOTS, **named, "email_hidden": ("email", people.hidden_email)}
    parts: list[str] = []
    found: list[Entity] = []
    at, seen = 0, 0
    for slot in _SLOT.finditer(template):
        before, (dot, name) = template[seen : slot.start()], slot.groups()
        kind, make = ("", _FILLERS[language][name]) if dot else slots[name]
        value = make(s)
        at += len(before)
        if kind:
            found.append(Entity(kind, at, at + len(value)))
        at, seen = at + len(value), slot.end()
        parts += (before, value)
    return Text(place, "".join((*parts, template[seen:])), tuple(found))
