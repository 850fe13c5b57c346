"""The bill of materials."""

import json

from esclusa.releases.sbom import Material, write_sbom

MATERIALS = (
    Material(name="numpy", version="2.0.0", digests=("a" * 64,)),
    Material(name="aiohttp", version="3.10.0"),
)


def test_the_bill_names_every_package_with_version_url_and_hash() -> None:
    bill = json.loads(write_sbom("support", "abc", MATERIALS))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert [(part["purl"], part.get("hashes")) for part in bill["components"]] == [
        ("pkg:pypi/aiohttp@3.10.0", None),
        ("pkg:pypi/numpy@2.0.0", [{"alg": "SHA-256", "content": "a" * 64}]),
    ]


def test_the_same_materials_in_any_order_give_the_same_bytes() -> None:
    assert write_sbom("support", "abc", MATERIALS) == write_sbom("support", "abc", MATERIALS[::-1])


def test_another_release_has_another_serial_number() -> None:
    first, second = (json.loads(write_sbom("support", release, ())) for release in ("abc", "abd"))
    assert first["serialNumber"] != second["serialNumber"]
