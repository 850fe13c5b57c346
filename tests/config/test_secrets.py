"""Secrets: from the environment or a file, never shown."""

from pathlib import Path

import pytest

from esclusa.config.secrets import Secrets
from esclusa.core.errors import ConfigurationError
from esclusa.core.secret import Secret


def test_a_secret_comes_from_the_environment(tmp_path: Path) -> None:
    assert Secrets({"API_KEY": "abc"}, tmp_path).get("env:API_KEY") == Secret("abc")


@pytest.mark.parametrize("content", ["abc", "abc\n", "abc\r\n"])
def test_a_secret_comes_from_a_file_without_its_line_break(tmp_path: Path, content: str) -> None:
    (tmp_path / "key").write_bytes(content.encode())
    assert Secrets({}, tmp_path).get("file:key") == Secret("abc")
    assert Secrets({}, Path("/")).get(f"file:{tmp_path}/key") == Secret("abc")


def test_blanks_belong_to_a_secret(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(" abc \n\n")
    assert Secrets({}, tmp_path).get("file:key") == Secret(" abc \n")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("env:NONE", "the secret env:NONE is not set\n  mend: set NONE in the environment of esclusa"),
        ("env:EMPTY", "the secret env:EMPTY is empty\n  mend: set EMPTY in the environment of esclusa"),
        (
            "file:none",
            "the secret file:none cannot be read: No such file or directory\n"
            "  mend: create {root}/none, readable by you alone",
        ),
        ("file:empty", "the secret file:empty is empty"),
        ("file:binary", "the secret file:binary is not UTF-8 text"),
        ("abc", "a secret is referred to as `env:NAME` or `file:PATH`"),
        ("env:", "a secret is referred to as `env:NAME` or `file:PATH`"),
    ],
)
def test_a_secret_that_is_not_there_is_an_error_that_names_it(
    tmp_path: Path, reference: str, message: str
) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff")
    with pytest.raises(ConfigurationError) as raised:
        Secrets({"EMPTY": ""}, tmp_path).get(reference)
    assert str(raised.value) == message.format(root=tmp_path)
