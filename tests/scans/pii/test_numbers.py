"""Numbers with check digits: those that are given out pass, and one wrong digit is seen."""

import stdnum.es.cif
import stdnum.es.dni
import stdnum.es.nie
import stdnum.gb.nhs
import stdnum.iban
import stdnum.luhn
from hypothesis import given
from hypothesis import strategies as st

from esclusa.scans.pii import numbers

DIGITS = st.text(alphabet="0123456789", min_size=1)


def digits(n: int) -> st.SearchStrategy[str]:
    return st.text(alphabet="0123456789", min_size=n, max_size=n)


@given(digits(16))
def test_luhns_check_is_that_of_a_library(text: str) -> None:
    assert numbers.luhn(text) == stdnum.luhn.is_valid(text)


@given(st.sampled_from(["4", "51", "55", "2221", "2720", "6011", "65"]), digits(16), st.integers(0, 15))
def test_a_card_has_a_network_a_length_and_a_check(head: str, rest: str, wrong: int) -> None:
    body = (head + rest)[:15]
    number = body + stdnum.luhn.calc_check_digit(body)
    if len(set(number)) < 3:
        return
    assert numbers.card(number)
    assert not numbers.card(number[:-1])
    changed = number[:wrong] + str((int(number[wrong]) + 1) % 10) + number[wrong + 1 :]
    assert not numbers.card(changed)
    assert not numbers.card("9" + number[1:])


@given(digits(8), st.sampled_from("TRWAGMYFPDXBNJZSQVHLCKE"))
def test_an_identity_number_is_that_of_a_library(text: str, letter: str) -> None:
    assert numbers.dni(text + letter) == stdnum.es.dni.is_valid(text + letter)


@given(st.sampled_from("XYZ"), digits(7), st.sampled_from("TRWAGMYFPDXBNJZSQVHLCKE"))
def test_a_foreigners_number_is_that_of_a_library(head: str, text: str, letter: str) -> None:
    assert numbers.nie(head + text + letter) == stdnum.es.nie.is_valid(head + text + letter)


@given(st.sampled_from("ABCDEFGHJNPQRSUVW"), digits(7))
def test_exactly_the_checks_that_a_library_gives_make_a_tax_number(head: str, text: str) -> None:
    checks = "0123456789ABCDEFGHIJ"
    ours = {check for check in checks if numbers.cif(head + text + check)}
    theirs = {check for check in checks if stdnum.es.cif.is_valid(head + text + check)}
    assert ours
    # The library also lets a letter stand where the registry gives a digit, and the other way round.
    assert ours <= theirs


@given(digits(10))
def test_a_health_number_is_that_of_a_library(text: str) -> None:
    assert numbers.nhs(text) == (stdnum.gb.nhs.is_valid(text) and len(set(text)) > 2)


@given(st.sampled_from(["ES", "DE", "FR", "GB"]), st.data())
def test_an_account_is_that_of_a_library_and_one_wrong_digit_is_seen(
    country: str, data: st.DataObject
) -> None:
    length = numbers.IBAN_LENGTHS[country]
    head = "MIDL" if country == "GB" else ""
    body = head + data.draw(digits(length - 4 - len(head)))
    account = country + stdnum.iban.calc_check_digits(f"{country}00{body}") + body
    assert numbers.iban(account)
    at = data.draw(st.integers(8, length - 1))
    assert not numbers.iban(account[:at] + str((int(account[at]) + 1) % 10) + account[at + 1 :])
    assert not numbers.iban(account[:-1])


@given(st.integers(1, 53), st.integers(0, 10**8 - 1))
def test_a_social_security_number_has_a_province_and_two_digits_that_check_it(
    province: int, serial: int
) -> None:
    whole = province * 10**7 + serial if serial < 10**7 else province * 10**8 + serial
    number = f"{province:02d}{serial:08d}{whole % 97:02d}"
    assert numbers.nuss(number)
    assert not numbers.nuss(number[:-2] + f"{(whole + 1) % 97:02d}")
    assert not numbers.nuss("99" + number[2:])


def test_a_number_of_the_united_states_has_parts_that_are_given_out() -> None:
    assert numbers.ssn("434709258")
    assert not any(
        map(numbers.ssn, ("000709258", "666709258", "991709258", "434009258", "434700000", "078051120"))
    )
    assert not any(map(numbers.ssn, ("43470925", "4347092588", "111111111")))
