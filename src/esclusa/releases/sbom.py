"""A CycloneDX bill of materials of a release: same lock, same bytes, so it carries no time of its making."""

import json
import uuid

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from esclusa.core.value import Value


class Material(Value, frozen=True, kw_only=True):
    """One package in the bill."""

    name: str
    version: str
    digests: tuple[str, ...] = ()


def write_sbom(project: str, release: str, materials: tuple[Material, ...]) -> str:
    """The bill as CycloneDX 1.6 JSON."""
    root = Component(name=project, version=release, type=ComponentType.APPLICATION, bom_ref=project)
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"esclusa:{project}:{release}"))
    bom.metadata.component = root
    # The default is the moment of writing; a fixed answer is what makes two builds agree.
    bom.metadata.timestamp = None  # type: ignore[assignment]
    components = [_component(material) for material in materials]
    bom.components.update(components)
    bom.register_dependency(root, components)
    # The library writes keys in no fixed order.
    return json.dumps(json.loads(JsonV1Dot6(bom).output_as_string()), indent=2, sort_keys=True) + "\n"


def _component(material: Material) -> Component:
    url = PackageURL("pypi", name=material.name, version=material.version)
    return Component(
        name=material.name,
        version=material.version,
        type=ComponentType.LIBRARY,
        purl=url,
        bom_ref=url.to_string(),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in material.digests],
    )
