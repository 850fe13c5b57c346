"""Values: what a machine drew, what a person chose, and what says that it is no secret."""

import random
import string
import uuid

import pytest

from esclusa.scans.secrets.values import (
    entropy,
    is_chosen,
    is_drawn,
    is_numbered,
    is_passphrase,
    is_scrambled,
    is_short_key,
    is_typed,
    stands_for_one,
    worded,
)

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
            "aws.auth#sigv4",
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


@pytest.mark.parametrize(
    "text",
    [
        *("(https://tracker.example/issues/81)", "[#81](https://tracker.example/81)", "sdb://ring/pass1"),
        *(
            "[Filtered]",
            "%5BFiltered%5D",
            "(optional)",
            "*LOCKED*",
            "<plaintext",
            "{InsertYourPrimaryKeyHere}",
        ),
        *(
            "(ConvertTo-SecureString",
            "shop.users.create(",
            ").encode(",
            "a===b?c:d",
            "i18next.loadSpace",
            "pageForm.bodyText",
        ),
        *(
            "text/html",
            "app:account:login",
            "credentials/",
            "/spa/reset/{key}/",
            "../../@acme/a.d.ts",
            "/Users/%s",
        ),
        *(
            "format_1_AES256.yml",
            "5/m/user",
            "key_?pass1",
            "keyword.$2",
            "keyword.tag-$S2",
            "CORP\\ana",
            "attempt{i}",
        ),
        *("grant_type=password&username=ana&password=x1", "abcdefgh-1", "abcd-efgh1"),
        *("AAAAC3NzaC1lZDI1NTE5AAAAIK3Zp9QwX", "eyJhbGciOiJub25lIn0.e30.", "NACL[k3Zp9QwX]"),
        *("dXNlcjpwYXNzd2Q=", "c3VwZXItc2VjcmV0LWtleQ=="),
    ],
)
def test_addresses_paths_code_and_words_in_brackets_are_none(text: str) -> None:
    assert stands_for_one(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "{AQk3Zp9QwXtR7mLs2vB8nHx4dF=}",
            "tundra/42",
            "Tundra42/",
            "lantern:Quartz60",
            "(Tundra42",
            "a$1Tundra",
        ),
        *("Acme\\Tundra42", "Tundra{42}", "eyJhbGciOiJub25lIn0.e30.k3Zp9QwX", "AAAAk3Zp9QwXk3Zp"),
        *("YW5hOlR1bmRyYTQyLW1hcmxpbg==", "amqp://ana:Tundra42@mq.acme.internal"),
        *("(Winter)2024!x", "[Abc]9xk3marlin", "Verano-$24", "Winter.$1", "ana.lopez#Madrid24", "Xk92jdLq("),
        *(
            "tundra42{marlin}",
            "100/60/marlin",
            "Tun===42marl",
            "aa_?bb77!X",
            "/tundra@42%Marlin",
            "/Xk9@{}42",
            "kLq6IibmFEGskZ0wQ_n.klWj",
        ),
    ],
)
def test_what_only_begins_like_one_of_them_is_not(text: str) -> None:
    assert not stands_for_one(text)


@pytest.mark.parametrize("text", ["lantern7", "Lantern", "16-byte", "2048-bit", "4096-bits"])
def test_a_word_with_a_digit_and_a_size_are_no_passwords_of_a_sentence(text: str) -> None:
    assert is_numbered(text)


@pytest.mark.parametrize("text", ["2024-verano", "1990-primavera", "Lantern72"])
def test_a_word_behind_a_year_may_be_one(text: str) -> None:
    assert not is_numbered(text)


def test_marks_above_letters_are_no_signs_of_a_password() -> None:
    assert not is_chosen("รหัสผ่าน")


@pytest.mark.parametrize(
    "text", ["copper-lantern-walnut-ridge", "Copper.Lantern.Walnut", "girasol_tormenta_lobo_trigal"]
)
def test_words_with_signs_between_are_a_passphrase(text: str) -> None:
    assert is_passphrase(text)


@pytest.mark.parametrize(
    "text",
    [
        "copper-lantern-walnut",
        "invalid_password_or_user",
        "auth.reset.form.title",
        "copper-copper-copper-copper",
        "copper-lantern_walnut-ridge",
        "prod-grafana-admin-credentials",
        "a-b-c-d",
        "abcd-efgh-ijkl-mnop",
        "copper lantern walnut ridge",
    ],
)
def test_names_of_settings_and_messages_are_no_passphrase(text: str) -> None:
    assert not is_passphrase(text)


def test_letters_alone_are_a_password_when_they_make_no_words() -> None:
    drawn = values(string.ascii_letters, 16) + values(string.ascii_lowercase, 16)
    assert sum(map(is_scrambled, drawn)) > 0.85 * len(drawn)
    names = (
        "accessTokenProvider",
        "customerRepository",
        "contraseñadelaempresa",
        "ALLCAPITALLETTERS",
        "short",
    )
    assert not any(map(is_scrambled, names))


def test_a_short_key_has_letters_of_both_sizes_and_digits_or_is_hexadecimal() -> None:
    assert is_short_key("4f9a1c77e0b2d36a58c1")
    assert is_short_key("qT7wZ2mK9xR4")
    assert not any(
        map(is_short_key, ("getTokenById2", "short1A", "1234567890123456", "feedfacefeedfacefeed"))
    )


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Tundra42-marlin", True),
        ("tundra!42", True),
        ("Prueba2026", True),
        ("prueba2026", False),
        ("users/Settings2", False),
        ("Contraseña", False),
    ],
)
def test_what_stands_in_a_sentence_has_to_look_typed(text: str, typed: bool) -> None:
    assert is_typed(text) is typed


@pytest.mark.parametrize(
    "text",
    [
        "varchar(255)",
        "aes256-gcm",
        "ana@acme.es",
        "ENC(k9Pz)",
        "vault:v1:k9Pz",
        "ref+vault://a/b#c1",
        "x-oauth-basic",
        "$DB_PASSWORD",
        "-aes-256",
    ],
)
def test_types_addresses_and_what_is_encrypted_are_none(text: str) -> None:
    assert stands_for_one(text)


def test_a_sign_at_both_ends_is_no_variable() -> None:
    assert not stands_for_one("$Copper96$")
