"""OpenVEX documents."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from esclusa.scans.dependencies.package import Product, of_purl
from esclusa.scans.dependencies.vex.reading import Where, listed, mapping, mappings, text_of
from esclusa.scans.dependencies.vex.statement import Statement, Status, Unclear, time_of

_STATUS: Mapping[str, Status] = {
    "not_affected": "not affected",
    "fixed": "fixed",
    "affected": "affected",
    "under_investigation": "under investigation",
}


def is_one(document: Mapping[str, Any]) -> bool:
    """Whether the document is one."""
    return "openvex" in str(document.get("@context", "")) and "statements" in document


def statements(document: Mapping[str, Any], where: Where) -> Iterator[Statement | Unclear]:
    """What it says; what is not whole is unclear."""
    for entry in mappings(document.get("statements")):
        names = frozenset(_names(entry.get("vulnerability")))
        at = where(names)
        try:
            yield _statement(document, entry, names, at)
        except Unclear as error:
            yield error


def _statement(
    document: Mapping[str, Any], entry: Mapping[str, Any], names: frozenset[str], at: str
) -> Statement:
    status = _STATUS.get(text_of(entry, "status"))
    if status is None or not names:
        raise Unclear(at, "a statement without a vulnerability and a status")
    why = text_of(entry, "justification", "impact_statement")
    if status == "not affected" and not why:
        raise Unclear(at, "it says that something is not affected, and not why")
    return Statement(
        names=names,
        products=tuple(_products(listed(entry, "products"))),
        status=status,
        reason=text_of(entry, "impact_statement", "justification", "status_notes") or "nothing more is said",
        by=text_of(entry, "supplier") or text_of(document, "author"),
        time=time_of(
            at,
            entry.get("last_updated"),
            entry.get("timestamp"),
            document.get("last_updated"),
            document.get("timestamp"),
        ),
        where=at,
    )


def _names(said: Any) -> Iterator[str]:
    """A name (as of 0.0.1), or one with aliases."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        # An @id may be an address that ends in the name.
        yield from filter(None, (text_of(said, "name"), text_of(said, "@id").rpartition("/")[2]))
        yield from (one for one in listed(said, "aliases") if isinstance(one, str))


def _products(said: Sequence[Any]) -> Iterator[Product]:
    """Where parts of a product are named, it is they that have the vulnerability."""
    for one in said:
        product: Mapping[str, Any] = one if isinstance(one, Mapping) else {"@id": one}
        if parts := listed(product, "subcomponents"):
            yield from _products(parts)
            continue
        named = (text_of(product, "@id"), text_of(mapping(product, "identifiers"), "purl"))
        yield from (known for purl in named if (known := of_purl(purl)) is not None)
