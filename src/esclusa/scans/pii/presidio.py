"""Presidio: names of persons, told by a model of spaCy. They are said and never counted, for a model errs.

Only names are asked of it: what has a form and a check is told better by our own detector. It fetches
nothing: left alone, presidio downloads a model that is missing, so one that is not installed is not named.
"""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import entry_points, version
from typing import Any, NamedTuple

from esclusa.core.scan import Engine
from esclusa.scans.detector import Hit, Known, NotInstalled
from esclusa.scans.piece import Piece
from esclusa.scans.pii.personal_data import MEND
from esclusa.scans.spans import in_bytes

PACKAGE = "presidio-analyzer"
SUGGESTED = {"en": "en_core_web_lg", "es": "es_core_news_lg"}
"""A model for each language that texts may be of."""
SIZES = ("lg", "md", "sm")
"""Of models, those that err least first."""
LONGEST = 20_000
"""Characters that a model gets at once: what it needs of memory grows with them."""
_KNOWN = {
    "en": "Yesterday our colleague Margaret Thompson called John Williams about the meeting in London.",
    "es": "Ayer nuestra compañera María García llamó a Antonio Fernández por la reunión de Madrid.",
}
_PERSON = "PERSON"
_NEEDED = ("transformer", "tok2vec", "ner")
"""Parts of a model that tell names; without the others it is faster."""
_OTHERS = (
    *(
        "CARDINAL",
        "DATE",
        "EVENT",
        "FAC",
        "GPE",
        "LANGUAGE",
        "LAW",
        "LOC",
        "MISC",
        "MONEY",
        "NORP",
        "ORDINAL",
    ),
    *("ORG", "PERCENT", "PRODUCT", "QUANTITY", "TIME", "WORK_OF_ART"),
)
"""What else models tell; presidio logs each that it neither knows nor is told to leave."""


class Presidio:
    """Looks for names, in each line by the model of the language that the line seems to be of."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """`languages`: those of the texts, English and Spanish unless said otherwise.

        NotInstalled without presidio, or without a model of one of the languages.
        """
        languages = list(settings.get("languages", SUGGESTED))
        try:
            import presidio_analyzer  # takes seconds, and is optional
            from presidio_analyzer import nlp_engine, predefined_recognizers
        except ImportError as error:
            raise NotInstalled(PACKAGE, "pip install 'esclusa[pii]'") from error
        models = {language: model(language) for language in languages}
        engine = nlp_engine.SpacyNlpEngine(
            models=[{"lang_code": language, "model_name": name} for language, (name, _) in models.items()],
            ner_model_configuration=nlp_engine.NerModelConfiguration(labels_to_ignore=_OTHERS),
        )
        # spaCy warns of a model of another version; whether it can be trusted is seen by what is known.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            engine.load()
        loaded: dict[str, Any] = {language: engine.get_nlp(language) for language in languages}
        for nlp in loaded.values():
            nlp.select_pipes(enable=[name for name in nlp.pipe_names if name in _NEEDED])
        recognizers = [
            predefined_recognizers.SpacyRecognizer(supported_language=language, supported_entities=[_PERSON])
            for language in languages
        ]
        self._analyzer = presidio_analyzer.AnalyzerEngine(
            registry=presidio_analyzer.RecognizerRegistry(recognizers, supported_languages=languages),
            nlp_engine=engine,
            supported_languages=languages,
        )
        self._common = {language: frozenset(nlp.Defaults.stop_words) for language, nlp in loaded.items()}
        data = ", ".join(f"{name} {its}" for name, its in models.values())
        self.engine = Engine(name="presidio", version=version(PACKAGE), data=data)
        self.known = tuple(
            Known(piece=Piece(name=f"known.{language}", data=_KNOWN[language].encode()), rule="person")
            for language in languages
        )

    def find(self, pieces: Sequence[Piece]) -> Iterable[Hit]:
        """What is in them."""
        for piece in pieces:
            text = piece.data.decode("utf-8", "surrogateescape")
            for start, end in in_bytes(text, self._names(text)):
                yield Hit(
                    piece=piece,
                    rule="person",
                    message="the name of a person",
                    start=start,
                    end=end,
                    severity="low",
                    confidence="low",
                    mend=MEND,
                    advisory=True,
                )

    def _names(self, text: str) -> Iterator[tuple[int, int]]:
        """Where names stand, in order."""
        for part in parts(text, self._common):
            # What is not UTF-8 cannot be given to a model; in its place stands as much that says nothing.
            shown = re.sub("[\ud800-\udfff]", "?", part.text)
            found = self._analyzer.analyze(text=shown, language=part.language, entities=[_PERSON])
            for one in sorted(found, key=lambda one: (one.start, one.end)):
                yield part.start + one.start, part.start + one.end


def model(language: str) -> tuple[str, str]:
    """The installed model of a language and its version, the largest of several; NotInstalled."""
    installed = {point.name: point for point in entry_points(group="spacy_models")}
    names = [name for name in installed if name.startswith(f"{language}_")]
    if not names:
        suggested = SUGGESTED.get(language, f"{language}_core_news_lg")
        raise NotInstalled(f"a model of spaCy for `{language}`", f"python -m spacy download {suggested}")
    name = min(names, key=_largest_first)
    dist = installed[name].dist
    return name, dist.version if dist else ""


def _largest_first(name: str) -> tuple[int, str]:
    sizes = [SIZES.index(part) for part in name.split("_") if part in SIZES]
    return (sizes[0] if sizes else len(SIZES), name)


class Part(NamedTuple):
    """Lines that follow each other, of one language."""

    start: int
    language: str
    text: str


def parts(text: str, common: Mapping[str, frozenset[str]]) -> Iterator[Part]:
    """The text in parts of at most LONGEST characters.

    A line is of the language of which it has most common words; without any, of that of the line before, and
    the first of that of the text.
    """
    language = _language(text[:LONGEST], common) or next(iter(common))
    start = at = 0
    for line in _lines(text):
        its = _language(line, common) or language
        if at > start and (its != language or at + len(line) - start > LONGEST):
            yield Part(start, language, text[start:at])
            start = at
        language = its
        at += len(line)
    if at > start:
        yield Part(start, language, text[start:at])


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines(keepends=True):
        for at in range(0, len(line), LONGEST):
            yield line[at : at + LONGEST]


def _language(line: str, common: Mapping[str, frozenset[str]]) -> str:
    """Empty if it has no common word of any."""
    words = re.findall(r"\w+", line.lower())
    counts = {language: sum(word in its for word in words) for language, its in common.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] else ""
