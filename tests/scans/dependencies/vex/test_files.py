"""VEX: who says what of which vulnerability in which package, in three formats, and what nobody can go by."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.core.scan import Unseen
from esclusa.scans.dependencies.package import Package, Product
from esclusa.scans.dependencies.vex.files import read_vex, statements
from esclusa.scans.dependencies.vex.statement import Statement, Unclear, clearing
from tests.scans.choices import Choices, choices

SAY = "say it whole: why, and since when"
CORRECT = "correct `vex`, or what writes the file"
TIME = "2026-11-01T00:00:00Z"
ACME = Product("PyPI", "acme-tool", "1.0")
PACKAGE = Package(ecosystem="PyPI", name="acme-tool", version="1.0", file="requirements.txt")


def openvex(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "author": "ana",
        "timestamp": TIME,
        "statements": list(statements),
        **more,
    }


def said(**more: Any) -> dict[str, Any]:
    return {
        "vulnerability": {"name": "CVE-2026-1", "aliases": ["GHSA-1"]},
        "products": [{"@id": "pkg:pypi/Acme.Tool@1.0"}],
        "status": "not_affected",
        "justification": "vulnerable_code_not_in_execute_path",
        **more,
    }


def cyclonedx(analysis: dict[str, Any], *references: dict[str, Any]) -> dict[str, Any]:
    return {
        "bomFormat": "CycloneDX",
        "metadata": {"timestamp": TIME, "authors": [{"name": "ana"}]},
        "components": [
            {"bom-ref": "app", "components": [{"bom-ref": "it", "purl": "pkg:pypi/acme-tool@1.0"}]}
        ],
        "vulnerabilities": [
            {
                "id": "CVE-2026-1",
                "references": [{"id": "GHSA-1"}],
                "affects": list(references or [{"ref": "it"}]),
                "analysis": analysis,
            },
            {"id": "CVE-2026-2", "affects": [{"ref": "it"}]},
        ],
    }


def csaf(**more: Any) -> dict[str, Any]:
    tool = {"product_id": "T", "product_identification_helper": {"purl": "pkg:pypi/acme-tool@1.0"}}
    return {
        "document": {
            "category": "csaf_vex",
            "publisher": {"name": "ana"},
            "tracking": {"current_release_date": TIME},
        },
        "product_tree": {
            "branches": [{"branches": [{"product": tool}]}],
            "relationships": [{"product_reference": "T", "full_product_name": {"product_id": "APP:T"}}],
        },
        "vulnerabilities": [
            {
                "cve": "CVE-2026-1",
                "ids": [{"text": "GHSA-1"}],
                "product_status": {"known_not_affected": ["APP:T"]},
                "flags": [{"label": "vulnerable_code_not_present", "product_ids": ["APP:T"]}],
                "threats": [{"category": "impact", "details": "never loaded", "product_ids": ["APP:T"]}],
                **more,
            }
        ],
    }


def statement(reason: str, line: int, **more: Any) -> Statement:
    whole = {
        "names": frozenset({"CVE-2026-1", "GHSA-1"}),
        "products": (ACME,),
        "status": "not affected",
        "reason": reason,
        "by": "ana",
        "time": datetime(2026, 11, 1, tzinfo=UTC),
        "where": f"vex.json:{line}",
    }
    return Statement(**{**whole, **more})


def read(tmp_path: Path, document: Any) -> tuple[list[Statement], list[Unseen]]:
    text = document if isinstance(document, str) else json.dumps(document, indent=1)
    (tmp_path / "vex.json").write_text(text)
    return read_vex(tmp_path, ["vex.json"])


def test_a_statement_of_openvex_is_read(tmp_path: Path) -> None:
    reason = "vulnerable_code_not_in_execute_path"
    assert read(tmp_path, openvex(said())) == ([statement(reason, 8)], [])


@pytest.mark.parametrize(
    ("products", "meant"),
    [
        (["pkg:pypi/acme-tool@1.0"], (ACME,)),
        ([{"@id": "pkg:pypi/acme-tool"}], (ACME._replace(version=""),)),
        ([{"@id": "https://acme.example/x", "identifiers": {"purl": "pkg:npm/%40a/b@1"}}], (Product("npm", "@a/b", "1"),)),
        ([{"@id": "pkg:oci/app", "subcomponents": [{"@id": "pkg:pypi/acme-tool@1.0"}]}], (ACME,)),
        ([{"@id": "pkg:deb/debian/libc6@2.36"}, 7, None], ()),
    ],
)  # fmt: skip
def test_it_is_about_the_packages_that_its_products_or_their_parts_name(
    tmp_path: Path, products: list[Any], meant: tuple[Product, ...]
) -> None:
    [found], wrong = read(tmp_path, openvex(said(products=products)))
    assert (found.products, wrong) == (meant, [])


def test_a_vulnerability_may_be_a_name_or_an_address_that_ends_in_it(tmp_path: Path) -> None:
    found, _ = read(
        tmp_path, openvex(said(vulnerability="CVE-1"), said(vulnerability={"@id": "https://x.example/CVE-2"}))
    )
    assert [one.names for one in found] == [{"CVE-1"}, {"CVE-2"}]


def test_an_analysis_of_cyclonedx_is_read_and_what_nobody_analysed_is_not(tmp_path: Path) -> None:
    analysis = {"state": "not_affected", "justification": "code_not_reachable", "detail": "only in tests"}
    found = statement("only in tests", 24)
    assert read(tmp_path, cyclonedx(analysis)) == ([found], [])
    other = {"ref": "urn:cdx:1/1#pkg:pypi/acme-tool@0.9", "versions": [{"version": "1.0"}]}
    [elsewhere], _ = read(tmp_path, cyclonedx({**analysis, "lastUpdated": "2026-11-02"}, other))
    assert (elsewhere.products, elsewhere.time) == ((ACME,), datetime(2026, 11, 2, tzinfo=UTC))


def test_a_document_of_csaf_is_read_and_a_part_of_a_whole_is_the_part(tmp_path: Path) -> None:
    found, wrong = read(tmp_path, csaf())
    assert (found, wrong) == (
        [statement("vulnerable_code_not_present; never loaded", found_line(csaf()))],
        [],
    )


def found_line(document: dict[str, Any]) -> int:
    lines = json.dumps(document, indent=1).splitlines()
    return next(number for number, line in enumerate(lines, 1) if '"CVE-2026-1"' in line)


@pytest.mark.parametrize(
    ("document", "line", "why"),
    [
        (openvex(said(justification="")), 8, "it says that something is not affected, and not why"),
        (openvex(said(status="fine")), 8, "a statement without a vulnerability and a status"),
        (openvex(said(vulnerability={})), 1, "a statement without a vulnerability and a status"),
        (openvex(said(), timestamp="lately"), 8, "it does not say since when it holds"),
        (cyclonedx({"state": "false_positive"}), 24, "it says that something is not affected, and not why"),
        (cyclonedx({"state": "fine"}), 24, "an analysis without a vulnerability and a state"),
        (csaf(flags=[], threats=[]), found_line(csaf()), "it says that APP:T is not affected, and not why"),
        (csaf(cve="", ids=[]), 1, "a status without a vulnerability"),
    ],
)  # fmt: skip
def test_what_is_not_said_whole_is_nothing_to_go_by(
    tmp_path: Path, document: dict[str, Any], line: int, why: str
) -> None:
    assert read(tmp_path, document) == ([], [Unseen(place=f"vex.json:{line}", why=why, mend=SAY)])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "it is no JSON"),
        ("[]", "it is neither OpenVEX nor CycloneDX with vulnerabilities nor CSAF VEX"),
        ('{"bomFormat": "CycloneDX"}', "it is neither OpenVEX nor CycloneDX with vulnerabilities nor CSAF VEX"),
        ("[" * 100_000, "it is nested too deeply"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_vex_says_so(tmp_path: Path, text: str, why: str) -> None:
    assert read(tmp_path, text) == ([], [Unseen(place="vex.json", why=why, mend=CORRECT)])


def test_a_file_that_is_not_there_or_not_utf_8_says_so(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b'{"a": "\xe1"}')
    assert read_vex(tmp_path, ["latin.json", "gone.json"]) == (
        [],
        [
            Unseen(place="latin.json", why="it is not UTF-8", mend=CORRECT),
            Unseen(place="gone.json", why="it cannot be read: No such file or directory", mend=CORRECT),
        ],
    )


def test_the_last_statement_holds_and_of_two_at_once_the_one_that_clears_nothing() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    clear, affected = statement("r", 1, time=early), statement("r", 2, status="affected", time=late)
    fixed = statement("r", 3, status="fixed", time=late)
    names = frozenset({"GHSA-1"})
    assert clearing([clear], names, PACKAGE) == clear
    assert clearing([affected, clear], names, PACKAGE) is None
    assert clearing([clear, fixed], names, PACKAGE) == fixed
    assert clearing([fixed, affected], names, PACKAGE) is None


def test_a_statement_is_about_its_own_vulnerability_package_and_version() -> None:
    one, names = statement("r", 1), frozenset({"CVE-2026-1"})
    assert one.is_about(names, PACKAGE)
    assert not one.is_about(frozenset({"CVE-2026-9"}), PACKAGE)
    for other in ({"version": "1.1"}, {"name": "acme"}, {"ecosystem": "npm"}):
        changed = {"ecosystem": "PyPI", "name": "acme-tool", "version": "1.0", "file": "r.txt", **other}
        assert not one.is_about(names, Package(**changed))  # type: ignore[arg-type]
    every = statement("r", 1, products=(ACME._replace(version=""),))
    assert every.is_about(names, Package(ecosystem="PyPI", name="acme-tool", version="9", file="r.txt"))


SEEDS = tuple(
    json.dumps(one) for one in (openvex(said()), cyclonedx({"state": "resolved", "detail": "x"}), csaf())
)


@settings(max_examples=20_000)
@given(choices)
def test_vex_however_damaged_is_read_or_is_said_to_be_wrong(chosen: Choices) -> None:
    text = chosen.damaged(chosen.one(SEEDS).encode()).decode(errors="replace")
    try:
        read = list(statements(text, "vex.json"))
    except ValueError:
        return
    assert all(isinstance(one, (Statement, Unclear)) for one in read)


KEYS = ("@id", "name", "products", "subcomponents", "identifiers", "aliases", "status", "analysis", "affects")
VALUES = st.recursive(
    st.none() | st.integers(0, 3) | st.sampled_from(["pkg:pypi/a@1", "not_affected", "CVE-1", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=1_000)
@given(st.data())
def test_vex_of_any_shape_is_read_or_is_said_to_be_wrong(data: st.DataObject) -> None:
    document = json.loads(data.draw(st.sampled_from(SEEDS)))
    places = [*_places(document)]
    parent, key = data.draw(st.sampled_from(places))
    parent[key] = data.draw(VALUES)
    try:
        read = list(statements(json.dumps(document), "vex.json"))
    except ValueError:
        return
    assert all(isinstance(one, (Statement, Unclear)) for one in read)


def _places(value: Any) -> Any:
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in entries:
        yield value, key
        yield from _places(inner)
