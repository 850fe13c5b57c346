"""Definition files of the tests."""

import json
from pathlib import Path
from typing import Any

from esclusa.flags.definitions import Definitions, read_definitions
from esclusa.flags.evaluation import Flags

ON_OFF = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}


def share(percent: int) -> dict[str, Any]:
    """A flag that so many of a hundred conversations have on."""
    return {**ON_OFF, "targeting": {"fractional": [["on", percent], ["off", 100 - percent]]}}


def written(path: Path, flags: dict[str, Any], **more: Any) -> Path:
    """A file with these flags."""
    path.write_text(json.dumps({"flags": flags, **more}, indent=1))
    return path


def read(path: Path, flags: dict[str, Any], **more: Any) -> Definitions:
    """The same, read."""
    return read_definitions(written(path, flags, **more))


def ready(path: Path, flags: dict[str, Any], **more: Any) -> Flags:
    """The same, ready to be asked."""
    return Flags(read(path, flags, **more))
