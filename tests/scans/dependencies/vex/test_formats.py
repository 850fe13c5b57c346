"""VEX in three formats: who says what of which vulnerability in which package, and since when."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.scans.dependencies.package import Product
from esclusa.scans.dependencies.vex import csaf as csaf_format
from esclusa.scans.dependencies.vex import cyclonedx as cyclonedx_format
from esclusa.scans.dependencies.vex import openvex as openvex_format
from esclusa.scans.dependencies.vex.cyclonedx import RANGE
from esclusa.scans.dependencies.vex.files import statements
from esclusa.scans.dependencies.vex.statement import CLEARING, Part, Statement, Unclear
from tests.scans.choices import Choices, choices
from tests.scans.dependencies.vex.documents import ACME, TODAY, csaf, cyclonedx, openvex, said, statement


def read(document: Any) -> list[Statement | Unclear]:
    return list(statements(json.dumps(document), "vex.json", TODAY))


def one(document: Any) -> Statement:
    [found] = read(document)
    assert isinstance(found, Statement), found
    return found


def test_the_words_of_the_formats_that_clear_are_these_and_no_others() -> None:
    clear = {
        name: {word for word, status in known.items() if status in CLEARING}
        for name, known in (
            ("openvex", openvex_format.STATUS),
            ("cyclonedx", cyclonedx_format.STATUS),
            ("csaf", csaf_format.STATUS),
        )
    }
    assert clear == {
        "openvex": {"not_affected", "fixed"},
        "cyclonedx": {"not_affected", "false_positive", "resolved", "resolved_with_pedigree"},
        "csaf": {"known_not_affected", "fixed", "first_fixed"},
    }


def test_a_statement_of_openvex_is_read() -> None:
    assert one(openvex(said())) == statement()


@pytest.mark.parametrize("status", ["affected", "under_investigation", "fixed"])
def test_its_status_is_the_one_that_it_says(status: str) -> None:
    assert one(openvex(said(status=status))).status == status.replace("_", " ")


@pytest.mark.parametrize(
    ("products", "parts"),
    [
        (["pkg:pypi/acme-tool@1.0"], (Part(ACME),)),
        ([{"@id": "pkg:pypi/acme-tool"}], (Part(ACME._replace(version="")),)),
        ([{"@id": "https://acme.example/x", "identifiers": {"purl": "pkg:npm/%40a/b@1"}}],
         (Part(Product("npm", "@a/b", "1")),)),
        ([{"@id": "pkg:pypi/acme-tool", "identifiers": {"purl": "pkg:pypi/acme-tool@1.0"}}], (Part(ACME),)),
        ([{"@id": "pkg:oci/app", "subcomponents": [{"@id": "pkg:pypi/acme-tool@1.0"}]}],
         (Part(ACME, ("pkg:oci/app",)),)),
        ([{"subcomponents": ["pkg:pypi/acme-tool@1.0"]}], (Part(ACME, ("?",)),)),
        ([{"@id": "pkg:deb/debian/libc6@2.36"}, "pkg:pypi/acme-tool@", "pkg:pypi/acme-tool@?a=b", 7, None], ()),
    ],
)  # fmt: skip
def test_it_is_about_packages_and_about_parts_only_within_their_whole(
    products: list[Any], parts: tuple[Part, ...]
) -> None:
    assert one(openvex(said(products=products))).parts == parts


@pytest.mark.parametrize(
    ("vulnerability", "names"),
    [
        ("CVE-1", {"CVE-1"}),
        ({"@id": "https://x.example/CVE-2"}, {"CVE-2"}),
        ({"name": "cve-3", "aliases": ["ghsa-x", 7]}, {"CVE-3", "GHSA-X"}),
    ],
)
def test_a_vulnerability_goes_by_all_its_names(vulnerability: Any, names: set[str]) -> None:
    assert one(openvex(said(vulnerability=vulnerability))).names == names


def test_a_statement_has_its_own_time_and_author_before_those_of_its_document() -> None:
    found = one(
        openvex(said(timestamp="2026-10-01T00:00:00+02:00", supplier="bo"), last_updated="2026-11-20")
    )
    assert (found.time, found.by) == (datetime(2026, 9, 30, 22, tzinfo=UTC), "bo")
    later = one(openvex(said(timestamp="2026-10-01", last_updated="2026-10-05")))
    assert later.time == datetime(2026, 10, 5, tzinfo=UTC)
    assert one(openvex(said(), last_updated="2026-11-20")).time == datetime(2026, 11, 1, tzinfo=UTC)


def test_an_analysis_of_cyclonedx_is_read_and_what_nobody_analysed_is_not() -> None:
    analysis = {"state": "not_affected", "justification": "code_not_reachable", "detail": "only in tests"}
    assert one(cyclonedx(analysis)) == statement(reason="code_not_reachable; only in tests", by="ana, bo")


def test_an_analysis_is_of_its_own_time_and_not_of_that_of_the_vulnerability() -> None:
    analysis = {"state": "exploitable"}
    assert one(cyclonedx(analysis)).time == datetime(2026, 11, 1, tzinfo=UTC)
    dated = {**analysis, "firstIssued": "2026-10-01", "lastUpdated": "2026-10-02"}
    assert one(cyclonedx(dated)).time == datetime(2026, 10, 2, tzinfo=UTC)


CLEAR = {"state": "not_affected", "justification": "code_not_reachable"}


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ({"ref": "it"}, (Part(ACME),)),
        ({"ref": "pkg:pypi/acme-tool@1.0"}, (Part(ACME),)),
        ({"ref": "urn:cdx:0a/1#it"}, (Part(ACME),)),
        ({"ref": "urn:cdx:other/1#it"}, ()),
        ({"ref": "urn:cdx:other/1#pkg:pypi/acme-tool@1.0"}, (Part(ACME),)),
        ({"ref": "it", "versions": [{"version": "1.1"}]}, (Part(ACME._replace(version="1.1")),)),
        ({"ref": "it", "versions": [{"version": "1.1", "status": "unknown"}]}, ()),
    ],
)
def test_a_reference_leads_to_a_component_of_the_same_document_or_is_a_package(
    reference: dict[str, Any], parts: tuple[Part, ...]
) -> None:
    assert one(cyclonedx(CLEAR, reference)).parts == parts


def test_a_version_that_is_said_to_be_affected_is_and_a_range_is_nothing_to_go_by() -> None:
    versions = [{"version": "1.0", "status": "affected"}, {"range": "vers:pypi/<0.5"}, {"version": "1.2"}]
    found = read(cyclonedx(CLEAR, {"ref": "it", "versions": versions}))
    assert [(one.status, one.parts) if isinstance(one, Statement) else one.why for one in found] == [
        ("not affected", (Part(ACME._replace(version="1.2")),)),
        ("affected", (Part(ACME),)),
        RANGE,
    ]


def test_what_a_bill_says_of_its_components_is_said_of_them_in_what_the_bill_is_of() -> None:
    of = {
        "timestamp": "2026-11-01",
        "authors": [{"name": "ana"}],
        "component": {"bom-ref": "us", "name": "agent"},
    }
    assert one(cyclonedx(CLEAR, metadata=of)).parts == (Part(ACME, ("us", "agent")),)


def test_a_document_of_csaf_is_read() -> None:
    assert one(csaf()) == statement(reason="vulnerable_code_not_present")


def test_a_part_of_a_whole_is_the_part_within_it() -> None:
    flag = {"label": "component_not_present", "product_ids": ["APP:T"]}
    found = one(csaf(product_status={"known_not_affected": ["APP:T"]}, flags=[flag]))
    assert found.parts == (Part(ACME, ("agent", "APP")),)


def test_a_part_that_is_told_of_itself_again_and_again_is_one() -> None:
    document = csaf()
    itself = {
        "product_reference": "T",
        "relates_to_product_reference": "APP",
        "full_product_name": {"product_id": "T"},
    }
    document["product_tree"]["relationships"] = [itself] * 40
    assert one(document).parts == (Part(ACME), Part(ACME, ("agent", "APP")))


@pytest.mark.parametrize(
    ("word", "status"),
    [(word, status) for word, status in csaf_format.STATUS.items() if status != "not affected"],
)
def test_each_status_of_csaf_is_what_it_says(word: str, status: str) -> None:
    assert one(csaf(product_status={word: ["T"], "recommended": ["T"]})).status == status


def test_a_reason_is_of_its_own_products_or_their_groups() -> None:
    other = {"label": "vulnerable_code_not_present", "product_ids": ["X"]}
    threat = {"category": "impact", "details": "never loaded", "group_ids": ["G"]}
    exploit = {"category": "exploit_status", "details": "seen in the wild", "product_ids": ["T"]}
    document = csaf(flags=[other, {"product_ids": ["T"]}, {"product_ids": ["T"]}], threats=[threat, exploit])
    assert read(document) == [
        Unclear("vex.json, statement 1", "it says that something is not affected, and not why")
    ]
    document["product_tree"]["product_groups"] = [{"group_id": "G", "product_ids": ["T"]}]
    assert one(document).reason == "never loaded"


def test_the_version_of_a_branch_is_that_of_its_product_and_a_range_is_nothing_to_go_by() -> None:
    product = {"product_id": "T", "product_identification_helper": {"purl": "pkg:pypi/acme-tool"}}
    for category, found in (
        ("product_version", [Part(ACME._replace(version="2.0"))]),
        ("product_version_range", []),
    ):
        document = csaf()
        document["product_tree"]["branches"] = [
            {
                "category": "vendor",
                "name": "Acme",
                "branches": [{"category": category, "name": "2.0", "product": product}],
            }
        ]
        said_of = [list(one.parts) if isinstance(one, Statement) else one.why for one in read(document)]
        assert said_of == ([found] if found else [RANGE])


def test_products_may_be_told_by_their_full_names() -> None:
    document = csaf()
    document["product_tree"] = {
        "full_product_names": [
            {"product_id": "T", "product_identification_helper": {"purl": "pkg:pypi/acme-tool@1.0"}}
        ]
    }
    assert one(document).parts == (Part(ACME),)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (openvex(said(justification="")), "it says that something is not affected, and not why"),
        (openvex(said(justification="we_do_not_care")), "it says that something is not affected, and not why"),
        (openvex(said(justification="", impact_statement="never called")), None),
        (openvex(said(justification=".")), "it says that something is not affected, and not why"),
        (openvex(said(status="fine")), "it does not say which vulnerability has which status"),
        (openvex(said(vulnerability={})), "it does not say which vulnerability has which status"),
        (openvex(said(), timestamp="lately"), "it does not say since when it holds"),
        (openvex(said(), timestamp="2999-01-01"), "it is of 2999-01-01, which is still to come"),
        (openvex(said(), author=""), "it does not say who says so"),
        (openvex(said(status="affected"), author=""), None),
        (openvex(7), "expected an object"),
        (openvex(statements={}), "expected a list in `statements`"),
        (cyclonedx({"state": "false_positive"}), "it says that something is not affected, and not why"),
        (cyclonedx({"state": "fine"}), "it does not say which vulnerability has which status"),
        (csaf(flags=[]), "it says that something is not affected, and not why"),
        (csaf(cve="", ids=[]), "it does not say which vulnerability has which status"),
        ({**csaf(), "document": {**csaf()["document"], "tracking": {"status": "draft"}}}, "it is of a draft"),
    ],
)  # fmt: skip
def test_what_is_not_said_whole_is_nothing_to_go_by(document: dict[str, Any], why: str | None) -> None:
    [found] = read(document)
    assert (found.why if isinstance(found, Unclear) else None) == why


SEEDS = tuple(
    json.dumps(seed)
    for seed in (openvex(said()), cyclonedx({"state": "resolved", "detail": "x" * 9}), csaf())
)


@settings(max_examples=20_000)
@given(choices)
def test_vex_however_damaged_is_read_or_is_said_to_be_wrong(chosen: Choices) -> None:
    text = chosen.damaged(chosen.one(SEEDS).encode()).decode(errors="replace")
    try:
        found = list(statements(text, "vex.json", TODAY))
    except ValueError:
        return
    assert all(isinstance(one, (Statement, Unclear)) for one in found)


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
    parent, key = data.draw(st.sampled_from([*_places(document)]))
    parent[key] = data.draw(VALUES)
    try:
        found = read(document)
    except ValueError:
        return
    assert all(isinstance(one, (Statement, Unclear)) for one in found)


def _places(value: Any) -> Any:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield value, key
        yield from _places(part)
