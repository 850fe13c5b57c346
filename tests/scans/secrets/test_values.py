"""Values: what a machine drew, what a person chose, and what says that it is no secret."""

import random
import string
import uuid

import pytest

from esclusa.scans.secrets.values import entropy, is_chosen, is_drawn, stands_for_one, worded

ALPHABETS = (
    string.ascii_letters + string.digits,
    string.ascii_letters + string.digits + "+/",
    string.ascii_letters + string.digits + "-_",
    string.ascii_lowercase + string.digits,
)


def values(alphabet: str, length: int, many: int = 500) -> list[str]:
    source = random.Random(f"{alphabet}{length}")
    return ["".join(source.choice(alphabet) for _ in range(length)) for _ in range(many)]


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize(("length", "least"), [(20, 0.9), (32, 0.96), (64, 0.96)])
def test_nearly_all_that_is_drawn_is_seen_to_be(alphabet: str, length: int, least: float) -> None:
    seen = [is_drawn(value) for value in values(alphabet, length)]
    assert sum(seen) >= least * len(seen)


@pytest.mark.parametrize(("length", "drawn"), [(31, False), (32, True), (40, True), (64, True)])
def test_hexadecimal_digits_are_drawn_from_thirty_two_on(length: int, drawn: bool) -> None:
    seen = [is_drawn(value) for value in values("0123456789abcdef", length)]
    assert (sum(seen) > 0.95 * len(seen)) is drawn


def test_an_identifier_by_the_standard_is_drawn() -> None:
    source = random.Random(7)
    assert all(is_drawn(str(uuid.UUID(int=source.getrandbits(128), version=4))) for _ in range(50))


@pytest.mark.parametrize(
    "text",
    [
        "short1Aa",
        "accessTokenExpirationTime",
        "bsd-2-clause-netbsd",
        "gpl-2.0-mysql-connector-odbc",
        "2024-10-01T12:00:00Z",
        "refresh_token_for_customers_of_the_shop_2",
        "com.example.security.TokenProvider1",
        "a sentence with spaces in it, 12345",
        "AWS_SECRET_ACCESS_KEY_2",
        "/var/run/secrets/kubernetes.io/serviceaccount/token",
        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
        "0" * 40,
    ],
)
def test_words_names_and_paths_are_not_drawn(text: str) -> None:
    assert not is_drawn(text)


@pytest.mark.parametrize(
    "text",
    [
        "Tundra42-marlin",
        "lantern.quartz60",
        "murci3l4go42_Azahar",
        "aveCopper46_?",
        "8ZRCdNF0JxwjsE",
        "contra-Seña9",
    ],
)
def test_a_password_has_letters_and_something_else(text: str) -> None:
    assert is_chosen(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "changeme",
            "CAMBIAR_ESTO",
            "your-password",
            "<password>",
            "${DB_PASSWORD}",
            "{{ vault_db_password }}",
        ),
        *("password", "secret", "test", "postgres", "hunter2", "abc123", "xxxxxxxx", "********", "sk-..."),
        *(
            "$(System.AccessToken)",
            "#{TwilioSecret}#",
            "%(password)s",
            "os.environ['X1']",
            "env:DB_PASSWORD1",
        ),
        *("/run/secrets/db_password1", "true", "none", "two words1", "short", "1234567890", "DB_PASSWORD_1"),
    ],
)
def test_what_stands_for_a_password_is_none(text: str) -> None:
    assert not is_chosen(text)


def test_a_drawn_value_that_begins_like_a_word_stands_for_itself() -> None:
    assert not stands_for_one("onbuRQ1OV/eTWtsl6pRNtM9Zfev")
    assert stands_for_one("on")


def test_entropy_is_shannons() -> None:
    assert entropy("") == 0.0
    assert entropy("aaaa") == 0.0
    assert entropy("abcd") == pytest.approx(2.0)
    assert entropy("aabb") == pytest.approx(1.0)


def test_words_are_told_from_drawn_letters() -> None:
    assert worded("contraseñadelaempresa")
    assert worded("interestingconversation")
    assert sum(worded(value) for value in values(string.ascii_lowercase, 24)) < 10
