"""Places: commands, calls and addresses in which nothing but a secret can stand."""

import subprocess
import sys

import pytest

from esclusa.scans.secrets.places import places
from tests.scans.secrets.drawn import drawn

CHOSEN = "Tundra42-marlin"
KEY = drawn("{w40}", 4)


def found(text: str) -> list[tuple[str, str]]:
    data = text.encode()
    return [(place.id, data[start:end].decode()) for place, start, end in places(data)]


@pytest.mark.parametrize(
    "text",
    [
        f"sshpass -p '{CHOSEN}' ssh ana@host",
        f"mysql -h db -u root -p{CHOSEN} shop",
        f'["mysqladmin", "ping", "-p{CHOSEN}"]',
        f"zip -P {CHOSEN} a.zip b",
        f"ldapsearch -D cn=admin -w {CHOSEN}",
        f"smbclient //srv/x -U ana%{CHOSEN}",
        f"openssl enc -aes-256-cbc -k {CHOSEN} -in a",
        f"openssl pkcs12 -passin pass:{CHOSEN} -in a",
        f"net user ana {CHOSEN} /add",
        f"'{CHOSEN}' | ConvertTo-SecureString -AsPlainText -Force",
        f"echo '{CHOSEN}' | sudo -S apt update",
        f"sudo -S ls <<< '{CHOSEN}'",
        f'expect "password:"\nsend "{CHOSEN}\\r"',
        f"az login -u ana -p {CHOSEN}",
    ],
)
def test_a_password_of_a_command_is_found(text: str) -> None:
    assert found(text) == [("password-of-command", CHOSEN)]


@pytest.mark.parametrize(
    "text",
    [
        "sshpass -p $PASSWORD ssh ana@host",
        "mysql -u root -p shop2",
        "mysql -h db\nssh -p 2222 Ana42-Marlin@host",
        "docker run -p 8080:80 nginx:1.27-alpine",
        "openssl req -passin env:KEY_PASSWORD2",
        "zip -r release-2026-11.zip dist",
        "select the user and Password42-marlin",
        "the .NET user Tundra42 logs in",
    ],
)
def test_other_options_are_no_passwords(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "rule", "secret"),
    [
        (f'smtp.login("ana@acme.es", "{CHOSEN}")', "password-of-call", CHOSEN),
        (f'DriverManager.getConnection("jdbc:x://db", "app", "{CHOSEN}")', "password-of-call", CHOSEN),
        (f'new NetworkCredential("svc", "{CHOSEN}", "CORP")', "password-of-call", CHOSEN),
        (f'HTTPBasicAuth("svc", "{CHOSEN}")', "password-of-call", CHOSEN),
        (f"new PDO('mysql:host=db', 'app', '{CHOSEN}');", "password-of-call", CHOSEN),
        (f'smtp.PlainAuth("", "a@b.es", "{CHOSEN}", host)', "password-of-call", CHOSEN),
        (f'btoa("svc:{CHOSEN}")', "password-of-call", CHOSEN),
        (f'jwt.encode({{"sub": user}}, "{KEY}", algorithm="HS256")', "key-of-call", KEY),
        (f'crypto.createHmac("sha256", "{KEY}")', "key-of-call", KEY),
        (f'Algorithm.HMAC256("{KEY}")', "key-of-call", KEY),
        (f'Fernet(b"{KEY}=")', "key-of-call", f"{KEY}="),
    ],
)
def test_a_secret_that_a_function_is_called_with_is_found(text: str, rule: str, secret: str) -> None:
    assert (rule, secret) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "smtp.login(user, password)",
        'smtp.login("ana@acme.es", os.environ["SMTP_PASSWORD2"])',
        'smtp.PlainAuth("", "ana2@acme.es", password, host)',
        'jwt.encode(payload, key, algorithm="HS256-and-more")',
        'crypto.createHmac("sha256", key)',
        'signal.connect("button-clicked2", "on_button_clicked2")',
        'HTTPBasicAuth("user", "password")',
    ],
)
def test_a_call_with_names_has_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f'sql.Open("mysql", "app:{CHOSEN}@tcp(db:3306)/shop")', CHOSEN),
        (f'f"postgresql://app:{CHOSEN}@{{host}}/shop"', CHOSEN),
        (f"git clone https://{KEY}:x-oauth-basic@github.com/a/b", KEY),
        (f"CREATE USER a IDENTIFIED BY '{CHOSEN}'", CHOSEN),
        (f'{{"kty": "EC", "x": "a", "d": "{KEY}abc"}}', f"{KEY}abc"),
        (f"panel: admin/{CHOSEN}", CHOSEN),
        (f"Accesos: ana@acme.es / {CHOSEN}", CHOSEN),
        (f"`admin` / `{CHOSEN}`", CHOSEN),
        (
            "mnemonic: " + "legal winner orbit " * 3 + "velvet pupil drift",
            "legal winner orbit " * 3 + "velvet pupil drift",
        ),
        (f"see {drawn('{h32}-{h8}-{h8}', 1)} there", drawn("{h32}-{h8}-{h8}", 1)),
    ],
)
def test_what_stands_in_an_address_a_query_or_a_pair_is_found(text: str, secret: str) -> None:
    assert {value for _, value in found(text)} == {secret}


@pytest.mark.parametrize(
    "text",
    [
        "https://x-oauth-basic@github.com",
        "CREATE USER a IDENTIFIED BY '${PASSWORD}'",
        "the routes are admin/users2 and admin/Settings",
        "- Ana (<ana@acme.es> / @Ana2026x)",
        "mnemonic: the words are kept by ana and luis for the case that one is away",
        f"{drawn('{u}', 1)}",
    ],
)
def test_an_address_a_path_and_a_sentence_have_none(text: str) -> None:
    assert found(text) == []


HOSTILE = {
    "quotes": "'password' \"token\" " * 20_000,
    "names": "password" * 60_000,
    "spaces": "password" + " " * 400_000 + ":",
    "options": " -p" * 120_000,
    "commands": "mysql " * 60_000 + " -p" * 20_000,
    "calls": 'jwt.encode("a", ' * 30_000,
    "rows": "INSERT INTO t (password) VALUES " + "(" * 200_000,
    "fields": "INSERT INTO t (password) VALUES " + "('a'," * 80_000,
    "rules": "| password |\n|---|\n" * 20_000,
    "lines": "chpasswd <<E\n" + "a:b1c2d3e\n" * 40_000,
    "addresses": "https://a:" * 40_000,
    "words": "mnemonic " + "legal " * 80_000,
    "sentences": "password of the " * 30_000,
    "defaults": "password d" * 40_000,
    "copies": "COPY t (password) FROM stdin;\n" * 20_000,
    "inserts": "INSERT INTO t (password) VALUES ('" * 20_000,
    "columns": "INTO t (" * 60_000,
    "values": "token=" * 30_000,
}


@pytest.mark.parametrize("sort", HOSTILE)
def test_what_is_written_to_keep_it_busy_takes_seconds(sort: str) -> None:
    """Hundreds of kilobytes each; a pattern that goes back over it takes hours."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (40, 40));"
        "from esclusa.scans.piece import Piece; from esclusa.scans.secrets.rules import Rules;"
        "from tests.scans.secrets.test_places import HOSTILE;"
        f"data = HOSTILE['{sort}'].encode();"
        "[list(Rules({}).find([Piece(name=name, data=data)])) for name in ('a.py', 'a.csv')]"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
