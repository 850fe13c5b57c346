"""Tables: which values stand below a name, and which rows are none."""

import pytest

from esclusa.scans.secrets.tables import tables

CHOSEN = "Tundra42-marlin"
KEY = "rT97e0qt1ftoAxf07QFlUr2BfDf1hHVX7ZB6I"


def found(text: str, name: str = "a.sql") -> list[tuple[str, str, str]]:
    data = text.encode()
    return [(column, sort, data[start:end].decode()) for column, sort, start, end in tables(data, name)]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (f"INSERT INTO users (id, password) VALUES (1, '{CHOSEN}');", "password"),
        (f"insert into `users` (`name`, `clave`)\nvalues ('O''Hara, Ana', '{CHOSEN}')", "clave"),
        (f"COPY users (id, password) FROM stdin;\n1\t{CHOSEN}\n\\.\n", "password"),
        (f"| user | Password |\n|------|----------|\n| ana | `{CHOSEN}` |\n", "Password"),
        (f"usuario | clave\n--- | ---\nana | {CHOSEN}\n", "clave"),
    ],
)
def test_a_password_is_seen_below_its_name(text: str, column: str) -> None:
    assert found(text) == [(column, "password", CHOSEN)]


def test_each_row_is_looked_at() -> None:
    rows = f"(1, '{CHOSEN}'), (2, NULL), (3, lower('X')),\n(4, '{KEY}')"
    told = [value for _, _, value in found(f"INSERT INTO t (id, password) VALUES {rows};")]
    assert told == [CHOSEN, KEY]


def test_a_file_of_values_has_its_names_in_the_first_line() -> None:
    text = f'name;token;note\n"Ana; B";{KEY};x\nLuis;{KEY[::-1]};y\n'
    assert [value for _, _, value in found(text, "users.csv")] == [KEY, KEY[::-1]]
    assert found(text, "users.txt") == []


def test_a_file_of_values_is_read_however_its_lines_end() -> None:
    lines = ("name,token", f"Ana,{KEY}", "")
    for end in ("\n", "\r\n", "\r"):
        assert [value for _, _, value in found(end.join(lines), "users.csv")] == [KEY]
    assert found(f"name\rage,token\nAna,{KEY}\n", "users.csv") == [("token", "key", KEY)]


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO users (name, password) VALUES ($1, $2)",
        f"INSERT INTO users (name, password_hash) VALUES ('ana', '{CHOSEN}')",
        "INSERT INTO users (name, password) VALUES ('ana', 'changeme')",
        "| Name | Password |\n|---|---|\n| a | at least 12 characters |\n",
        f"| Password |\n\n| {CHOSEN} |\n",
        f"INTO (password) {CHOSEN}",
        "COPY users (id, password) FROM stdin;\n\\.\n",
    ],
)
def test_what_stands_for_a_password_or_is_no_table_is_passed_over(text: str) -> None:
    assert found(text) == []


def test_users_of_chpasswd_stand_on_lines_of_their_own() -> None:
    text = f"chpasswd:\n  list: |\n    root:{CHOSEN}\n    ana:{CHOSEN}2\n"
    assert [value for _, _, value in found(text, "cloud-init.yaml")] == [CHOSEN, f"{CHOSEN}2"]
