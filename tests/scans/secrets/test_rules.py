"""Our detector, and Kingfisher's: what they find, and that they do what each scan asks of them first."""

import base64
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.scans.detector import Detector, Hit, NotInstalled
from esclusa.scans.masked import findings
from esclusa.scans.piece import Piece
from esclusa.scans.search import untrusted
from esclusa.scans.secrets.kingfisher import Kingfisher
from esclusa.scans.secrets.rules import Rules
from tests.scans.secrets.drawn import drawn

CHOSEN = "Tundra42-marlin"
GITHUB = drawn("ghp_{w36}", 5)
KEY = drawn("{w40}", 5)


@pytest.fixture(scope="module")
def kingfisher(tmp_path_factory: pytest.TempPathFactory) -> Kingfisher:
    return Kingfisher({"cache": str(tmp_path_factory.mktemp("cache"))})


def looked(detector: Detector, text: str, name: str = "a.txt") -> list[tuple[str, str]]:
    return _told(detector.find([Piece(name=name, data=text.encode())]))


def _told(hits: Iterable[Hit]) -> list[tuple[str, str]]:
    return [(hit.rule, hit.piece.data[hit.start : hit.end].decode()) for hit in hits]


def test_both_find_what_is_known(kingfisher: Kingfisher) -> None:
    assert untrusted(Rules({})) == ""
    assert untrusted(kingfisher) == ""


@pytest.mark.parametrize(
    ("text", "rule", "secret"),
    [
        (f"url = amqps://billing:{CHOSEN}@mq.example/v", "password-in-address", CHOSEN),
        (f"redis://:{CHOSEN}@cache", "password-in-address", CHOSEN),
        (f"> Authorization: Basic {base64.b64encode(b'crm:jq9Maple8!+').decode()}", "basic-credentials", ""),
        (f'"auth": "{base64.b64encode(b"robot:g4yzCnD7Zj").decode()}"', "basic-credentials", ""),
        (f"curl -H 'Authorization: Bearer {KEY}' https://x", "bearer-token", KEY),
        (f"curl -u api:{KEY} https://x", "password-of-curl", KEY),
        (f"curl https://x '-uapi:{KEY}'", "password-of-curl", KEY),
        (f"git clone https://{KEY}@git.example/42/agent.git", "token-in-address", KEY),
        (f"git clone https://{KEY}:{KEY}@git.example/agent.git", "password-in-address", KEY),
        (f'RUN echo "root:{CHOSEN}" | chpasswd', "password-of-user", CHOSEN),
        (f"db-1.internal:5432:shop:shop_ro:{CHOSEN}\n", "password-of-postgresql", CHOSEN),
    ],
)
def test_what_has_a_place_of_its_own_is_found_there(text: str, rule: str, secret: str) -> None:
    found = dict(looked(Rules({}), text))
    assert rule in found
    assert found[rule] == (secret or found[rule])


def test_a_private_key_is_found_over_lines_and_in_one_text() -> None:
    body = "\n".join(drawn("{w64}", seed) for seed in range(10))
    block = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----"
    assert looked(Rules({}), f"{block}\n") == [("private-key", block)]
    escaped = block.replace("\n", "\\n")
    assert looked(Rules({}), f'{{"private_key": "{escaped}"}}') == [("private-key", escaped)]
    assert looked(Rules({}), block.replace("PRIVATE", "PUBLIC")) == []


@pytest.mark.parametrize(
    "body",
    [
        '"]\n            + [data[at : at + 64] for at in range(0, len(data), 64)] + [b"',
        "\n<the base64 of your key, as the vendor's page for projects and their owners shows it to you>\n"
        * 2,
        "\n" + "s3cr3t" * 40 + "\n",
    ],
)
def test_a_private_key_has_a_line_that_was_drawn(body: str) -> None:
    assert looked(Rules({}), f"-----BEGIN PRIVATE KEY-----{body}-----END PRIVATE KEY-----") == []


def test_a_letter_within_a_word_is_no_option_of_curl() -> None:
    assert looked(Rules({}), "curl -sS https://api-url.acme.example:8000/hook/travis7/build") == []


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://user:password@localhost/x",
        "https://example.com:8080/@a",
        "http://host:443@x",
        "git://a@b:c",
        "amqp://airflow:airflow@mq.example",
        f"http://{'0f9a1c77e0b2d36a' * 2}@errors.example:8000/42",
    ],
)
def test_an_address_without_a_secret_has_none(text: str) -> None:
    assert looked(Rules({}), text) == []


@pytest.mark.parametrize(
    ("text", "rule", "value"),
    [
        ("https://user1:password1@proxy.example", "password-in-address", "password1"),
        ("https://user:p%40ssw0rd@proxy.example", "password-in-address", "p%40ssw0rd"),
        ("DB_PASSWORD=test1234", "named-password", "test1234"),
        ("curl -H 'Authorization: Basic YW5hOnBhc3N3b3JkMTIz'", "basic-credentials", "YW5hOnBhc3N3b3JkMTIz"),
    ],
)
def test_a_made_up_password_is_an_example_where_such_are_and_a_weak_one_elsewhere(
    text: str, rule: str, value: str
) -> None:
    assert (rule, value) in looked(Rules({}), text, "deploy/production.cfg")
    assert looked(Rules({}), text, "tests/production.cfg") == []


@pytest.mark.parametrize(("name", "rule"), [("password", "named-password"), ("apiToken", "named-key")])
def test_what_jenkins_encrypted_is_a_secret_though_it_begins_with_zeros(name: str, rule: str) -> None:
    value = "{AQAAABAAAAAQ" + "RXx2nznYZEGZwOW9vPvIWzfOkcveH8Gw6mtE8TBDbdcp" + "/mm9}"
    assert looked(Rules({}), f"<{name}>{value}</{name}>", "credentials.xml") == [(rule, value)]


def test_a_value_without_quotes_counts_in_a_text_and_not_in_a_program() -> None:
    text = f"password = {CHOSEN}\n"
    assert looked(Rules({}), text, "app.ini") == [("named-password", CHOSEN)]
    assert looked(Rules({}), text, "app.py") == []


def test_kingfisher_tells_places_in_bytes_and_heeds_no_comments_of_its_own(kingfisher: Kingfisher) -> None:
    assert looked(kingfisher, f"ñandú = '{GITHUB}'  # kingfisher:ignore") == [("github-pat", GITHUB)]
    assert looked(kingfisher, "ghp_" + "x" * 36) == []


def test_what_kingfisher_finds_is_said_by_the_name_of_its_form(kingfisher: Kingfisher) -> None:
    piece = Piece(name="a.txt", data=f"key = '{GITHUB}'".encode())
    assert [hit.message for hit in kingfisher.find([piece])] == ["a secret of the form github-pat"]


@pytest.mark.parametrize("pair", ["guest:guest", "scott:tiger", "ana:secret", "ana:[Filtered]", "ana:psw"])
def test_kingfisher_is_not_heard_about_passwords_that_everybody_has(
    kingfisher: Kingfisher, pair: str
) -> None:
    assert looked(kingfisher, f"broker_url = amqp://{pair}@mq.internal:5672//") == []
    assert looked(kingfisher, f"broker_url = amqp://guest:{CHOSEN}@mq.internal:5672//")


@pytest.mark.parametrize(
    "text",
    [
        f'["amqp://guest:guest@a","amqp://shop:{KEY[:16]}@b"]',
        "'https://ana:ana@shop.example/?token=" + "shpat_" + drawn("{h32}", 1) + "'",
        "see https://{0}:{0}@git.example ".format("ghp_" + drawn("{w36}", 1)),
    ],
)
def test_kingfisher_is_heard_about_what_stands_beside_such_a_password(
    kingfisher: Kingfisher, text: str
) -> None:
    assert looked(kingfisher, text)


def test_kingfisher_keeps_its_rules_where_nobody_else_writes(kingfisher: Kingfisher, tmp_path: Path) -> None:
    Kingfisher({"cache": str(tmp_path)})
    kept = tmp_path / "kingfisher"
    assert kept.stat().st_mode & 0o077 == 0
    assert any(path.is_file() for path in kept.rglob("*"))
    assert looked(Kingfisher({"cache": str(tmp_path)}), GITHUB) == looked(kingfisher, GITHUB)


def test_without_its_package_kingfisher_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "kingfisher_sdk", None)
    with pytest.raises(NotInstalled) as raised:
        Kingfisher({"cache": str(tmp_path)})
    assert (raised.value.what, raised.value.mend) == (
        "kingfisher-secret-scanner",
        "pip install 'esclusa[scan]'",
    )


@given(st.binary(max_size=400), st.sampled_from(["a.py", "a.yaml", "a.bin"]))
def test_any_bytes_are_looked_at(data: bytes, name: str) -> None:
    for hit in Rules({}).find([Piece(name=name, data=data)]):
        assert 0 <= hit.start < hit.end <= len(data)


@given(
    st.sampled_from(
        ["token = '{}'", "API_KEY={}", '{{"secret": "{}"}}', "redis://:{}@h/0", "password is {}"]
    ),
    st.integers(0, 10**6),
)
def test_no_secret_is_in_any_part_of_a_finding(shape: str, seed: int) -> None:
    secret = drawn("{w24}", seed)
    piece = Piece(name="a.env", data=shape.format(secret).encode())
    for _, finding in findings(Rules({}).find([piece]), "secrets"):
        assert secret not in repr(finding)
        assert secret[:12] not in repr(finding)


def test_of_a_name_only_the_last_word_is_told() -> None:
    address = f"https://api.example.org/{KEY}/token={drawn('{w32}', 9)}"
    told = [hit.message for hit in Rules({}).find([Piece(name="a.txt", data=address.encode())])]
    assert told
    assert not [message for message in told if KEY in message]
