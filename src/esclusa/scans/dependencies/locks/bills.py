"""Bills of materials in CycloneDX or SPDX JSON."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from esclusa.scans.dependencies.locks.texts import Read, lines_of, read_json
from esclusa.scans.dependencies.package import Package, Problem, of_purl

_NOTHING = frozenset({"NOASSERTION", "NONE", ""})
_NO_PACKAGES = frozenset({"file", "data", "cryptographic-asset", "machine-learning-model"})
"""Types of components that no package is of."""
_SHAPE = "what it lists is no list of objects"


class _Listed(NamedTuple):
    """One component; without a purl, its name."""

    purl: str
    name: str
    licences: tuple[str, ...] | None


def bill(text: str, file: str) -> Iterator[Read]:
    """What it lists by package URL; what should have one and has none is a problem."""
    document = read_json(text)
    if isinstance(document, Problem):
        yield document
        return
    lines = lines_of(text, re.compile(r'"(?:purl|referenceLocator)"\s*:\s*"(?P<name>[^"]+)"'))
    if not {"components", "packages", "vulnerabilities"} & document.keys():
        yield Problem(line=1, why="it is neither CycloneDX nor SPDX")
    for one in (*_components(document), *_packages(document)):
        if isinstance(one, Problem):
            yield one
            continue
        line = next(lines.get(one.purl, iter(())), 0)
        known = of_purl(one.purl)
        if known is not None and known.version:
            yield Package(**known._asdict(), file=file, line=line, licences=one.licences)
        elif one.purl:
            why = f"`{one.purl[:80]}` is of an ecosystem that is not looked at, or has no version"
            yield Problem(line=line, why=why)
        else:
            yield Problem(line=1, why=f"`{one.name[:80]}` has no package URL")


def _components(document: Mapping[str, Any]) -> Iterator[_Listed | Problem]:
    """Of CycloneDX, those within others too."""
    for component in _objects(document, "components"):
        if isinstance(component, Problem):
            yield component
            continue
        purl, name = component.get("purl"), str(component.get("name", ""))
        if isinstance(purl, str) and purl:
            yield _Listed(purl, name, _of_component(component))
        elif str(component.get("type")) not in _NO_PACKAGES:
            yield _Listed("", name, None)
        yield from _components(component)


def _of_component(component: Mapping[str, Any]) -> tuple[str, ...] | None:
    """None where a component has no licences: most tools that write bills do not look for them."""
    said = []
    for entry in _objects(component, "licenses"):
        licence = None if isinstance(entry, Problem) else entry.get("license")
        words = licence.get("id", licence.get("name")) if isinstance(licence, Mapping) else None
        said.append(str((not isinstance(entry, Problem) and entry.get("expression")) or words or "?"))
    return tuple(said) or None


def _packages(document: Mapping[str, Any]) -> Iterator[_Listed | Problem]:
    """Of SPDX. What the document is of, where that is one, needs no package URL."""
    described = {str(name) for name in _list(document.get("documentDescribes"))}
    for one in _objects(document, "relationships"):
        if not isinstance(one, Problem) and one.get("relationshipType") == "DESCRIBES":
            described.add(str(one.get("relatedSpdxElement")))
    root = described if len(described) == 1 else set()
    for package in _objects(document, "packages"):
        if isinstance(package, Problem):
            yield package
            continue
        purls = [
            str(reference.get("referenceLocator"))
            for reference in _objects(package, "externalRefs")
            if not isinstance(reference, Problem) and reference.get("referenceType") == "purl"
        ]
        for purl in purls:
            yield _Listed(purl, "", _of_package(package))
        if not purls and str(package.get("SPDXID")) not in root:
            yield _Listed("", str(package.get("name", "")), None)


def _of_package(package: Mapping[str, Any]) -> tuple[str, ...] | None:
    """What somebody concluded, and what the package declares."""
    words = [str(package.get(key, "")) for key in ("licenseConcluded", "licenseDeclared")]
    return tuple(dict.fromkeys(one for one in words if one not in _NOTHING)) or None


def _objects(parent: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any] | Problem]:
    said = parent.get(key, [])
    if not isinstance(said, list):
        yield Problem(line=1, why=_SHAPE)
        return
    yield from (one if isinstance(one, Mapping) else Problem(line=1, why=_SHAPE) for one in said)


def _list(entries: Any) -> list[Any]:
    return entries if isinstance(entries, list) else []
