"""Values behind names: in which syntaxes they are seen, and behind which names."""

import pytest

from esclusa.scans.secrets.named import named
from esclusa.scans.secrets.names import sort_of

CHOSEN = "Tundra42-marlin"
KEY = "rT97e0qt1ftoAxf07QFlUr2BfDf1hHVX7ZB6I"


def found(text: str, program: bool = False) -> list[tuple[str, str, str]]:
    data = text.encode()
    return [(one.name, one.sort, data[one.start : one.end].decode()) for one in named(data, program)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"DB_PASSWORD={CHOSEN}\n", "DB_PASSWORD"),
        (f"export PGPASSWORD={CHOSEN} psql", "PGPASSWORD"),
        (f"spring.datasource.password={CHOSEN}", "spring.datasource.password"),
        (f"  contraseña: {CHOSEN}", "contraseña"),
        (f"clave: '{CHOSEN}'", "clave"),
        (f'CONTRASENA = "{CHOSEN}"', "CONTRASENA"),
        (f"        - MONGO_ROOT_PASSWORD={CHOSEN}", "MONGO_ROOT_PASSWORD"),
        (f"Server=db;User ID=orders;Password={CHOSEN};Encrypt=True", "Password"),
        (f"<SigningPassword>{CHOSEN}</SigningPassword>", "SigningPassword"),
        (f'<add key="db:Password" value="{CHOSEN}" />', "db:Password"),
        (f"CREATE USER x WITH PASSWORD '{CHOSEN}';", "PASSWORD"),
        (f"login bob password {CHOSEN}\n", "password"),
        (f"the staging password is `{CHOSEN}` (please", "password"),
        (f"sshpass -p '{CHOSEN}' rsync", "sshpass"),
        (f"- name: DB_PASSWORD\n  value: {CHOSEN}\n", "DB_PASSWORD"),
    ],
)
def test_a_password_is_seen_outside_programs(text: str, name: str) -> None:
    assert found(text) == [(name, "password", CHOSEN)]


def test_a_name_in_spanish_is_seen_as_older_programs_write_it() -> None:
    data = f"contraseña: {CHOSEN}\nCONTRASEÑA_DB={CHOSEN}2\n".encode("latin-1")
    assert [(one.name, data[one.start : one.end].decode()) for one in named(data, program=False)] == [
        ("contraseña", CHOSEN),
        ("CONTRASEÑA_DB", f"{CHOSEN}2"),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f'api_key = "{KEY}"', "api_key"),
        (f"AZURE_SAS_SIGNATURE={KEY}", "AZURE_SAS_SIGNATURE"),
        (f'"apiKey": "{KEY}",', "apiKey"),
        (f"apiKey: '{KEY}',", "apiKey"),
        (f"'secret' => '{KEY}'", "secret"),
        (f'private const val PARTNER_KEY = "{KEY}"', "PARTNER_KEY"),
        (f'token: str = "{KEY}"', "token"),
        (f'os.environ["HF_TOKEN"] = "{KEY}"', "HF_TOKEN"),
        (f'"os.environ[\\"HF_TOKEN\\"] = \\"{KEY}\\"\\n",', "HF_TOKEN"),
        (f'headers.set("X-Api-Key", "{KEY}")', "X-Api-Key"),
        (f'speech_key, region = "{KEY}", "spaincentral"', "speech_key"),
        (f'Client(api_token="{KEY}")', "api_token"),
        (f'KEY = SecretStr("{KEY}")', "KEY"),
    ],
)
def test_a_key_in_quotes_is_seen_in_programs_too(text: str, name: str) -> None:
    assert found(text, program=True) == [(name, "key", KEY)]
    assert found(text, program=False) == [(name, "key", KEY)]


@pytest.mark.parametrize(
    "text",
    [
        "password = getpass()",
        "token = tokens[i1]",
        "self.password = settings.password1",
        "def login(user, password=default_password1):",
        "if token == other_token2x9y8z7w6v5u4t3s2:",
        f"api_key = {KEY}",
        "pass :data:`h11.CLIENT`",
    ],
)
def test_an_expression_in_a_program_is_no_secret(text: str) -> None:
    assert found(text, program=True) == []


@pytest.mark.parametrize(
    "text",
    [
        "token: ${{ secrets.PYPI_TOKEN }}",
        'db_password: "{{ vault_db_password }}"',
        "spring.cloud.config.token=${CONFIG_TOKEN:none}",
        "GF_SECRET_KEY__FILE: /run/secrets/grafana_secret_key",
        "OPENAI_API_KEY=sk-your-key-here",
        "api_key: not-needed",
        "LANGSMITH_API_KEY=changeme",
        "passwords are kept in the vault2, ask Ana",
        "password reset please",
    ],
)
def test_what_stands_for_a_secret_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        ("DB_PASSWORD", "password"),
        ("dbPassword2", "password"),
        ("contraseña", "password"),
        ("CLAVE_API", "password"),
        ("api_key", "key"),
        ("apiKey", "key"),
        ("X-Api-Key", "key"),
        ("SECRETO_SESION", "key"),
        ("aws.secretAccessKey", "key"),
        ("session_secret", "key"),
        ("TOKEN_GITHUB", "key"),
        ("API_KEY_STAGING", "key"),
        ("GITHUB_PAT", "key"),
        ("secret_key_base", "key"),
        ("CONTRASEÑA_BBDD", "password"),
        ("requirepass", "password"),
        ("PASSWORD_HASHERS", None),
        ("passwordInput", None),
        ("client_request_token", None),
        ("checksum/secret", None),
        ("GPG_KEY", None),
        ("HTTPPasswordMgr", None),
        ("password__startswith", None),
        ("hmac_signature", None),
        ("password_file", None),
        ("token_type", None),
        ("secretName", None),
        ("access_key_id", None),
        ("public_key", None),
        ("primaryKey", None),
        ("max_tokens", None),
        ("keyboard", None),
        ("monkey", None),
        ("author", None),
        ("password_hash", None),
        ("2", None),
        ("", None),
    ],
)
def test_a_name_says_what_its_value_is(name: str, sort: str | None) -> None:
    assert sort_of(name) == sort


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        (f'headers={{"Authorization": "Token {KEY}"}}', "Authorization", KEY),
        (f'dsn = "host=db user=shop password={CHOSEN} sslmode=require"', "password", CHOSEN),
        (f'url = "https://x/token?grant=a&client_secret={KEY}&b=c"', "client_secret", KEY),
        (f'client.setPassword("{CHOSEN}")', "client.setPassword", CHOSEN),
    ],
)
def test_a_secret_within_a_text_of_a_program_is_seen(text: str, name: str, value: str) -> None:
    assert [(found_name, found_value) for found_name, _, found_value in found(text, program=True)] == [
        (name, value)
    ]


@pytest.mark.parametrize(
    "text",
    [
        f'{{"key": "X-Api-Key", "value": "{KEY}"}}',
        f"| api token | {KEY} |",
        f"**API token:** `{KEY}`",
        f'<entry key="api.token">{KEY}</entry>',
        f"<key>ApiToken</key>\n  <string>{KEY}</string>",
        f"<Token>\n  <Value>{KEY}</Value>",
        f"api_token: |\n  {KEY}\n",
        f"x-authorization: ApiKey {KEY}",
    ],
)
def test_a_key_is_seen_in_tables_lists_and_documents(text: str) -> None:
    assert [value for _, _, value in found(text)] == [KEY]


def test_a_password_is_seen_where_a_sentence_says_what_it_is_for() -> None:
    assert [one[2] for one in found(f"la contraseña de la base de datos es {CHOSEN}, y")] == [CHOSEN]
    assert [one[2] for one in found(f"clave de acceso: {CHOSEN}")] == [CHOSEN]


@pytest.mark.parametrize(
    "text",
    [
        f"${{DB_PASSWORD:-{CHOSEN}}}",
        f'variable "db_password" {{\n  default = "{CHOSEN}"\n}}',
        f'getenv("DB_PASSWORD") or "{CHOSEN}"',
        f'{{"value": "{CHOSEN}", "key": "db_password"}}',
        f"{{name: DB_PASSWORD, value: {CHOSEN}}}",
        f"requirepass {CHOSEN}",
        f"the new password for the vpn is {CHOSEN}.",
        f"la contraseña del wifi de la oficina es {CHOSEN}",
        "DB_PASSWORD=copper-lantern-walnut-ridge",
        f"DB_PASSWORD=&{CHOSEN}|(x",
        f"Server=db;Pwd={CHOSEN};",
        f"host=db user=app password={CHOSEN}",
        f'db.password == "{CHOSEN}"',
        f"<param-name>password</param-name> <param-value>{CHOSEN}</param-value>",
        f"app --db-password {CHOSEN}",
        f'param adminPassword string = "{CHOSEN}"',
    ],
)
def test_a_password_is_seen_in_ways_of_many_languages(text: str) -> None:
    assert [value.strip("&|(x") for _, _, value in found(text)] in ([CHOSEN], ["copper-lantern-walnut-ridge"])


@pytest.mark.parametrize(
    "text",
    [
        "Confirm password:\x00Currently:\x00Database",
        "Set password: %s\x00Specific1",
        "password = password,",
        '"password": sasl_password,',
        'password="secretpassword\\n"',
        'password="verschl\\u00FCsselt"',
        "the password lookup length=8",
        "a password-based 16-byte key",
        'MovedAttribute("password", "urllib2")',
    ],
)
def test_neither_bytes_nor_escapes_nor_commas_make_a_password(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "value", ["Tundra\\u0026marlin", "\\x54\\x75\\x6e\\x64\\x72\\x61\\x34\\x32", "Tundra\\u002d42"]
)
def test_a_password_whose_signs_are_escaped_is_seen(value: str) -> None:
    assert [one[2] for one in found(f'{{"password": "{value}"}}')] == [value]


@pytest.mark.parametrize("value", ["river=7299", "z=JR2hJf90", "clara=Zeta95"])
def test_a_password_with_a_sign_that_settings_have_is_seen_in_a_sentence(value: str) -> None:
    assert [one[2] for one in found(f"The password is `{value}`")] == [value]


def test_a_password_that_a_log_shows_in_a_colour_is_seen() -> None:
    assert [one[2] for one in found(f"password: \x1b[1m\x1b[32m{CHOSEN}\x1b[0m\n")] == [CHOSEN]


def test_a_weak_password_behind_the_name_of_a_variable_is_seen_in_a_call() -> None:
    assert [one[2] for one in found('setdefault("DB_PASSWORD", "lantern7")')] == ["lantern7"]


def test_a_password_in_a_file_that_a_program_wrote_ends_where_its_text_does() -> None:
    data = b"\x80\x04\x95\x00\x00}(\x8c\x08password: " + CHOSEN.encode() + b"\x94\x8c\x05other"
    assert [data[one.start : one.end].decode() for one in named(data, False)] == [CHOSEN]
    assert list(named(b"\x00 added the password kwarg.\x94\x8c1", False)) == []


def test_all_of_a_list_are_seen() -> None:
    assert [one[2] for one in found(f'passwords = ["{CHOSEN}", "{CHOSEN}2"]')] == [CHOSEN, f"{CHOSEN}2"]


@pytest.mark.parametrize(
    "text",
    [
        "the password policy is NIST-800-63B",
        "password_encryption = aes256-gcm",
        "password = [Convert]::FromBase64String($text2)",
        "Public key ping-sha256: " + KEY + "=",
        "la clave es imprescindible2",
        "the password of the user is checked by crypto.pbkdf2()",
        "password: ref+vault://secret/db#/password2",
    ],
)
def test_a_sentence_or_an_expression_about_a_password_has_none(text: str) -> None:
    assert found(text) == []
