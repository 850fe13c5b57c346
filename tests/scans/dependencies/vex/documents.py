"""VEX documents, small and whole, made for tests."""

from datetime import UTC, date, datetime
from typing import Any

from esclusa.scans.dependencies.package import Product
from esclusa.scans.dependencies.vex.statement import Part, Statement

TIME = "2026-11-01T00:00:00Z"
TODAY = date(2026, 11, 27)
ACME = Product("PyPI", "acme-tool", "1.0")


def openvex(*statements: Any, **more: Any) -> dict[str, Any]:
    """A document of OpenVEX."""
    head = {"@context": "https://openvex.dev/ns/v0.2.0", "author": "ana", "timestamp": TIME}
    return {**head, "statements": list(statements), **more}


def said(**more: Any) -> dict[str, Any]:
    """A statement of it, that clears a vulnerability."""
    return {
        "vulnerability": {"name": "CVE-2026-1", "aliases": ["GHSA-1"]},
        "products": [{"@id": "pkg:pypi/Acme.Tool@1.0"}],
        "status": "not_affected",
        "justification": "vulnerable_code_not_in_execute_path",
        **more,
    }


def cyclonedx(analysis: dict[str, Any], *references: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A document of CycloneDX, with one vulnerability that was analysed, and one that was not."""
    inner = {"bom-ref": "it", "purl": "pkg:pypi/acme-tool@1.0"}
    vulnerability = {
        "id": "CVE-2026-1",
        "references": [{"id": "GHSA-1"}],
        "affects": list(references or [{"ref": "it"}]),
        "analysis": analysis,
        "published": "2020-01-01",
        "updated": "2026-11-20",
    }
    return {
        "bomFormat": "CycloneDX",
        "serialNumber": "urn:uuid:0a",
        "metadata": {"timestamp": TIME, "authors": [{"name": "ana"}, {"name": "bo"}]},
        "components": [{"bom-ref": "app", "components": [inner]}],
        "vulnerabilities": [vulnerability, {"id": "CVE-2026-2", "affects": [{"ref": "it"}]}],
        **more,
    }


def csaf(**more: Any) -> dict[str, Any]:
    """A document of CSAF, about a part of an application."""
    tool = {"product_id": "T", "product_identification_helper": {"purl": "pkg:pypi/acme-tool@1.0"}}
    app = {"product_id": "APP", "name": "agent"}
    relation = {
        "product_reference": "T",
        "relates_to_product_reference": "APP",
        "full_product_name": {"product_id": "APP:T"},
    }
    vulnerability = {
        "cve": "CVE-2026-1",
        "ids": [{"text": "GHSA-1"}],
        "product_status": {"known_not_affected": ["T"]},
        "flags": [{"label": "vulnerable_code_not_present", "product_ids": ["T"]}],
        **more,
    }
    return {
        "document": {
            "category": "csaf_vex",
            "publisher": {"name": "ana"},
            "tracking": {"current_release_date": TIME, "initial_release_date": "2020-01-01"},
        },
        "product_tree": {
            "branches": [{"branches": [{"product": tool}]}],
            "full_product_names": [app],
            "relationships": [relation],
        },
        "vulnerabilities": [vulnerability],
    }


def statement(**more: Any) -> Statement:
    """What each of these says."""
    whole = {
        "names": frozenset({"CVE-2026-1", "GHSA-1"}),
        "parts": (Part(ACME),),
        "status": "not affected",
        "reason": "vulnerable_code_not_in_execute_path",
        "by": "ana",
        "time": datetime(2026, 11, 1, tzinfo=UTC),
        "where": "vex.json, statement 1",
    }
    return Statement(**{**whole, **more})
