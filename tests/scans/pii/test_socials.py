"""Social security numbers of the United States: with hyphens, or beside a word for them."""

import pytest

from esclusa.scans.pii.personal_data import entities


def socials(text: str) -> list[str]:
    return [text[start:end] for entity, start, end in entities(text) if entity.name == "ssn"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Soc. Sec. No. 233.41.9082", "233.41.9082"),
        ("SS# 233419082", "233419082"),
        ("Social Security 221 - 09 - 4478", "221 - 09 - 4478"),
        ("it is 147–38–2290", "147–38–2290"),
        ("TIN: 147382290", "147382290"),
        ("My wife's soc is 147 38 2290", "147 38 2290"),
        ("W-4 employee: Lena Dorsey, 601 33 2918, single", "601 33 2918"),
        ("run the check on 221094478, that's his social.", "221094478"),
        ("Rep: And your social?\nCaller: 355 90 2217", "355 90 2217"),
        ("name,dept,social_security\nBo,ops,355902217", "355902217"),
        ("ssn|name\n172471871|Ray", "172471871"),
        ('{"taxId": "601332918"}', "601332918"),
        ("número de seguro social 355902217", "355902217"),
        ("the number in the file there is now 332-45-1831", "332-45-1831"),
        ("the card says 147-38-2290", "147-38-2290"),
    ],
)
def test_a_number_is_seen_beside_a_word_for_it_or_with_hyphens(text: str, number: str) -> None:
    assert socials(text) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "SSN: ***-**-8830, the last four of the social are 8830",
        "SSN 000-12-3456, 666-12-3456, ITIN 912-70-1234",
        "order 412-55-8830 of the social club",
        "Social media reach 448291033",
        "social post 448291033 got 22 likes",
        "147-38 2290 and 147 38-2290",
        "SKU 412-55-88301, model 412-55-883",
        "reference 484383724",
    ],
)
def test_what_is_masked_not_given_out_or_of_something_else_is_none(text: str) -> None:
    assert socials(text) == []
