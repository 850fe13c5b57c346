"""CycloneDX documents with vulnerabilities."""

from collections.abc import Iterator, Mapping
from typing import Any

from esclusa.scans.dependencies.package import of_purl
from esclusa.scans.dependencies.vex.reading import entries, mapping, mappings, text_of, texts
from esclusa.scans.dependencies.vex.statement import CLEARING, Part, Said, Status

STATUS: Mapping[str, Status] = {
    "not_affected": "not affected",
    "false_positive": "not affected",
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "exploitable": "affected",
    "in_triage": "under investigation",
}
RANGE = "it is about a range of versions, which is not understood: name them"


def is_one(document: Mapping[str, Any]) -> bool:
    """Whether the document is one."""
    return document.get("bomFormat") == "CycloneDX" and "vulnerabilities" in document


def statements(document: Mapping[str, Any]) -> Iterator[Said | str]:
    """What each entry says that somebody analysed; a text where it is of no form that is known."""
    components = _Components(document)
    about = mapping(document, "metadata")
    authors = ", ".join(filter(None, (text_of(one, "name") for one in mappings(about.get("authors")))))
    for entry in entries(document, "vulnerabilities"):
        if isinstance(entry, str):
            yield entry
            continue
        analysis = mapping(entry, "analysis")
        if not analysis:
            continue
        others = mappings(entry.get("references"))
        parts, affected, ranged = components.parts(entry)
        said = Said(
            names=(text_of(entry, "id"), *(text_of(one, "id") for one in others)),
            parts=tuple(parts),
            status=STATUS.get(text_of(analysis, "state")),
            words=texts(analysis, "detail"),
            justification=text_of(analysis, "justification"),
            by=authors or text_of(mapping(about, "supplier"), "name"),
            times=(*texts(analysis, "lastUpdated", "firstIssued"), text_of(about, "timestamp")),
        )
        yield said
        if affected:
            yield Said(
                names=said.names,
                parts=tuple(affected),
                status="affected",
                words=said.words,
                by=said.by,
                times=said.times,
            )
        if ranged and said.status in CLEARING:
            yield RANGE


class _Components:
    """What references of a document lead to."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._serial = text_of(document, "serialNumber").removeprefix("urn:uuid:")
        self._purls = dict(_purls(document))
        whole = mapping(mapping(document, "metadata"), "component")
        names = (text_of(whole, "purl"), text_of(whole, "bom-ref"), text_of(whole, "name"))
        self._whole = tuple(filter(None, names))

    def parts(self, entry: Mapping[str, Any]) -> tuple[list[Part], list[Part], bool]:
        """What the analysis is about; what is said to be affected all the same; whether ranges are named."""
        parts: list[Part] = []
        affected: list[Part] = []
        ranged = False
        for one in mappings(entry.get("affects")):
            product = of_purl(self._purl(text_of(one, "ref")))
            if product is None:
                continue
            versions = list(mappings(one.get("versions")))
            for version in versions or ({"version": product.version},):
                part = Part(product._replace(version=text_of(version, "version")), self._whole)
                if text_of(version, "status") == "affected":
                    affected.append(part)
                elif "range" in version:
                    ranged = True
                elif text_of(version, "status") in ("", "unaffected"):
                    parts.append(part)
        return parts, affected, ranged

    def _purl(self, reference: str) -> str:
        """Of a component of this document (or of another, `urn:cdx:SERIAL/1#it`), or a purl by itself."""
        if not reference.startswith("urn:cdx:"):
            return self._purls.get(reference, reference)
        serial, _, inner = reference.removeprefix("urn:cdx:").partition("#")
        ours = bool(self._serial) and serial.partition("/")[0] == self._serial
        return self._purls.get(inner, inner) if ours else inner


def _purls(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for component in mappings(document.get("components")):
        if reference := text_of(component, "bom-ref"):
            yield reference, text_of(component, "purl")
        yield from _purls(component)
