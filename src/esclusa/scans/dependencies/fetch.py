"""A database by its address: downloaded once, asked for anew with what is known of the copy that is kept."""

import json
import os
import shutil
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

from esclusa.core.errors import OutsideError
from esclusa.core.value import Value

TIMEOUT = 60.0
"""Seconds for which a server may be silent."""
LARGEST = 1_000_000_000
_BLOCK = 1 << 20
_MEND = "see whether the network lets it through, or name a copy: `database: security/osv.zip`"


class Fetched(Value, frozen=True, kw_only=True):
    """The copy, and what is to be said of how it was had."""

    path: str
    note: str = ""


def fetch(address: str, cache: Path) -> Fetched:
    """The database at an address, in the cache. OutsideError when there is neither a server nor a copy.

    A copy is used when the server cannot be asked, and that is said: how old it may be is for the caller.
    """
    parts = urlsplit(address)
    name = "".join(letter if letter.isalnum() else "-" for letter in parts.netloc + parts.path)
    copy, told = cache / "advisories" / name, cache / "advisories" / f"{name}.json"
    copy.parent.mkdir(parents=True, exist_ok=True)
    request = urllib.request.Request(address, headers=_known(told) if copy.exists() else {})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            _keep(answer, copy)
            headers = {
                "If-None-Match": answer.headers.get("ETag"),
                "If-Modified-Since": answer.headers.get("Last-Modified"),
            }
            told.write_text(json.dumps({key: value for key, value in headers.items() if value}))
    except urllib.error.HTTPError as error:
        if error.code != 304:
            return _kept(copy, address, f"the server answered {error.code}")
    except (urllib.error.URLError, OSError, ValueError) as error:
        return _kept(copy, address, str(getattr(error, "reason", error)))
    return Fetched(path=str(copy))


def _kept(copy: Path, address: str, why: str) -> Fetched:
    if not copy.exists():
        raise OutsideError(f"{address} cannot be had: {why}", mend=_MEND)
    return Fetched(path=str(copy), note=f"{address} cannot be had ({why}); this is the copy from before")


def _known(told: Path) -> dict[str, str]:
    try:
        known = json.loads(told.read_text())
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in known.items()} if isinstance(known, dict) else {}


def _keep(answer: object, copy: Path) -> None:
    """All of it, or nothing."""
    handle, fresh = tempfile.mkstemp(dir=copy.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            size = 0
            while block := answer.read(_BLOCK):  # type: ignore[attr-defined]
                size += len(block)
                if size > LARGEST:
                    raise OSError("it is larger than any database of advisories")
                file.write(block)
        promised = answer.headers.get("Content-Length")  # type: ignore[attr-defined]
        if promised and int(promised) != size:
            raise OSError(f"it was cut off after {size} of {promised} bytes")
        if copy.name.endswith("-zip") and not zipfile.is_zipfile(fresh):
            raise OSError("what came is no zip, or only a part of one")  # such as a page of a proxy
        shutil.move(fresh, copy)
    finally:
        Path(fresh).unlink(missing_ok=True)
