"""How much personal data is seen in texts, and how often where there is none, beside presidio if it is there.

    python -m benchmarks.scans.personal [--half PART]

The texts were written, and committed with their hash, before any detector (benchmarks.scans.texts). An entity
is seen when a finding of its kind overlaps it; names of persons are not counted, for they are advisory. Ends
with 1 when a target is missed:

    recall of at least 90 % over all entities, in each language
    at most 3 % of clean texts flagged
    at least 5,000 texts a second of CPU

Presidio: `pip install presidio-analyzer` and a model of spaCy for each language, any that is installed as a
package.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from benchmarks.scans.halves import SEED
from benchmarks.scans.texts.build import LANGUAGES, PARTS, Entity, Text, build
from esclusa.scans.detector import NotInstalled
from esclusa.scans.pii.personal_data import entities
from esclusa.scans.pii.presidio import model

RECALL, FLAGGED, RATE = 0.90, 0.03, 5000.0
PERSON = "person"

Look = Callable[[str], Iterable[tuple[str, int, int]]]
"""Of a text: kind, start and end of what was found."""


class Score(NamedTuple):
    """Of one engine over the texts of a language."""

    seen: Counter[str]
    there: Counter[str]
    false: int
    """Findings that overlap no entity."""
    flagged: float
    """The share of clean texts in which something was found."""
    rate: float
    """Texts a second of CPU."""

    @property
    def recall(self) -> float:
        """Over all kinds."""
        return self.seen.total() / self.there.total()


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scans.personal")
    parser.add_argument("--half", choices=PARTS, default="held-out")
    half = parser.parse_args().half
    texts = build(half, SEED).texts
    short = False
    for language in LANGUAGES:
        ours = score(texts[language], _ours)
        _print(f"esclusa, {language}, {half}", ours)
        short |= ours.recall < RECALL or ours.flagged > FLAGGED or ours.rate < RATE
        theirs = _presidio(language)
        if theirs is None:
            print(f"presidio, {language}: not installed, see the head of this file\n")
        else:
            _print(f"presidio, {language}, {half}", score(texts[language], theirs))
    print("SHORT of a target" if short else "every target is met")
    return 1 if short else 0


def score(texts: Sequence[Text], look: Look) -> Score:
    """What an engine sees in the texts."""
    seen: Counter[str] = Counter()
    there: Counter[str] = Counter()
    false = flagged = clean = 0
    look(texts[0].text)
    began = time.process_time()
    found = [list(look(text.text)) for text in texts]
    took = time.process_time() - began
    for text, hits in zip(texts, found, strict=True):
        clean += not text.entities
        flagged += not text.entities and bool(hits)
        false += sum(not any(_meet(hit, entity) for entity in text.entities) for hit in hits)
        for entity in text.entities:
            if entity.kind != PERSON:
                there[entity.kind] += 1
                seen[entity.kind] += any(hit[0] == entity.kind and _meet(hit, entity) for hit in hits)
    return Score(seen, there, false, flagged / clean, len(texts) / took)


def _meet(hit: tuple[str, int, int], entity: Entity) -> bool:
    return hit[1] < entity.end and entity.start < hit[2]


def _ours(text: str) -> Iterable[tuple[str, int, int]]:
    return ((entity.name, start, end) for entity, start, end in entities(text))


_THEIR_NAMES = {
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "ES_NIF": "dni",
    "ES_NIE": "nie",
    "US_SSN": "ssn",
    "US_PASSPORT": "passport",
    "UK_PASSPORT": "passport",
    "ES_PASSPORT": "passport",
    "PHONE_NUMBER": "phone",
    "EMAIL_ADDRESS": "email",
    "IP_ADDRESS": "ip",
    "DATE_TIME": "birth_date",
}
"""What presidio calls them; it has no plates, and no tax or social security numbers of Spain."""


def _presidio(language: str) -> Look | None:
    try:
        import presidio_analyzer
        from presidio_analyzer.nlp_engine import NlpEngineProvider

        models = [{"lang_code": language, "model_name": model(language)[0]}]
        provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
        engine = presidio_analyzer.AnalyzerEngine(
            nlp_engine=provider.create_engine(), supported_languages=[language]
        )
    except (ImportError, OSError, NotInstalled):
        return None

    def look(text: str) -> Iterable[tuple[str, int, int]]:
        for found in engine.analyze(text=text, language=language, score_threshold=0.35):
            name = _THEIR_NAMES.get(found.entity_type)
            if name is not None:
                yield name, found.start, found.end

    return look


def _print(title: str, result: Score) -> None:
    kinds = ", ".join(f"{kind} {result.seen[kind] / n:.0%}" for kind, n in sorted(result.there.items()))
    print(f"{title}: recall {result.recall:.1%} of {result.there.total()}")
    print(f"  {kinds}")
    flagged = f"{result.flagged:.1%} of clean texts flagged (at most {FLAGGED:.0%})"
    print(f"  {result.false} findings of nothing; {flagged}")
    print(f"  {result.rate:,.0f} texts a second of CPU (at least {RATE:,.0f})\n")


if __name__ == "__main__":
    sys.exit(main())
