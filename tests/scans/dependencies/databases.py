"""Small databases of advisories, made for tests."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def advisory(
    name: str = "GHSA-1",
    package: str = "Acme.Tool",
    ecosystem: str = "PyPI",
    introduced: str = "0",
    fixed: str = "2.0",
    **more: Any,
) -> dict[str, Any]:
    """An advisory as OSV has it: a package is affected from one version until another."""
    affected = {
        "package": {"ecosystem": ecosystem, "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": introduced}, {"fixed": fixed}]}],
        "versions": ["1.0", "1.1"],
    }
    return {
        "id": name,
        "modified": "2026-11-20T10:00:00Z",
        "summary": "it can be made to run anything",
        "affected": [affected],
        "severity": [{"type": "CVSS_V3", "score": CRITICAL}],
        **more,
    }


def zipped(path: Path, *advisories: Mapping[str, Any]) -> Path:
    """Them in a zip, as OSV offers it."""
    with zipfile.ZipFile(path, "w") as archive:
        for one in advisories:
            archive.writestr(f"{one['id']}.json", json.dumps(one))
    return path
