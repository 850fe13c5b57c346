"""CredSweeper: where its candidates are in a piece, and what it finds where it is installed."""

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.scans.detector import Hit, NotInstalled
from esclusa.scans.piece import Piece
from esclusa.scans.search import untrusted
from esclusa.scans.secrets.credsweeper import CredSweeper, hits
from tests.scans.secrets.drawn import drawn

KEY, PASSWORD = drawn("AKIA{A16}", 1), drawn("Tundra{d3}-{w8}", 2)
ASYMMETRIC = "cryptography.hazmat.primitives.asymmetric"
PIECES = (
    Piece(name="a.py", data=f"x = 1\nñandú, password = 1, '{PASSWORD}'  # noqa\n".encode()),
    Piece(name="b.txt", data=b"nothing"),
    Piece(name="c.zip", data=b"PK\x03\x04" + bytes(40) + b"\xff\n" + KEY.encode()),
    Piece(name="node_modules/plan.min.js", data=f"var key = '{KEY}'".encode()),
    Piece(name="package-lock.json", data=f'{{"password": "{PASSWORD}"}}'.encode()),
    Piece(name="plan.png", data=b"\x89PNG\r\n\x1a\n\r\n" + f"password: '{PASSWORD}'\r\n".encode()),
)


def told(found: Iterable[Hit]) -> list[tuple[str, bytes]]:
    return [(hit.rule, hit.piece.data[hit.start : hit.end]) for hit in found]


def part(position: int, start: int, end: int, value: str = "Wq9z!Tundra42") -> SimpleNamespace:
    return SimpleNamespace(line_pos=position, value_start=start, value_end=end, value=value)


def candidate(
    parts: Sequence[SimpleNamespace],
    rule: str = "Jira / Confluence PAT token",
    severity: str = "high",
    confidence: str = "moderate",
) -> SimpleNamespace:
    """As version 1.19 makes it."""
    return SimpleNamespace(
        line_data_list=parts,
        rule_name=rule,
        severity=SimpleNamespace(value=severity),
        confidence=SimpleNamespace(value=confidence),
    )


@pytest.fixture
def real() -> CredSweeper:
    if find_spec("credsweeper") is None:
        pytest.skip("credsweeper, which brings 42 packages, is not installed")
    return CredSweeper({})


def test_each_value_of_a_candidate_is_a_hit() -> None:
    piece = Piece(name="a", data="id = one\nñ = 'two'".encode())
    [first, second] = hits([candidate([part(0, 5, 8), part(1, 5, 8)])], piece)
    assert first == Hit(
        piece=piece,
        rule="jira-confluence-pat-token",
        message="a secret of the form Jira / Confluence PAT token",
        start=5,
        end=8,
        severity="high",
        confidence="medium",
        mend=first.mend,
    )
    assert (second.start, second.end) == (15, 18)


def test_a_key_of_many_lines_is_one_hit_and_its_head_stands_for_none() -> None:
    piece = Piece(name="a", data=b"> -----BEGIN\n> one\n> END-----\n")
    lines = [part(0, 2, 12, "-----BEGIN PRIVATE KEY-----"), part(1, 2, 5), part(2, 2, 10)]
    assert told(hits([candidate(lines, "PEM Private Key")], piece)) == [
        ("pem-private-key", b"-----BEGIN\n> one\n> END-----")
    ]


def test_what_stands_for_a_secret_is_none() -> None:
    piece = Piece(name="a", data=b"changeme")
    assert list(hits([candidate([part(0, 0, 8, "changeme")])], piece)) == []


@pytest.mark.parametrize(
    ("said", "is_said"),
    [
        (("info", "weak"), ("note", "low", True)),
        (("low", "moderate"), ("low", "medium", False)),
        (("critical", "strong"), ("critical", "high", False)),
    ],
)
def test_it_says_how_bad_and_how_sure_it_is(said: tuple[str, str], is_said: tuple[str, str, bool]) -> None:
    [hit] = hits([candidate([part(0, 0, 3)], "UUID", *said)], Piece(name="a", data=b"abc"))
    assert (hit.severity, hit.confidence, hit.advisory) == is_said


@given(st.binary(max_size=30).filter(lambda one: b"\n" not in one), st.data())
def test_a_value_is_placed_by_its_bytes_whatever_they_are(line: bytes, data: st.DataObject) -> None:
    text = line.decode(errors="surrogateescape")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    piece = Piece(name="a", data=b"\xffabove\n" + line + b"\nbelow")
    [hit] = hits([candidate([part(1, start, end)])], piece)
    assert piece.data[hit.start : hit.end].decode(errors="surrogateescape") == text[start:end]


def test_without_its_library_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "credsweeper", None)
    monkeypatch.setitem(sys.modules, "credsweeper.app", None)
    with pytest.raises(NotInstalled) as raised:
        CredSweeper({})
    assert (raised.value.what, raised.value.mend) == ("credsweeper", "pip install 'esclusa[credsweeper]'")


def test_it_passes_over_nothing_for_its_name_or_its_bytes(real: CredSweeper) -> None:
    found = {(hit.piece.name, hit.piece.data[hit.start : hit.end]) for hit in real.find(PIECES)}
    assert found == {
        *(("c.zip", KEY.encode()), ("node_modules/plan.min.js", KEY.encode())),
        *(("package-lock.json", PASSWORD.encode()), ("plan.png", PASSWORD.encode())),
    }


def test_a_key_is_found_with_all_of_its_lines(real: CredSweeper) -> None:
    # It believes none that was made up; the library is one of its own.
    ec, forms = (
        import_module(f"{ASYMMETRIC}.ec"),
        import_module("cryptography.hazmat.primitives.serialization"),
    )
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption()
    )
    piece = Piece(name="keys.p12", data=b"ours:\n" + key + b"end\n")
    assert ("pem-private-key", key.strip()) in told(real.find([piece]))


def test_it_finds_what_is_known(real: CredSweeper) -> None:
    assert untrusted(real) == ""


def test_what_it_found_before_is_not_found_again(real: CredSweeper) -> None:
    assert list(real.find(PIECES[2:3])) != []
    assert list(real.find(PIECES[1:2])) == []


@pytest.mark.usefixtures("real")
def test_it_logs_nothing_and_leaves_nothing_at_home(tmp_path: Path) -> None:
    looked = """
import logging
logging.basicConfig(level=0)
from esclusa.scans.search import untrusted
from esclusa.scans.secrets.credsweeper import CredSweeper
print(repr(untrusted(CredSweeper({}))))
"""
    done = subprocess.run(
        [sys.executable, "-c", looked],
        env={**_without("ORT_DISABLE_TELEMETRY"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, "credsweeper" in done.stderr) == ("''\n", False)
    assert list(tmp_path.iterdir()) == []


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in os.environ.items() if key not in (name, "CI")}
