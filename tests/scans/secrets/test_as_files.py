"""Pieces as files: how they are laid out, and where what a program says of them is."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.errors import OutsideError
from esclusa.scans.detector import Hit
from esclusa.scans.masked import findings
from esclusa.scans.piece import Piece
from esclusa.scans.secrets.as_files import NEAR, Laid, asked

NAMES = (
    "a.py",
    "../../etc/b.YAML",
    "c.tf",
    "x/NuGet.Config",
    ".gitleaks.toml",
    "d.png",
    "e",
    "f\n.sh",
    ".php",
    "keys/Store.P12",
)
PIECES = tuple(Piece(name=name, data=name.encode()) for name in NAMES)


def program(directory: Path, text: str) -> str:
    path = directory / "stranger"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_files_are_numbered_and_have_only_endings_that_rules_ask_for(tmp_path: Path) -> None:
    names = asked((program(tmp_path, "ls -A"),), PIECES).decode().split()
    assert sorted(names) == [
        *("0.py", "1.yaml", "2.tf", "3nuget.config", "4.txt", "5.txt", "6.txt", "7.txt", "8.php", "9.p12"),
    ]
    for name, piece in zip(sorted(names), PIECES, strict=True):
        assert Laid(PIECES).place(name, "", 0) == (piece, 0, len(piece.data))
        assert Laid(PIECES).place(f"./{name}", "", 0) == (piece, 0, len(piece.data))


def test_a_file_begins_with_an_empty_line_so_that_its_first_bytes_say_nothing(tmp_path: Path) -> None:
    assert asked((program(tmp_path, "cat 0.py"),), PIECES) == b"\na.py"


def test_what_a_program_writes_at_home_is_no_piece(tmp_path: Path) -> None:
    assert b"cache" not in asked((program(tmp_path, "touch $HOME/cache; ls -A"),), PIECES)


def test_a_program_is_told_no_variable_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLEAKS_CONFIG", "theirs.toml")
    assert b"theirs" not in asked((program(tmp_path, "env"),), PIECES)


@pytest.mark.parametrize("path", ["10.txt", "../0.txt", "0", "/etc/passwd", "", "-1.txt", "a.txt", "0.txt!b"])
def test_what_was_not_laid_out_is_no_piece(path: str) -> None:
    with pytest.raises(LookupError):
        Laid(PIECES).place(path, "key", 1)


def test_a_program_that_fails_is_an_error_that_tells_nothing_of_what_it_read(tmp_path: Path) -> None:
    with pytest.raises(OutsideError) as raised:
        asked((program(tmp_path, "cat 0.py; cat 0.py >&2; exit 3"),), PIECES)
    assert str(raised.value) == "stranger ended with 3"


def test_so_is_one_that_is_killed(tmp_path: Path) -> None:
    with pytest.raises(OutsideError) as raised:
        asked((program(tmp_path, "kill -9 $$"),), PIECES)
    assert str(raised.value) == "stranger ended with -9"


@pytest.mark.parametrize(
    ("value", "line", "where"),
    [
        ("key", 2, (0, 3)),
        ("key", 3, (8, 11)),
        ("ñ", 4, (14, 16)),
        ("1\nb", 2, (4, 7)),
        ("k\ufffdy", 3, (6, 12)),
        ("x\ny", 2, (0, 12)),
        ("", 3, (6, 12)),
        ("gone", 9, (16, 16)),
        ("key", 1, (0, 3)),
        ("\ud800", 2, (0, 6)),
        ("", 0, (0, 16)),
    ],
)
def test_a_value_is_placed_by_its_line_or_is_all_of_its_lines_where_it_is_not_as_was_said(
    value: str, line: int, where: tuple[int, int]
) -> None:
    piece = Piece(name="a", data="key=1\nb=key\nc=ñ".encode())
    assert Laid([piece]).place("0.txt", value, line) == (piece, *where)


def test_a_value_begins_near_the_line_that_is_named_or_is_not_taken_for_it() -> None:
    near, far = b"x" * (NEAR - 6), b"x" * (NEAR - 5)
    [first, second] = (Piece(name="a", data=b"kind\n" + text + b"\nvalue") for text in (near, far))
    laid = Laid([first, second])
    assert laid.place("0.txt", "value", 2)[1:] == (len(first.data) - 5, len(first.data))
    assert laid.place("1.txt", "value", 2)[1:] == (0, 5)
    assert laid.place("1.txt", "value", 3)[1:] == (len(second.data) - 5, len(second.data))


@given(
    secret=st.binary(min_size=12, max_size=40).filter(lambda one: b"\n" not in one),
    before=st.text(max_size=20),
    behind=st.text(max_size=20),
)
def test_no_secret_is_in_a_finding_whatever_its_bytes(secret: bytes, before: str, behind: str) -> None:
    data = before.encode() + b"=" + secret + b"\n" + behind.encode()
    said = secret.decode(errors="replace")
    piece, start, end = Laid([Piece(name="a", data=data)]).place("0.txt", said, before.count("\n") + 2)
    hit = Hit(piece=piece, rule="r", message="m", start=start, end=end)
    [(_, finding)] = findings([hit], "secrets")
    assert data[start:end].find(secret) >= 0
    assert said not in repr(finding)
