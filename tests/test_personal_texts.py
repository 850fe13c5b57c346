"""The texts with and without personal data: what was committed, in parts that share no wording."""

import json
import re
from collections import Counter
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from benchmarks.scans.halves import sha256, write
from benchmarks.scans.stream import Stream
from benchmarks.scans.texts import numbers
from benchmarks.scans.texts.__main__ import SUMS
from benchmarks.scans.texts.births import BIRTHS
from benchmarks.scans.texts.build import LANGUAGES, PARTS, build, fill, templates
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

half_of = cache(build)
each_half = pytest.mark.parametrize("half", PARTS)
each_language = pytest.mark.parametrize("language", LANGUAGES)
SHARED = {"card", "iban", "phone", "email", "ip", "plate", "passport", "birth_date", "person", "dni", "nie"}
SAID = {
    *("first of March, nineteen forty-five", "sixteenth of January two thousand and four"),
    *("treinta y uno de marzo del sesenta y tres", "dieciséis de enero de dos mil cuatro"),
}
WEIGHTY = {"birth_date", "plate", "passport"}
KINDS = {"en": SHARED | {"ssn"}, "es": SHARED | {"cif", "nuss"}}


def written(language: str, half: str) -> set[str]:
    """The texts written by hand in a half."""
    return {words for clean in (False, True) for _, words in templates(language, half, clean=clean)}


@each_half
def test_a_half_has_the_hash_it_was_committed_with(half):
    committed = dict(reversed(line.split()) for line in SUMS.read_text().splitlines())
    assert sha256(half_of(half)) == committed[half]


@each_half
@each_language
def test_at_least_1500_texts_none_twice_and_half_of_them_clean(half, language):
    texts = half_of(half).texts[language]
    assert len({text.text for text in texts}) == len(texts) >= 1500
    assert sum(not text.entities for text in texts) * 2 == len(texts)


@each_half
@each_language
def test_at_least_40_templates_with_and_40_without_personal_data(half, language):
    assert min(len(templates(language, half, clean=clean)) for clean in (False, True)) >= 40


@each_language
@pytest.mark.parametrize("half", ["later", "latest"])
def test_parts_written_later_have_150_templates_of_either_kind_40_plates_and_births_and_12_of_all_else(
    half, language
):
    planted, clean = (templates(language, half, clean=clean) for clean in (False, True))
    assert min(len(planted), len(clean)) >= 150
    filled = [fill(place, words, language, half, Stream(place)) for place, words in planted]
    kinds = Counter(entity.kind for text in filled for entity in text.entities)
    assert min(kinds.values()) >= 12
    assert min(kinds["plate"], kinds["birth_date"]) >= 40


@each_language
def test_half_of_the_part_fresh_has_births_plates_or_passports_in_equal_parts(language):
    planted, clean = (templates(language, "fresh", clean=clean) for clean in (False, True))
    assert len(planted) >= 60
    assert len(clean) >= 45
    filled = [fill(place, words, language, "fresh", Stream(place)) for place, words in planted]
    having = Counter(kind for text in filled for kind in {entity.kind for entity in text.entities} & WEIGHTY)
    assert (
        0.45
        < sum(any(entity.kind in WEIGHTY for entity in text.entities) for text in filled) / len(filled)
        < 0.6
    )
    assert min(having[kind] for kind in WEIGHTY) > having.total() / 4


@each_language
@pytest.mark.parametrize(("one", "other"), [*combinations(PARTS, 2)])
def test_no_two_parts_share_a_text_or_a_name(language, one, other):
    assert written(language, one) & written(language, other) == set()
    first, second = PEOPLE[language, one], PEOPLE[language, other]
    assert set(first.first) & set(second.first) == set(first.last) & set(second.last) == set()


def test_no_slot_has_two_makers():
    slots = [*SLOTS, *BIRTHS, *LATEST_BIRTHS, *PLATES, *LATEST_PLATES, *LATEST_PHONES]
    slots += [*FRESH_BIRTHS, *FRESH_PLATES, *FRESH_PASSPORTS, *FRESH_PHONES]
    assert [slot for slot, makers in Counter(slots).items() if makers > 1] == []
    for language in LANGUAGES:
        fillers = Counter([*FILLERS[language], *LATEST_FILLERS[language], *FRESH_FILLERS[language]])
        assert [slot for slot, makers in fillers.items() if makers > 1] == []


def test_dates_of_birth_in_words_are_what_people_say():
    said = {
        LATEST_BIRTHS[slot](Stream(number)) for slot in ("dob_said", "dob_es_said") for number in range(999)
    }
    assert SAID - said == set()


@each_half
def test_entities_follow_each_other_without_overlap_and_without_space_at_their_ends(half):
    for texts in half_of(half).texts.values():
        for text in texts:
            ends = [0, *(entity.end for entity in text.entities)]
            for before, entity in zip(ends, text.entities, strict=False):
                value = text.text[entity.start : entity.end]
                assert before <= entity.start
                assert value == value.strip() != ""


@each_half
@each_language
def test_each_kind_stands_in_each_half_and_every_slot_is_filled(half, language):
    texts = half_of(half).texts[language]
    assert {entity.kind for text in texts for entity in text.entities} == KINDS[language]
    assert not [text.text for text in texts if re.search(r"<<\.?\w+>>", text.text)]


@each_half
def test_cards_and_identity_numbers_have_their_checksums_in_every_spelling(half):
    for texts in half_of(half).texts.values():
        for text in texts:
            for entity in text.entities:
                spelled = text.text[entity.start : entity.end]
                plain = re.sub(r"[ .\-]", "", spelled).upper()
                if entity.kind == "card":
                    assert numbers.luhn(plain[:-1]) == plain[-1], spelled
                elif entity.kind == "iban":
                    assert numbers.iban_check(plain[:2], plain[4:]) == plain[2:4], spelled
                elif entity.kind in ("dni", "nie"):
                    digits = plain[:-1].translate(str.maketrans("XYZ", "012"))
                    assert numbers.dni_letter(int(digits)) == plain[-1], spelled


def test_checksums_agree_with_published_examples():
    """The IBAN registry's accounts and the sample numbers of Spanish offices; M stands for 4 in the French one."""
    assert numbers.luhn("7992739871") == "3"
    assert numbers.iban_check("GB", "WEST12345698765432") == "82"
    assert numbers.ccc_check("21000418", "0200051332") == "45"
    assert numbers.rib_key("20041", "01005", "05000134026") == "06"
    assert numbers.dni_letter(12345678) == "Z"
    assert numbers.cif_control("A", "5881850") == "1"
    assert numbers.nuss_control("28", "12345678") == "40"


def test_what_is_written_has_each_text_with_its_entities(tmp_path: Path):
    write(half_of("held-out"), tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "es.jsonl").read_text().splitlines()]
    assert [line["text"] for line in lines] == [text.text for text in half_of("held-out").texts["es"]]
    assert all(line["entities"] or line["template"].startswith("clean-") for line in lines)
