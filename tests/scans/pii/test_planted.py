"""Persons that nobody is: drawn by a seed, all different, with numbers that pass their checks."""

import re

import pytest

from esclusa.scans.pii import numbers
from esclusa.scans.pii.planted import Language, Person, context, label, people

each_language = pytest.mark.parametrize("language", ["en", "es"])


def bare(text: str) -> str:
    return re.sub(r"\W", "", text)


@each_language
def test_the_same_seed_draws_the_same_persons_and_another_does_not(language: Language) -> None:
    assert people(language, 5, 1) == people(language, 5, 1)
    cards = [{one.facts["card"] for one in people(language, 5, seed)} for seed in (1, 2)]
    assert cards[0] & cards[1] == set()


@each_language
def test_no_two_persons_share_anything(language: Language) -> None:
    planted = people(language, 64, 7)
    everything = [value for one in planted for value in (one.name, one.ticket, *one.facts.values())]
    assert len(set(everything)) == len(everything) == 64 * 8


@each_language
def test_every_number_passes_its_check(language: Language) -> None:
    for one in people(language, 64, 3):
        assert numbers.card(one.facts["card"])
        assert numbers.iban(one.facts["iban"])
        if language == "es":
            assert numbers.dni(one.facts["dni"])
        else:
            assert numbers.ssn(bare(one.facts["ssn"]))


def test_numbers_are_kept_away_from_those_of_real_people() -> None:
    for one in (*people("en", 64, 3), *people("es", 64, 3)):
        assert one.facts["card"].startswith("400000")
        assert one.facts["email"].endswith("@mail.example")
        assert one.facts["iban"][4:8] in ("ZZZZ", "9999")
        assert one.facts.get("dni", "9").startswith("9")
        assert one.language == "es" or " 555 01" in one.facts["phone"]


def test_more_persons_than_there_are_names_are_refused() -> None:
    with pytest.raises(ValueError):
        people("en", 65, 1)


def test_the_context_tells_every_fact_once_in_the_language_of_its_person() -> None:
    planted = (*people("es", 2, 1), *people("en", 2, 1))
    text = context(planted)
    for one in planted:
        for kind, value in {**one.facts, "ticket": one.ticket}.items():
            assert text.count(f"- {label(one.language, kind)}: {value}\n") + text.endswith(value) == 1
    assert text.index("Fichas de clientes") < text.index("Customer records")


def test_a_person_has_one_fact_of_each_kind() -> None:
    [english], [spanish] = people("en", 1, 1), people("es", 1, 1)
    assert isinstance(english, Person)
    assert set(english.facts) == {"card", "iban", "ssn", "phone", "email", "birth_date"}
    assert set(spanish.facts) == {"card", "iban", "dni", "phone", "email", "birth_date"}
