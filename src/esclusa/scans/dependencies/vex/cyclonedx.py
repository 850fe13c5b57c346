"""CycloneDX documents with vulnerabilities."""

from collections.abc import Iterator, Mapping
from typing import Any

from esclusa.scans.dependencies.package import Product, of_purl
from esclusa.scans.dependencies.vex.reading import Where, mapping, mappings, text_of
from esclusa.scans.dependencies.vex.statement import Statement, Status, Unclear, time_of

_STATUS: Mapping[str, Status] = {
    "not_affected": "not affected",
    "false_positive": "not affected",
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "exploitable": "affected",
    "in_triage": "under investigation",
}


def is_one(document: Mapping[str, Any]) -> bool:
    """Whether the document is one."""
    return document.get("bomFormat") == "CycloneDX" and "vulnerabilities" in document


def statements(document: Mapping[str, Any], where: Where) -> Iterator[Statement | Unclear]:
    """What it says, of those that somebody analysed; what is not whole is unclear."""
    purls = dict(_purls(document))
    for entry in mappings(document.get("vulnerabilities")):
        if not mapping(entry, "analysis"):
            continue
        others = mappings(entry.get("references"))
        names = frozenset(filter(None, (text_of(entry, "id"), *(text_of(one, "id") for one in others))))
        at = where(names)
        try:
            yield _statement(document, entry, names, purls, at)
        except Unclear as error:
            yield error


def _statement(
    document: Mapping[str, Any],
    entry: Mapping[str, Any],
    names: frozenset[str],
    purls: Mapping[str, str],
    at: str,
) -> Statement:
    analysis = entry["analysis"]
    status = _STATUS.get(text_of(analysis, "state"))
    if status is None or not names:
        raise Unclear(at, "an analysis without a vulnerability and a state")
    why = text_of(analysis, "detail", "justification")
    if status == "not affected" and not why:
        raise Unclear(at, "it says that something is not affected, and not why")
    about = mapping(document, "metadata")
    return Statement(
        names=names,
        products=tuple(_products(entry, purls)),
        status=status,
        reason=why or "nothing more is said",
        by=", ".join(filter(None, (text_of(one, "name") for one in mappings(about.get("authors"))))),
        time=time_of(
            at,
            analysis.get("lastUpdated"),
            analysis.get("firstIssued"),
            entry.get("updated"),
            entry.get("published"),
            about.get("timestamp"),
        ),
        where=at,
    )


def _products(entry: Mapping[str, Any], purls: Mapping[str, str]) -> Iterator[Product]:
    """A reference is to a component of this document, to one of another (`urn:cdx:...#it`), or a purl."""
    for affected in mappings(entry.get("affects")):
        reference = text_of(affected, "ref")
        inner = reference.partition("#")[2] if reference.startswith("urn:cdx:") else reference
        product = of_purl(purls.get(inner, inner))
        if product is None:
            continue
        versions = [text_of(one, "version") for one in mappings(affected.get("versions"))]
        named = [one for one in versions if one]
        yield from (product._replace(version=one) for one in named or [product.version])


def _purls(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for component in mappings(document.get("components")):
        if reference := text_of(component, "bom-ref"):
            yield reference, text_of(component, "purl")
        yield from _purls(component)
