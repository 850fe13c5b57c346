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


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f'api_key = "{KEY}"', "api_key"),
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
