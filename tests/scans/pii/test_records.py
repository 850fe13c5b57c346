"""Days behind the name of a person: who it says they are, what else is said of them, and others beside them."""

import pytest

from esclusa.scans.pii.personal_data import entities
from esclusa.scans.pii.records import Name, named


def births(text: str) -> list[str]:
    return [text[start:end] for entity, start, end in entities(text) if entity.name == "birth_date"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Mrs Joan Petty 17 June 1941 fell at home on Tuesday.", "17 June 1941"),
        ("Dña. Amparo Gil 17 de junio de 1941 sufrió una caída.", "17 de junio de 1941"),
        ("Named driver - wife, Sheila Webb, 1 Feb 1991", "1 Feb 1991"),
        ("Testigo: Carmen Duarte, 21 de noviembre de 1967", "21 de noviembre de 1967"),
        ("Worker: Paul Stone, male, April 4, 1966, Leeds", "April 4, 1966"),
        ("Suspect: PIKE, Darren, W/M, 08-15-94", "08-15-94"),
        ("Celia Villalba, 17.475.915 D, 3/agosto/1944.", "3/agosto/1944"),
        ("Lorcan Hale / 26/4/1961 / rpt rx amlodipine", "26/4/1961"),
        ("Triage. Caller: mother of Dwayne O'Toole, 07/03/2018. Fever", "07/03/2018"),
        ("fill in this form for me? Ann Bell, 14051970, 020 7946 0000", "14051970"),
        ("DATOS PERSONALES\nElvira Heredia\n26/junio/1984 · Móstoles", "26/junio/1984"),
        ("As asked I found: Lena Ford — 15/03/1999 — lena@x.org", "15/03/1999"),
        ("| Lena Ford | 15/03/1999 | lena@x.org |", "15/03/1999"),
        ("RE: CARR, Alice. 31/07/1993. Hospital no. 554433.", "31/07/1993"),
        ("APIS details: SINGH/TARA, 16MAY89, GBR", "16MAY89"),
        ("hi its lena ford 15/03/1999 my order hasnt come", "15/03/1999"),
        ("Avalista: Julio Solís, 1 de enero de 1955, jubilado", "1 de enero de 1955"),
        ("OMAR HADDAD   M   17-MAR-1980   ROOM 4", "17-MAR-1980"),
        ("Infant passenger: COLE/BEN, 05JUN25", "05JUN25"),
        ("Grandson: Zayd, 02/02/2022", "02/02/2022"),
        ("Cole Ruth 01041970", "01041970"),
        ("PID|1||445566^^^MRN||HART^JUNE||19391110|F", "19391110"),
        ("DOCS/P/GBR/512345678/GBR/12MAR70/M/14JUL30", "12MAR70"),
    ],
)
def test_a_day_is_one_of_birth_in_the_record_of_a_person(text: str, value: str) -> None:
    assert births(text) == [value]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Mr Al Boyd (12 Mar 1970), Tess Boyd (30 Aug 1972)", ["12 Mar 1970", "30 Aug 1972"]),
        ("Travellers\n1. Emma Cole, 17/05/1983\n2. Jack Cole, 22/09/2012", ["17/05/1983", "22/09/2012"]),
        ("Una Hill 1 September 2025, Ida Fox 18/08/1995", ["1 September 2025", "18/08/1995"]),
        ("U14 squad: Kai Dunn 02/10/2012, Lee Watts 30/11/2012", ["02/10/2012", "30/11/2012"]),
        ("Homecare: 1) Ivy Stone 03/05/1931 2) Bert Lamb 17/09/1929", ["03/05/1931", "17/09/1929"]),
        ("the boys are Zayd (2 Feb 2022) and Idris (9 Sep 2024)", ["2 Feb 2022", "9 Sep 2024"]),
        ("Vaccination clinic: Una Hill 1 June 2025, Ida Fox 18/08/2023", ["1 June 2025", "18/08/2023"]),
    ],
)
def test_people_are_listed_with_days_that_lie_as_far_apart_as_births(text: str, values: list[str]) -> None:
    assert births(text) == values


@pytest.mark.parametrize(
    "text",
    [
        "Karen Holt, 12 March 2026, approved.",
        "name,signup,email\nAnn Bell,1999-03-12,ann@example.org",
        "this is due by monday 12/03/1999",
        "Timo Schulz 2001-08-31\nSimon Josefsson 2006-10-25\n",
        "cf. Ann Bell, 12/03/1998, p. 4",
        "Photo: Karen Holt, 2009-05-04",
        "Minutes taken by Karen Holt, 12.03.2006, Leeds",
        "Callback Ann Bell 12/03/2005 020 7946 0000",
        "Rota: Ann Bell 12/03/2015, Tom Hill 13/03/2015",
        "Vacaciones: Ana Gil (12/03/2009), Luis Mora (13/03/2015)",
        "Presidents: Ronald Reagan (January 20, 1981), George Bush (January 20, 1989)",
        "Mrs Ann Bell, 12/03/2012, letter to the council",
        "Your son Tom Hill, 12/03/2025, missed class",
        "Buenos Aires, 12 de mayo de 1998",
        "Students: Spring Term, 12/03/2004",
        "Order: Blue Jacket 12/03/2004 (M)",
        "Ann Bell 12/03/2005 14:22: please call back",
        "pagado por Carla Hoyos, 12/05/2004, ref 3321",
    ],
)
def test_a_day_behind_a_name_alone_is_of_anything(text: str) -> None:
    assert births(text) == []


def test_the_name_is_found_past_other_fields_and_is_no_place_and_no_thing() -> None:
    assert named("Worker: Paul Stone, male, ") == Name("Paul Stone", "Worker: ", ", male, ")
    assert named("Ana Gil (F, ") == Name("Ana Gil", "", " (F, ")
    assert named("San Juan, ") == named("Easter Monday, ") == named("nobody, ") == Name()


@pytest.mark.parametrize(
    "text",
    [
        *("Patient: John White (12/03/1985)", "Anna Green (12/03/1985)", "Luis Calle, F, 12/03/1985"),
        *(
            "paciente Jane Hall, 12/03/1985",
            "Patient: Ji-sung Park (12/03/1985)",
            "Marta Domingo, F, 12/03/1985",
        ),
    ],
)
def test_a_surname_that_things_are_called_by_too_is_a_persons(text: str) -> None:
    assert births(text) == ["12/03/1985"]


@pytest.mark.parametrize(
    "text",
    [
        "Black Friday (27/11/1992)",
        "Torre Picasso (12/03/1988)",
        "Hyde Park (12/03/1985)",
        "Albert Hall (2/5/1975)",
    ],
)
def test_a_street_and_a_tower_are_none(text: str) -> None:
    assert births(text) == []
