"""OpenVEX documents."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from esclusa.scans.dependencies.package import of_purl
from esclusa.scans.dependencies.vex.reading import entries, listed, mapping, text_of, texts
from esclusa.scans.dependencies.vex.statement import Part, Said, Status

STATUS: Mapping[str, Status] = {
    "not_affected": "not affected",
    "fixed": "fixed",
    "affected": "affected",
    "under_investigation": "under investigation",
}


def is_one(document: Mapping[str, Any]) -> bool:
    """Whether the document is one."""
    return "openvex" in str(document.get("@context", "")) and "statements" in document


def statements(document: Mapping[str, Any]) -> Iterator[Said | str]:
    """What each entry says; a text where it is of no form that is known."""
    for entry in entries(document, "statements"):
        if isinstance(entry, str):
            yield entry
            continue
        yield Said(
            names=tuple(_names(entry.get("vulnerability"))),
            parts=tuple(_parts(listed(entry, "products"), ())),
            status=STATUS.get(text_of(entry, "status")),
            words=texts(entry, "impact_statement", "status_notes"),
            justification=text_of(entry, "justification"),
            by=text_of(entry, "supplier") or text_of(document, "author"),
            times=(*texts(entry, "last_updated", "timestamp"), text_of(document, "timestamp")),
        )


def _names(said: Any) -> Iterator[str]:
    """A name (as of 0.0.1), or one with aliases."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        # An @id may be an address that ends in the name.
        yield from (text_of(said, "name"), text_of(said, "@id").rpartition("/")[2])
        yield from (one for one in listed(said, "aliases") if isinstance(one, str))


def _parts(said: Sequence[Any], whole: tuple[str, ...]) -> Iterator[Part]:
    """Where parts of a product are named, it is they that have the vulnerability, within it."""
    for one in said:
        named: Mapping[str, Any] = one if isinstance(one, Mapping) else {"@id": one}
        names = tuple(filter(None, (text_of(mapping(named, "identifiers"), "purl"), text_of(named, "@id"))))
        if inner := listed(named, "subcomponents"):
            yield from _parts(inner, names or ("?",))
            continue
        product = next((known for name in names if (known := of_purl(name)) is not None), None)
        if product is not None:
            yield Part(product, whole)
