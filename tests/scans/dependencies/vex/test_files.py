"""Files of VEX: what of them is read, and why one is not."""

import json
from pathlib import Path

import pytest

from esclusa.core.scan import Unseen
from esclusa.scans.dependencies.vex import files
from esclusa.scans.dependencies.vex.files import Vex, read_vex
from tests.scans.dependencies.vex.documents import TODAY, openvex, said, statement

SAY = "say it whole: of what, why, who says so, and since when"
CORRECT = "correct `vex`, or what writes the file"
NONE = "it is neither OpenVEX nor CycloneDX with vulnerabilities nor CSAF VEX"


def wrong(tmp_path: Path, name: str = "vex.json") -> list[Unseen]:
    return read_vex(tmp_path, [name], TODAY).wrong


def test_a_file_is_read_with_how_much_of_it_is_about_packages(tmp_path: Path) -> None:
    other = said(products=["pkg:oci/app"])
    text = json.dumps(openvex(said(), other, said(status="fine")))
    (tmp_path / "vex.json").write_text("\ufeff" + text)
    assert read_vex(tmp_path, ["vex.json"], TODAY) == Vex(
        [statement(), statement(parts=(), where="vex.json, statement 2")],
        [
            Unseen(
                place="vex.json, statement 3",
                why="it does not say which vulnerability has which status",
                mend=SAY,
            )
        ],
        ["vex.json: 2 statements, 1 about packages of PyPI or npm"],
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"{", "it is no JSON: Expecting property name enclosed in double quotes"),
        (b"[]", "expected a JSON object"),
        (b'{"bomFormat": "CycloneDX"}', NONE),
        (b"[" * 100_000, "it is no JSON that can be read"),
        (b'{"a": "\xe1"}', "it is not UTF-8"),
    ],
)
def test_a_file_that_is_no_vex_says_so(tmp_path: Path, text: bytes, why: str) -> None:
    (tmp_path / "vex.json").write_bytes(text)
    assert wrong(tmp_path) == [Unseen(place="vex.json", why=why, mend=CORRECT)]


def test_a_file_that_is_not_there_or_elsewhere_or_no_file_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    (tmp_path / "etc").symlink_to("/etc")
    assert [
        one.why for name in ("gone.json", "zero.json", "etc/passwd") for one in wrong(tmp_path, name)
    ] == [
        "there is no such file",
        "it is no file",
        "it is outside",
    ]
    monkeypatch.setattr(files, "LARGEST", 10)
    (tmp_path / "vex.json").write_text(json.dumps(openvex()))
    [large] = wrong(tmp_path)
    assert large.why.endswith(" bytes is more than the 10 bytes that are looked at")


def test_half_a_character_does_no_harm(tmp_path: Path) -> None:
    text = json.dumps(openvex(said(impact_statement="it is \\ud800 never called"))).replace(
        "\\\\ud800", "\\ud800"
    )
    (tmp_path / "vex.json").write_text(text)
    [found] = read_vex(tmp_path, ["vex.json"], TODAY).statements
    assert found.reason == "vulnerable_code_not_in_execute_path; it is ? never called"
