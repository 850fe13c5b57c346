"""Names of persons by presidio: which model reads which line, where they stand, and what is missing.

The real one runs everywhere.
"""

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.scans.detector import Detector, NotInstalled
from esclusa.scans.masked import findings
from esclusa.scans.piece import Piece
from esclusa.scans.pii import presidio
from esclusa.scans.pii.presidio import LONGEST, Part, Presidio, model, parts
from esclusa.scans.search import surest, untrusted

INSTALLED = {"en", "es"} <= {point.name.partition("_")[0] for point in entry_points(group="spacy_models")}
"""Whether there are models for both languages beside those that are made here."""
COMMON = {"en": frozenset({"the", "is", "of"}), "es": frozenset({"el", "es", "de"})}


def installed(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    points = [EntryPoint(name=name, value=name, group="spacy_models") for name in names]
    monkeypatch.setattr(presidio, "entry_points", lambda group: points if group == "spacy_models" else [])


def test_a_line_is_of_the_language_of_its_common_words_and_else_of_the_line_before() -> None:
    text = "Ana\nthe day is\nEva\nel final de mes\n12,8\n"
    assert list(parts(text, COMMON)) == [
        Part(0, "en", "Ana\nthe day is\nEva\n"),
        Part(19, "es", "el final de mes\n12,8\n"),
    ]


def test_a_first_line_without_common_words_is_of_the_language_of_the_text() -> None:
    assert list(parts("Ana\nel mes de mayo es\nthe end", COMMON)) == [
        Part(0, "es", "Ana\nel mes de mayo es\n"),
        Part(22, "en", "the end"),
    ]
    assert list(parts("Ana", COMMON)) == [Part(0, "en", "Ana")]


@given(st.text(alphabet="the el\n\r\x0bñ", max_size=60), st.integers(0, 3))
def test_parts_are_short_and_are_all_of_the_text(text: str, many: int) -> None:
    whole = text + "the " * (LONGEST // 3) * many
    cut = list(parts(whole, COMMON))
    assert "".join(part.text for part in cut) == whole
    assert [whole[part.start : part.start + len(part.text)] for part in cut] == [part.text for part in cut]
    assert all(0 < len(part.text) <= LONGEST for part in cut)


def test_without_presidio_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(NotInstalled) as caught:
        Presidio({})
    assert (caught.value.what, caught.value.mend) == ("presidio-analyzer", "pip install 'esclusa[pii]'")


def test_without_a_model_of_a_language_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "en_core_web_sm")
    with pytest.raises(NotInstalled) as caught:
        model("es")
    assert caught.value.what == "a model of spaCy for `es`"
    assert caught.value.mend == "python -m spacy download es_core_news_lg"


def test_the_largest_of_several_models_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "en_core_web_sm", "en_core_web_trf", "en_core_web_lg", "es_core_news_md")
    assert model("en") == ("en_core_web_lg", "")
    assert model("es") == ("es_core_news_md", "")


@pytest.fixture(scope="module", params=["made", *(["installed"] if INSTALLED else [])])
def detector(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Detector]:
    """Presidio itself, with models made for the tests, and with those of spaCy's makers where they are installed."""
    if request.param == "installed":
        yield Presidio({})
        return
    from tests.scans.pii.models import install  # half a second, for these tests only

    folder = tmp_path_factory.mktemp("models")
    install(folder)
    sys.path.insert(0, str(folder))
    try:
        yield Presidio({})
    finally:
        sys.path.remove(str(folder))


def test_it_finds_what_is_known(detector: Detector) -> None:
    assert untrusted(detector) == ""


def test_names_are_found_in_both_languages_in_bytes(detector: Detector) -> None:
    data = (
        b"\xff \xc3\xb1and\xc3\xba\n"
        + "\n".join(
            ["Yesterday I met Peter Johnson in London.", "El viernes me llamó Antonio Fernández.", ""]
        ).encode()
    )
    hits = list(detector.find([Piece(name="a.txt", data=data)]))
    assert [data[hit.start : hit.end].decode() for hit in hits] == ["Peter Johnson", "Antonio Fernández"]
    assert {(hit.rule, hit.advisory, hit.severity) for hit in hits} == {("person", True, "low")}


def test_a_name_is_said_and_not_counted_and_masked(detector: Detector) -> None:
    data = b"Yesterday I met Peter Johnson in London."
    hits = surest(detector.find([Piece(name="a.txt", data=data)]))
    [(_, told)] = findings(hits, "pii")
    assert told.metric == ""
    assert told.excerpt == "Yesterday I met ••• in London."


def test_only_the_languages_that_are_asked_for_need_a_model(detector: Detector) -> None:
    settings: dict[str, Any] = {"languages": ["es"]}
    assert [known.piece.name for known in Presidio(settings).known] == ["known.es"]
    assert [known.piece.name for known in detector.known] == ["known.en", "known.es"]
