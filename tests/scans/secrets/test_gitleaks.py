"""Gitleaks: what it finds in pieces where it is installed, and what is no report."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from esclusa.core.errors import OutsideError
from esclusa.scans.detector import Hit, NotInstalled
from esclusa.scans.piece import Piece
from esclusa.scans.search import untrusted
from esclusa.scans.secrets.gitleaks import PROGRAM, Gitleaks, hits
from tests.scans.secrets.drawn import drawn

FIRST, SECOND = drawn("ghp_{w36}", 1), drawn("ghp_{w36}", 2)
PIECES = (
    Piece(name="a.py", data=f"x = 1\nñandú = '{FIRST}'  # gitleaks:allow\n".encode()),
    Piece(name="old/b.zip!c", data=b"nothing", commit="1" * 40),
    Piece(name="b.env", data=f"A={SECOND}\nB={SECOND}\n".encode()),
    Piece(name="go.sum", data=f"{SECOND} h1:x\n".encode()),
    Piece(name="plan.svg", data=f"<!-- {SECOND} -->".encode()),
    Piece(name="c.zip", data=b"PK\x03\x04" + bytes(40) + FIRST.encode()),
    Piece(name=".gitleaks.toml", data=b"[allowlist]\npaths = ['.*']\n"),
    Piece(name=".gitleaksignore", data=b"0.txt:github-pat:3\n"),
)
installed = pytest.mark.skipif(shutil.which(PROGRAM) is None, reason="gitleaks is not installed")


def told(found: Iterable[Hit]) -> list[tuple[str, str, str]]:
    return [(hit.piece.name, hit.rule, hit.piece.data[hit.start : hit.end].decode()) for hit in found]


def finding(file: str = "0.txt", line: int = 3, secret: str = FIRST) -> dict[str, object]:
    """As version 8.30 writes it."""
    return {
        **{"RuleID": "github-pat", "Description": "A token of GitHub", "StartLine": line, "EndLine": line},
        **{"StartColumn": 11, "EndColumn": 50, "Match": secret, "Secret": secret, "File": file},
        **{"SymlinkFile": "", "Commit": "", "Entropy": 4.5, "Author": "", "Email": "", "Date": ""},
        **{"Message": "", "Tags": [], "Fingerprint": f"{file}:github-pat:{line}"},
    }


def report(*found: object) -> bytes:
    return json.dumps(found).encode()


@installed
def test_what_it_finds_is_placed_in_its_piece_and_nothing_in_the_pieces_hides_it() -> None:
    found = {(name, value) for name, _, value in told(Gitleaks({}).find(PIECES))}
    assert found == {
        *(("a.py", FIRST), ("b.env", SECOND), ("go.sum", SECOND), ("plan.svg", SECOND), ("c.zip", FIRST)),
    }


@installed
def test_it_finds_what_is_known() -> None:
    assert untrusted(Gitleaks({})) == ""


@installed
def test_where_there_is_nothing_it_finds_nothing() -> None:
    assert list(Gitleaks({}).find(PIECES[1:2])) == []


def test_a_report_is_read_by_file_and_line() -> None:
    found = list(hits(report(finding(), finding("2.txt", 3, SECOND)), PIECES))
    assert told(found) == [("a.py", "github-pat", FIRST), ("b.env", "github-pat", SECOND)]
    assert PIECES[2].data[: found[1].start].count(b"\n") == 1


def test_what_stands_for_a_secret_is_none() -> None:
    assert list(hits(report(finding(secret="changeme-changeme")), PIECES)) == []


@pytest.mark.parametrize(
    "output",
    [
        b"",
        b"{",
        b"null",
        report({"RuleID": "github-pat"}),
        report(finding("99.txt")),
        report(finding("../etc/passwd")),
        report(finding(), finding())[:-1],
    ],
)
def test_what_is_no_whole_report_is_an_error_that_quotes_nothing(output: bytes) -> None:
    with pytest.raises(OutsideError) as raised:
        list(hits(output, PIECES))
    assert str(raised.value) == "gitleaks wrote a report that cannot be read"
    assert raised.value.__cause__ is None


def test_a_program_that_fails_is_an_error_that_tells_nothing_of_what_it_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / PROGRAM
    program.write_text('#!/bin/sh\n[ "$1" = version ] && echo 9.9.9 && exit\ncat 0.txt\nexit 3\n')
    program.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: str(program))
    detector = Gitleaks({})
    assert detector.engine.version == "9.9.9"
    with pytest.raises(OutsideError) as raised:
        list(detector.find(PIECES))
    assert str(raised.value) == "gitleaks ended with 3"


def test_without_its_program_it_says_where_to_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(NotInstalled) as raised:
        Gitleaks({})
    assert raised.value.what == "gitleaks"
