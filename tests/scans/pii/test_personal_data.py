"""Personal data in texts: what is seen in which spelling, and what only looks like it."""

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.scans.masked import findings
from esclusa.scans.piece import Piece
from esclusa.scans.pii.personal_data import PersonalData, entities
from esclusa.scans.search import untrusted


def found(text: str) -> list[tuple[str, str]]:
    return [(entity.name, text[start:end]) for entity, start, end in entities(text)]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("con mi tarjeta 4929 8486 8831 2307.", "card", "4929 8486 8831 2307"),
        ('"pan": "373818979906553"', "card", "373818979906553"),
        ("the card is 4952-1746-4094-2515", "card", "4952-1746-4094-2515"),
        ("pays from ES79 2080 7356 4761 0998 3496, then", "iban", "ES79 2080 7356 4761 0998 3496"),
        ("goes to gb17barc66935625830048 before noon", "iban", "gb17barc66935625830048"),
        ("mi dni es 28.409.712C", "dni", "28.409.712C"),
        ("DNI 72.982.221-R", "dni", "72.982.221-R"),
        ("D.N.I. 36 502 394 Z, y", "dni", "36 502 394 Z"),
        ("con dni 52830304-v", "dni", "52830304-v"),
        ("nie X-1.479.562-H", "nie", "X-1.479.562-H"),
        ("y9179091n", "nie", "y9179091n"),
        ("CIF A-5283856-2", "cif", "A-5283856-2"),
        ("afiliación 41/83747639/93", "nuss", "41/83747639/93"),
        ("número de la Seguridad Social 332969618779", "nuss", "332969618779"),
        ("your SSN, 434-70-9258", "ssn", "434-70-9258"),
        ("my social security number, 438789645", "ssn", "438789645"),
        ("passport no. A34706500", "passport", "A34706500"),
        ("my passport is 123 456 789", "passport", "123 456 789"),
        ("passport C01X00T47", "passport", "C01X00T47"),
        ("C03005988 is my passport number", "passport", "C03005988"),
        ("pasaporte 12AB34567", "passport", "12AB34567"),
        ("PASSPORT A 1234 5678", "passport", "A 1234 5678"),
        ("lost my passport, call 639 600 308", "phone", "639 600 308"),
        ("Passport office TEL 639 600 308", "phone", "639 600 308"),
        ("el pasaporte es pac865751", "passport", "pac865751"),
        ("born on September 20, 1975", "birth_date", "September 20, 1975"),
        ('"date_of_birth": "1979-01-02"', "birth_date", "1979-01-02"),
        ("nacida el 25 de febrero de 2003 en", "birth_date", "25 de febrero de 2003"),
        ("write to emma.yates (at) hotmail (dot) com", "email", "emma.yates (at) hotmail (dot) com"),
        ("ana57 arroba talleresmunoz punto es", "email", "ana57 arroba talleresmunoz punto es"),
        ("morrison.gillian+web@dawsonplumbing.co.uk.", "email", "morrison.gillian+web@dawsonplumbing.co.uk"),
        ("o en el 639 60 03 08.", "phone", "639 60 03 08"),
        ("call +44 7890 335812", "phone", "+44 7890 335812"),
        ("Call me on 07538 217288", "phone", "07538 217288"),
        ("call (919) 373-4941", "phone", "(919) 373-4941"),
        ("somebody at 217.123.102.113", "ip", "217.123.102.113"),
        ("from 2a01:c50f:3004:2::1 port", "ip", "2a01:c50f:3004:2::1"),
        ("matrícula 2842JSM", "plate", "2842JSM"),
        ("vehicle FM65 CGV", "plate", "FM65 CGV"),
        ("matrícula SS-2713-CY", "plate", "SS-2713-CY"),
    ],
)
def test_it_is_seen_as_what_it_is_in_whole(text: str, name: str, value: str) -> None:
    assert found(text) == [(name, value)]


@pytest.mark.parametrize(
    "text",
    [
        "order 6391696386567090 is on its way",
        "the card 4952-1746-4094-2516 has a wrong digit",
        "DE91184096385942774417 is no valid account",
        "an SSN cannot look like 991-72-8472",
        "in the form I wrote 12012955F",
        "isbn 978-0-1882-5974-2",
        "version 1.26.20.24 crashes, 10.0.0.1 and 127.0.0.1:8975 do not",
        "192.0.2.44 is for documents, 192.168.1.5 is at home",
        "12:30:45 and 09:20:11",
        "our firm was born in a garage in 2017 and moved on 24 October 2024",
        "the museum was opened on 05/12/1987",
        "standard HP 8296, ISO 9195, article UXE-9613-IQ",
        "the press has plate 3284 AFD and runs at 3000 rpm",
        "reference 484383724, invoice 222775678",
        "git clone git@github.com:lumbre/core.git",
        "user@example.com and ana@shop.test",
        "no-reply@acme.com",
        "1768566127488 INFO request id=6c024a3c-e677-47e3-b73f-d6367bf0b172",
        "€1,066.67, 97,556 units, 38.69927, -2.67264",
        "we meet at noon. Then we eat",
    ],
)
def test_what_only_looks_like_it_is_nothing(text: str) -> None:
    assert found(text) == []


def test_a_telephone_number_without_groups_needs_a_word_or_a_line_of_its_own() -> None:
    assert found("reference 631097872") == []
    assert found("mi móvil es 631097872") == [("phone", "631097872")]
    assert found("Un saludo,\nAna\n631097872\n") == [("phone", "631097872")]


def test_one_thing_is_one_entity_and_the_surest() -> None:
    assert found("passport no. B17648213, DNI 72.982.221-R") == [
        ("passport", "B17648213"),
        ("dni", "72.982.221-R"),
    ]
    # Of one in ten, the digits are those of a card as well.
    assert found("nach DE15 5678 4538 2400 0000 05") == [("iban", "DE15 5678 4538 2400 0000 05")]


def test_places_are_told_in_bytes() -> None:
    text = "años: «ñandú» \udcff y mi dni es 72.982.221-R".encode("utf-8", "surrogateescape")
    [hit] = PersonalData({}).find([Piece(name="a.txt", data=text)])
    assert text[hit.start : hit.end] == b"72.982.221-R"


def test_it_finds_what_is_known() -> None:
    assert untrusted(PersonalData({})) == ""


def test_no_value_is_in_a_finding() -> None:
    values = ("4929 8486 8831 2307", "72.982.221-R", "carmen83@talleresmunoz.es", "639 60 03 08")
    piece = Piece(name="a.txt", data=f"Ana, {', '.join(values)}".encode())
    told = [finding for _, finding in findings(PersonalData({}).find([piece]), "pii")]
    assert [one.rule for one in told] == ["card", "dni", "email", "phone"]
    assert not [value for value in values if value in repr(told)]


@settings(max_examples=2000)
@given(st.text(alphabet=st.sampled_from("0123456789 .-/@:+()aAXbZñé\n,"), max_size=120))
def test_any_text_is_looked_at_and_nothing_stands_in_another(text: str) -> None:
    spans = sorted((start, end) for _, start, end in entities(text))
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


@pytest.mark.parametrize(
    "run",
    [
        *("0", "1 ", "1-", "a.", "a@", "(", "0.", "::", "AB12 ", "born ", "x at ", "a.ruiz@gmail.com "),
        *(
            "born,x\n",
            "plate,x\n",
            "plate A ",
            "A-1",
            "(1/1/2000) ",
            "dob 1/1/1990 ",
            "3 de mayo de ",
            "mil ",
        ),
        *("tel 1 ", "655 204 118 ", "passport AA1 ", "seven ", "tel,1\n", "ssn 1-"),
        *("document AA123456 ", "Ana Ruiz, 12/03/1985, "),
    ],
)
def test_a_long_line_of_anything_costs_no_more_than_its_length(run: str) -> None:
    """A million characters within some seconds of CPU; what is not linear takes hours."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (60, 60));"
        "from esclusa.scans.pii.personal_data import entities;"
        f"list(entities({run!r} * (1_000_000 // len({run!r}))))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
