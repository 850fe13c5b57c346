"""CSAF 2.0 documents of the profile VEX."""

from collections.abc import Iterator, Mapping
from typing import Any

from esclusa.scans.dependencies.package import Product, of_purl
from esclusa.scans.dependencies.vex.reading import Where, listed, mapping, mappings, text_of
from esclusa.scans.dependencies.vex.statement import Statement, Status, Unclear, time_of

_STATUS: Mapping[str, Status] = {
    "known_not_affected": "not affected",
    "fixed": "fixed",
    "first_fixed": "fixed",
    "known_affected": "affected",
    "first_affected": "affected",
    "last_affected": "affected",
    "under_investigation": "under investigation",
}


def is_one(document: Mapping[str, Any]) -> bool:
    """Whether the document is one."""
    return mapping(document, "document").get("category") == "csaf_vex"


def statements(document: Mapping[str, Any], where: Where) -> Iterator[Statement | Unclear]:
    """What it says, one statement for each product; what is not whole is unclear."""
    products = dict(_products(mapping(document, "product_tree")))
    for entry in mappings(document.get("vulnerabilities")):
        names = frozenset(
            filter(
                None, (text_of(entry, "cve"), *(text_of(one, "text") for one in mappings(entry.get("ids"))))
            )
        )
        at = where(names)
        said = mapping(entry, "product_status")
        for word in said.keys() & _STATUS.keys():
            for product in listed(said, word):
                try:
                    yield _statement(document, entry, names, _STATUS[word], product, products, at)
                except Unclear as error:
                    yield error


def _statement(
    document: Mapping[str, Any],
    entry: Mapping[str, Any],
    names: frozenset[str],
    status: Status,
    product: Any,
    products: Mapping[str, Product],
    at: str,
) -> Statement:
    if not names:
        raise Unclear(at, "a status without a vulnerability")
    why = "; ".join(_reasons(entry, product))
    if status == "not affected" and not why:
        raise Unclear(at, f"it says that {str(product)[:60]} is not affected, and not why")
    head = mapping(document, "document")
    tracking = mapping(head, "tracking")
    known = products.get(str(product))
    return Statement(
        names=names,
        products=(known,) if known else (),
        status=status,
        reason=why or "nothing more is said",
        by=text_of(mapping(head, "publisher"), "name"),
        time=time_of(at, tracking.get("current_release_date"), tracking.get("initial_release_date")),
        where=at,
    )


def _reasons(entry: Mapping[str, Any], product: Any) -> Iterator[str]:
    for flag in mappings(entry.get("flags")):
        if product in listed(flag, "product_ids"):
            yield text_of(flag, "label")
    for threat in mappings(entry.get("threats")):
        if threat.get("category") == "impact" and product in listed(threat, "product_ids"):
            yield text_of(threat, "details")


def _products(tree: Mapping[str, Any]) -> Iterator[tuple[str, Product]]:
    """By identifier. Of a part in a whole, it is the part that has the vulnerability."""
    known = dict(_named(tree))
    yield from known.items()
    for relation in mappings(tree.get("relationships")):
        part = known.get(text_of(relation, "product_reference"))
        whole = text_of(mapping(relation, "full_product_name"), "product_id")
        if part is not None and whole:
            yield whole, part


def _named(tree: Mapping[str, Any]) -> Iterator[tuple[str, Product]]:
    for one in (*mappings(tree.get("full_product_names")), mapping(tree, "product")):
        product = of_purl(text_of(mapping(one, "product_identification_helper"), "purl"))
        if product is not None:
            yield text_of(one, "product_id"), product
    for branch in mappings(tree.get("branches")):
        yield from _named(branch)
