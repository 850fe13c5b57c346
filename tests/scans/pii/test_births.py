"""Dates of birth: how they are told, and the other days that look like them."""

import pytest

from esclusa.scans.pii.dates import year
from esclusa.scans.pii.personal_data import entities


def births(text: str) -> list[str]:
    return [text[start:end] for entity, start, end in entities(text) if entity.name == "birth_date"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("my dob is 3/5/88, why cant i log in", "3/5/88"),
        ("D.O.B. 14-11-1972", "14-11-1972"),
        ("D O B  13  09  1958", "13  09  1958"),
        ("I was born on the 3rd of May, 1988", "3rd of May, 1988"),
        ("my birthday is May the 3rd 1988", "May the 3rd 1988"),
        ("Passenger 1: MS COLE  DOB 17MAY1983", "17MAY1983"),
        ("DOB=19880503 status=ok", "19880503"),
        ("date_of_birth: 1985/02/28", "1985/02/28"),
        ("Born: the third of May nineteen eighty-eight", "third of May nineteen eighty-eight"),
        ("born at Galway on the ninth day of June 1952", "ninth day of June 1952"),
        ("birthday 26 Febuary 1983", "26 Febuary 1983"),
        ("child dob 2018-02-03", "2018-02-03"),
        ("born_at: 2016-11-30T04:12:00", "2016-11-30"),
        ("she was born yesterday, 3 November 2026", "3 November 2026"),
        ("DOB/age: 03-MAR-1949/77", "03-MAR-1949"),
        ("Sex F, date of birth 20 JUN / JUIN 1986", "20 JUN / JUIN 1986"),
        ("Grandad turns 90 on 9 January 2027", "9 January 2027"),
        ("James Orr, b. 1949-10-30", "1949-10-30"),
        ("born in Salisbury on 18 August 1985", "18 August 1985"),
        ("she was born on wednesday 3 may 1988", "3 may 1988"),
        ("nació hoy, 3 de noviembre de 2026", "3 de noviembre de 2026"),
        ("I was born on 5 May", "5 May"),
        ("F. Nac. 14-11-1972", "14-11-1972"),
        ("f.n. 06/06/1966", "06/06/1966"),
        ("FNAC=1979-10-24", "1979-10-24"),
        ("nací el 3 de mayo de 1988 en Lugo", "3 de mayo de 1988"),
        ("Mi cumple: 1º de mayo de 1994", "1º de mayo de 1994"),
        (
            "nacido en Teruel el día catorce de marzo de mil novecientos cincuenta y cinco",
            "catorce de marzo de mil novecientos cincuenta y cinco",
        ),
        (
            "¿Me dice su fecha de nacimiento?\n- el catorce de julio del setenta y dos",
            "catorce de julio del setenta y dos",
        ),
        ("niña de 7 años, f. nac 3-V-2019", "3-V-2019"),
        ("fecha de nac. 3 Mayo 1.988", "3 Mayo 1.988"),
        ("nasio el 3 de mallo de 1988, disculpe", "3 de mallo de 1988"),
        ("vine al mundo el 21 de agosto de 1974", "21 de agosto de 1974"),
        ("soy del 21 de marzo de 1971, como mi gemelo", "21 de marzo de 1971"),
        ("mi padre cumple 65 el 11/02/2027", "11/02/2027"),
        ("72 años (22/08/1953), vive sola", "22/08/1953"),
    ],
)
def test_a_day_behind_a_word_for_birth_is_told_in_every_spelling(text: str, value: str) -> None:
    assert births(text) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1990-12-25 is my date of birth", "1990-12-25"),
        ("14 February 1967 - that is my birthday, please check", "14 February 1967"),
        ("On 6 June 1966 I was born, in the back of a taxi", "6 June 1966"),
        ("he puesto 21/10/1967 en la casilla de fecha de nacimiento", "21/10/1967"),
    ],
)
def test_a_day_before_the_word_is_one_of_birth_if_it_is_said_to_be(text: str, value: str) -> None:
    assert births(text) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Ana Ruiz (03/05/1988) pide el alta", "03/05/1988"),
        ("mi madre (30-9-1948) no sabe usar la web", "30-9-1948"),
        ("Please verify me: Olga Petrov, 24 Feb 1986, 12 Elm Row", "24 Feb 1986"),
        ("Paciente Iris Bello, 02/06/1946, acude por mareo", "02/06/1946"),
    ],
)
def test_a_day_behind_the_name_of_a_person_is_one_of_birth(text: str, value: str) -> None:
    assert births(text) == [value]


def test_only_the_column_whose_head_says_so_holds_dates_of_birth() -> None:
    text = "name,dob,hired\n" + "".join(f"N{day},19{day}-05-03,2010-01-{day}\n" for day in range(10, 29))
    assert births(text) == [f"19{day}-05-03" for day in range(10, 29)]
    assert births("| who | birthday |\n|---|---|\n| Ruth | 1982-03-09 |\n") == ["1982-03-09"]


def test_several_days_follow_one_word() -> None:
    assert births("change my birthday from 03/04/1992 to 04/03/1992") == ["03/04/1992", "04/03/1992"]
    assert births("Birthdays\n- Amy: 14/2/1988\n- Raj: 9/9/1979") == ["14/2/1988", "9/9/1979"]


@pytest.mark.parametrize(
    "text",
    [
        "The app was born on a rainy Sunday, 14 October 2018",
        "La panadería, nacida en 1987, se mudó el 4 de junio de 1999",
        "este error nació en el commit 9f1c22a del 3 de abril de 2019",
        "born in Leeds, she married on 14 June 1986",
        "Birthday party on 12/09/2026 at the pub",
        "your birthday voucher expires on 30/06/2012",
        "Birth certificate issued on 3 May 2010",
        "cumplimos con la norma desde el 25/05/2008",
        "validation error: dob must be before 2008-01-01",
        "Treaty of Lisbon (13 December 2007)",
        "Dr Hall (12/08/2026)",
        "Annual Report (31/12/2009)",
        "Mona Lisa Smile (19 December 2003)",
        "Signed in Madrid, 4 May 2010",
        "Smith, 12 June 1999, p. 44",
        "the invoice of 03/05/1991 and the contract of 4 June 1992",
        "name,joined\nSam,1999-04-05\n",
        "born 2 decades ago",
        "dob 31/02/1888 is too long ago",
    ],
)
def test_a_day_of_something_else_is_none_of_birth(text: str) -> None:
    assert births(text) == []


@pytest.mark.parametrize(
    ("date", "of"),
    [
        ("3/5/88", 1988),
        ("3/5/12", 2012),
        ("1988-05-03", 1988),
        ("03051988", 1988),
        ("3 Mayo 1.988", 1988),
        ("tres de mayo de mil novecientos ochenta y ocho", 1988),
        ("the third of May nineteen oh five", 1905),
        ("tres de mayo de dos mil uno", 2001),
    ],
)
def test_the_year_of_a_date_is_read_in_digits_and_words(date: str, of: int) -> None:
    assert year(date) == of
