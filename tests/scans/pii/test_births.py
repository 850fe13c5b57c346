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
        ("47yo M (12/12/1978) c/o headache", "12/12/1978"),
        ("Confirm your birth date (DD/MM/YYYY).\n> 31/01/1985", "31/01/1985"),
        ("date of birth for the infant?\nCustomer: 8/7/18", "8/7/18"),
        ("Please type your birth date.\nVisitor: 1-18-87", "1-18-87"),
        ("¿Cuándo nació usted?\nTestigo: El 28 de agosto de 1994", "28 de agosto de 1994"),
        ("SUMMARY:Diane's birthday\nDTSTART;VALUE=DATE:19580622", "19580622"),
        ("POST /kyc dob=17%2F03%2F1980", "17%2F03%2F1980"),
        ("Is 1 April 1970 your date of birth?", "1 April 1970"),
        ("m/56 fn 1/4/70", "1/4/70"),
        ("🎂 Ruth: 01/04/1970", "01/04/1970"),
        ("Godson's date of birth please? 6/6/16", "6/6/16"),
        ("la peque es del 3 de febrero de 2020", "3 de febrero de 2020"),
        ("nacida en Salta el día 3 de mayo de 1999", "3 de mayo de 1999"),
        ("BEGIN:VCARD\nFN:Rob Hale\nBDAY:19840611\nEND:VCARD", "19840611"),
        ("DOB/Sex: 12-Dec-1978/M", "12-Dec-1978"),
        ("so my brithday is 22/10/99", "22/10/99"),
        ("fehca de nacimeinto 3/3/93", "3/3/93"),
        ("?dob%3D1980-08-08", "1980-08-08"),
        ("mi hijo se llama Leo Vera y es del 26-1-62", "26-1-62"),
        ("Umar; b. January 10, 1971; plays 5-a-side", "January 10, 1971"),
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


def test_a_cell_holds_a_day_with_a_time_or_with_a_comma() -> None:
    text = "name,date_of_birth\nAnn,Jan 9, 1946\nBob,1938-01-02T00:00:00Z\nIda,07/18/1941\n"
    assert births(text) == ["Jan 9, 1946", "1938-01-02", "07/18/1941"]


def test_an_answer_that_is_a_day_belongs_to_the_question_of_birth_before_it() -> None:
    assert births('{"question": "When was Ann born?", "gold": "25 November 2002"}') == ["25 November 2002"]
    assert births('{"question": "When did Ann join?", "gold": "25 November 2002"}') == []


def test_several_days_follow_one_word() -> None:
    assert births("change my birthday from 03/04/1992 to 04/03/1992") == ["03/04/1992", "04/03/1992"]
    assert births("Sam's birthday is 4 May 2014 and Ruth's is 9 June 2017") == ["4 May 2014", "9 June 2017"]
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


@pytest.mark.parametrize(
    "text",
    [
        "DOB required. Form version 12/05/2021.",
        '"birth_date": null, "created_at": "2011-05-06"',
        "dob_verified: true, verified_on: 2026-05-12",
        'if nacido > "2008-11-27": error',
        "DOB check failed (code 441) at 2026-05-12T10:00:00Z",
        "Country of birth: Peru. Arrived 12/03/2011 in Spain.",
        "We cannot change a date of birth online; send form DB1 by 12 Jan 2027.",
        "El campo fecha_nacimiento vale 01/01/1900 por defecto.",
        "Example: enter your birth date like 31/12/1999.",
        "Formato de la fecha de nacimiento: AAAA-MM-DD, p. ej. 2000-01-31",
        "Pedí una partida de nacimiento el 12/10/2026 y sigo esperando.",
        "Docs: set DATE_OF_BIRTH_FORMAT=DD/MM/YYYY in config 2.9.11",
        "El campo se llama f_nac desde la versión 10.7.12",
    ],
)
def test_a_day_of_something_else_behind_the_name_of_a_field_is_none_of_birth(text: str) -> None:
    assert births(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Los nacidos entre el 1/9/2014 y el 31/8/2015 van a 6º.",
        "Children born after 31/12/2008 need a signature.",
        "This newsletter was born on 12 May 2014.",
        "De aquel acuerdo nació la empresa el 4 de mayo de 2011.",
        "The NHS was born on 5 July 1948.",
        "The idea for the film was born on 11 March 1999.",
        "The idea for Farrow Travel was born on 13 March 1994.",
        "Viajes Brisa nació en un garaje de Vigo el 2 de noviembre de 1992.",
        "A Star Is Born (5 October 2018), directed by Bradley Cooper",
        "El nacimiento de nuestra empresa el 14 de febrero de 2013",
        "Kotlin was born in 2011, 1.0 out 15 February 2016",
        "El bebé nacerá el 3 de abril de 2027 si todo va bien.",
        "a. 10/02/2019 b. 12/02/2019 c. 14/02/2019",
        "Appendix b: 12 March 2018 letter",
    ],
)
def test_what_is_born_and_is_nobody_and_who_may_be_born_has_no_day_of_birth(text: str) -> None:
    assert births(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Approved by: M. Ortiz (03/11/1999)",
        "Interview with Paul Stern (12.10.1994), transcript attached.",
        "Fernando Alonso (25.09.2005), campeón del mundo",
        "Autor: Arturo Reverte (18/03/1993). El club Dumas",
        "Prima de riesgo (14/10/2012): 420 puntos",
        "Menores de 12 años, 14/05/2027, entrada libre",
        "Aged 23 on 12/05/2014, she won the title.",
        "Se cumplen 50 años (20/11/1975) de la muerte de Franco.",
        "Cumple 12 meses de garantía el 14/03/2027.",
    ],
)
def test_a_day_beside_a_name_or_an_age_that_cannot_be_theirs_is_none(text: str) -> None:
    assert births(text) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Emma Hill (F, 12.04.1990) reports headaches.", ["12.04.1990"]),
        ("John Poe (4 May 1938 – 3 June 2020), beloved father", ["4 May 1938"]),
        ("Juana Prado (Vigo, 12 de mayo de 1961) es una ingeniera.", ["12 de mayo de 1961"]),
        ("Passenger list:\n1. Ann Poe – 12/03/1980\n2. Bob Poe – 14/05/1978", ["12/03/1980", "14/05/1978"]),
        (
            "Date of birth of applicant 1: 12 May 1981, applicant 2: 14 June 1983",
            ["12 May 1981", "14 June 1983"],
        ),
        ("Children's birthdays: 3 May 2010 and 1 July 2016", ["3 May 2010", "1 July 2016"]),
        ("She'll be sixteen on 4 March 2027", ["4 March 2027"]),
        ("The twins arrived on 14 May 2019, both healthy.", ["14 May 2019"]),
        ("Llegó al mundo el 12 de mayo de 2026", ["12 de mayo de 2026"]),
        ("hará 40 años el 12/05/2027", ["12/05/2027"]),
        ("nacimiento: 03/06/1984\nentrada: 03/06/2026", ["03/06/1984"]),
        ("the date of birth on the booking (06/06/1966) is wrong", ["06/06/1966"]),
        ("Mother's date of birth: 6/6/66, father's: 7/7/64", ["6/6/66", "7/7/64"]),
        ("Cónyuge: Clara Luna, 06/06/1966", ["06/06/1966"]),
    ],
)
def test_days_are_told_by_lives_lists_and_ages(text: str, values: list[str]) -> None:
    assert births(text) == values
