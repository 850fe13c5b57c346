"""Bills of materials in CycloneDX or SPDX JSON."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from esclusa.scans.dependencies.locks.texts import Read, lines_of, read_json
from esclusa.scans.dependencies.package import Package, Problem, of_purl

Said = tuple[tuple[str, ...], ...] | None
_NOTHING = frozenset({"NOASSERTION", "NONE", ""})
_PARTS = frozenset({"library", "framework"})
"""Types of components that are packages."""


class _Listed(NamedTuple):
    """One component. Without a purl its name, where it must have one."""

    purl: str
    name: str
    licences: Said


def bill(text: str, file: str) -> Iterator[Read]:
    """What it lists by package URL; a package without one is a problem."""
    document = read_json(text)
    if isinstance(document, Problem):
        yield document
        return
    lines = lines_of(text, re.compile(r'"(?:purl|referenceLocator)"\s*:\s*"(?P<name>[^"]+)"'))
    if "components" not in document and "packages" not in document:
        yield Problem(line=1, why="it is neither CycloneDX nor SPDX")
    for one in (*_components(document), *_packages(document)):
        line = next(lines.get(one.purl, iter(())), 0)
        known = of_purl(one.purl)
        if known is not None and known.version:
            yield Package(**known._asdict(), file=file, line=line, licences=one.licences)
        elif one.purl:
            why = f"`{one.purl[:80]}` is of an ecosystem that is not looked at, or has no version"
            yield Problem(line=line, why=why)
        else:
            yield Problem(line=1, why=f"`{one.name[:80]}` has no package URL")


def _components(document: Mapping[str, Any]) -> Iterator[_Listed]:
    """Of CycloneDX, those within others too."""
    for component in _all(document.get("components")):
        purl, name = component.get("purl"), str(component.get("name", ""))
        if isinstance(purl, str):
            yield _Listed(purl, name, _of_component(component))
        elif component.get("type") in _PARTS:
            yield _Listed("", name, None)
        yield from _components(component)


def _of_component(component: Mapping[str, Any]) -> Said:
    """None where a component has no licences: most tools that write bills do not look for them."""
    said = []
    for entry in _all(component.get("licenses")):
        licence = entry.get("license")
        words = licence.get("id", licence.get("name")) if isinstance(licence, Mapping) else None
        said.append(str(entry.get("expression") or words or ""))
    return (tuple(said),) if any(said) else None


def _packages(document: Mapping[str, Any]) -> Iterator[_Listed]:
    """Of SPDX; what the document is of needs no package URL."""
    described = {str(name) for name in _list(document.get("documentDescribes"))}
    for one in _all(document.get("relationships")):
        if one.get("relationshipType") == "DESCRIBES":
            described.add(str(one.get("relatedSpdxElement")))
    for package in _all(document.get("packages")):
        licences = _of_package(package)
        purls = [
            str(reference.get("referenceLocator"))
            for reference in _all(package.get("externalRefs"))
            if reference.get("referenceType") == "purl"
        ]
        for purl in purls:
            yield _Listed(purl, "", licences)
        if not purls and str(package.get("SPDXID")) not in described:
            yield _Listed("", str(package.get("name", "")), None)


def _of_package(package: Mapping[str, Any]) -> Said:
    """What somebody concluded goes before what the package declares."""
    words = [str(package.get(key, "")) for key in ("licenseConcluded", "licenseDeclared")]
    return tuple((one,) for one in words if one not in _NOTHING) or None


def _all(entries: Any) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in _list(entries) if isinstance(one, Mapping))


def _list(entries: Any) -> list[Any]:
    return entries if isinstance(entries, list) else []
