"""CSAF 2.0 documents of the profile VEX (https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html)."""

from collections.abc import Iterator, Mapping
from typing import Any

from esclusa.scans.dependencies.package import of_purl
from esclusa.scans.dependencies.vex.cyclonedx import RANGE
from esclusa.scans.dependencies.vex.reading import entries, listed, mapping, mappings, text_of, texts
from esclusa.scans.dependencies.vex.statement import CLEARING, JUSTIFICATIONS, Part, Said, Status

STATUS: Mapping[str, Status] = {
    "known_not_affected": "not affected",
    "fixed": "fixed",
    "first_fixed": "fixed",
    "known_affected": "affected",
    "first_affected": "affected",
    "last_affected": "affected",
    "under_investigation": "under investigation",
}
DRAFT = "it is of a draft"


def is_one(document: Mapping[str, Any]) -> bool:
    """Whether the document is one."""
    return mapping(document, "document").get("category") == "csaf_vex"


def statements(document: Mapping[str, Any]) -> Iterator[Said | str]:
    """What each entry says, one for each product; a text where that cannot be told."""
    tree = _Tree(mapping(document, "product_tree"))
    draft = text_of(mapping(mapping(document, "document"), "tracking"), "status") == "draft"
    for entry in entries(document, "vulnerabilities"):
        if isinstance(entry, str) or draft:
            yield entry if isinstance(entry, str) else DRAFT
        else:
            yield from _of(entry, tree, mapping(document, "document"))


def _of(entry: Mapping[str, Any], tree: "_Tree", head: Mapping[str, Any]) -> Iterator[Said | str]:
    tracking = mapping(head, "tracking")
    reasons = _reasons(entry, tree.groups)
    for word, status in STATUS.items():
        for product in map(str, listed(mapping(entry, "product_status"), word)):
            if product in tree.ranged and status in CLEARING:
                yield RANGE
                continue
            yield Said(
                names=(text_of(entry, "cve"), *(text_of(one, "text") for one in mappings(entry.get("ids")))),
                parts=tuple(tree.parts.get(product, ())),
                status=status,
                words=tuple(reasons.get(product, ())),
                by=text_of(mapping(head, "publisher"), "name"),
                times=texts(tracking, "current_release_date", "initial_release_date"),
            )


def _reasons(entry: Mapping[str, Any], groups: Mapping[str, frozenset[str]]) -> Mapping[str, list[str]]:
    """By product, what is said of why."""
    found: dict[str, list[str]] = {}
    flags = [(one, "label") for one in mappings(entry.get("flags"))]
    threats = [(one, "details") for one in mappings(entry.get("threats")) if one.get("category") == "impact"]
    for one, key in (*flags, *threats):
        reason = text_of(one, key)
        if key == "label" and reason not in JUSTIFICATIONS:
            continue
        named = {str(name) for name in listed(one, "product_ids")}
        grouped = (groups.get(str(name), frozenset()) for name in listed(one, "group_ids"))
        for product in named.union(*grouped) if reason else ():
            found.setdefault(product, []).append(reason)
    return found


class _Tree:
    """Products by their identifiers: packages, and packages within something else."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self.parts: dict[str, dict[Part, None]] = {}
        """In the order in which they are told, each once."""
        self.ranged: set[str] = set()
        """Those of which only a range of versions is told: as if of any, for what clears nothing."""
        self._names: dict[str, tuple[str, ...]] = {}
        self._branch(tree, "", False)
        self.groups = {
            text_of(one, "group_id"): frozenset(str(name) for name in listed(one, "product_ids"))
            for one in mappings(tree.get("product_groups"))
        }
        for relation in mappings(tree.get("relationships")):
            self._relation(relation)

    def _branch(self, branch: Mapping[str, Any], version: str, ranged: bool) -> None:
        if branch.get("category") == "product_version":
            version = text_of(branch, "name")
        ranged = ranged or branch.get("category") == "product_version_range"
        for one in (*mappings(branch.get("full_product_names")), mapping(branch, "product")):
            self._product(one, version, ranged)
        for inner in mappings(branch.get("branches")):
            self._branch(inner, version, ranged)

    def _product(self, one: Mapping[str, Any], version: str, ranged: bool) -> None:
        identifier = text_of(one, "product_id")
        purl = text_of(mapping(one, "product_identification_helper"), "purl")
        self._names[identifier] = tuple(filter(None, (purl, text_of(one, "name"), identifier)))
        product = of_purl(purl)
        if product is None:
            return
        if not product.version and ranged:
            self.ranged.add(identifier)
        known = product if product.version else product._replace(version=version)
        self.parts.setdefault(identifier, {})[Part(known)] = None

    def _relation(self, relation: Mapping[str, Any]) -> None:
        """A part in a whole, under a name of its own: it is the part that has the vulnerability."""
        inner, outer = (
            text_of(relation, key) for key in ("product_reference", "relates_to_product_reference")
        )
        both = text_of(mapping(relation, "full_product_name"), "product_id")
        if inner in self.ranged:
            self.ranged.add(both)
        whole = self._names.get(outer, (outer or "?",))
        # It may be told of itself, and again and again.
        within = [Part(one.product, whole) for one in self.parts.get(inner, ())]
        self.parts.setdefault(both, {}).update(dict.fromkeys(within))
