"""Numbers of passports: beside a word for them, in every country's form, and what only stands near one."""

import pytest

from esclusa.scans.pii.personal_data import entities


def passports(text: str) -> list[str]:
    return [text[start:end] for entity, start, end in entities(text) if entity.name == "passport"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Pass. no. 533 920 184, place of issue Glasgow", "533 920 184"),
        ("ppt no 561882093 for the API form", "561882093"),
        ("US passport book A22981044", "A22981044"),
        ("my passport is LB7720418", "LB7720418"),
        ("Travel document: RL 448 2910", "RL 448 2910"),
        ("German passport C01X00T47", "C01X00T47"),
        ("pasaporte francés 14AV88203", "14AV88203"),
        ("pasaporte n.º PAC-448201", "PAC-448201"),
        ("mi pasaporte es el PAD 448 201", "PAD 448 201"),
        ("pasaporte/DNI: PAH448201", "PAH448201"),
        ("I lost my passport yesterday, it was 532884017", "532884017"),
        ('{"travelDocument":{"type":"P","number":"LR4659016"}}', "LR4659016"),
        ('{"tipo_doc": "pasaporte", "numero": "PAE448201"}', "PAE448201"),
        ("name,passport_no,issued\nOlu,A50023918,2021", "A50023918"),
        ("Recepción: ¿Número de pasaporte?\nCliente: paf448201", "paf448201"),
        ("Viajo con pasaporte y no con DNI: PAF095273", "PAF095273"),
        ("Please update the passport on my booking to LC4471234", "LC4471234"),
        ("Passport Card No. C03456789", "C03456789"),
        ("psprt no 512345678", "512345678"),
        ("pasapote PAB123456", "PAB123456"),
        ("PP#: C01234567", "C01234567"),
        ("Passport no.: 51 234 5678", "51 234 5678"),
        ("512345678 - passport number of my wife", "512345678"),
        ('<pax dob="1940-04-05" doc="644606245">Warren Hale</pax>', "644606245"),
        ("guest: Ida Usman\ndocument: BAC708629\nplate: unknown", "BAC708629"),
        ("huésped: Ana Bru\ntipo_doc: PAS\nnum_doc: PAB123456", "PAB123456"),
        ('{"document_type": "P", "document_number": "YA1234567"}', "YA1234567"),
        ("Precheckin hotel: Ana Bru, doc BAB 478142, en coche", "BAB 478142"),
        ("Doc. viaje PAB123456", "PAB123456"),
        ("Passenger 1 DOCS P/GBR/549201883/GBR/12JAN80/F", "549201883"),
    ],
)
def test_a_number_is_seen_beside_a_word_for_it(text: str, number: str) -> None:
    assert passports(text) == [number]


def test_the_lines_that_machines_read_need_no_word() -> None:
    lines = "P<GBRHOLLOWAY<<JANE<MARIE<<<<<<<<\n5339201841GBR8103046F2911235<<<<<<<<<<<<<<04"
    assert passports(lines) == ["533920184"]
    assert passports(lines.replace("F2911235", "F29X1235")) == []


def test_names_and_short_words_are_no_letters_of_a_number() -> None:
    assert passports("passports: Mia 529930184, Leo A20441882") == ["529930184", "A20441882"]
    assert passports("pasaporte de Mia 4482019") == ["4482019"]
    assert passports("pasaportes para el visado: Iker Uribe bad695263, Ana Gil BAH 122431") == [
        "bad695263",
        "BAH 122431",
    ]
    assert passports("the passport is 529930184") == ["529930184"]


@pytest.mark.parametrize(
    "text",
    [
        "The Passport project has 448201 downloads",
        "passport appointment, booking ref APT448201",
        "my passport is fine but order 448201337 is not",
        "pasaporte y móvil 655204118",
        "Digital passport v6.1.647022",
        "Passport fee 2024: $130",
        "pasaporte en vigor hasta 12/2029",
        "ticket AB1234567",
        "Borramos su pasaporte el 2024-11-26, como pidió.",
        "llame a pasaportes al 912345678",
        "doc. nº 4455661 rev. 3, visado",
        "document AB1234567 was printed",
        "doc_type,doc_number,country\nNIE,X0598977-B,ES",
        "the guest supports the doc with 12345678 pages",
    ],
)
def test_what_only_stands_near_a_passport_is_none(text: str) -> None:
    assert passports(text) == []
