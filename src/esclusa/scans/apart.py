"""A scan in a process of its own: an engine that crashes, hangs or eats memory takes nothing else with it.

The request goes in as JSON on the standard input, the report comes out as JSON on the standard output; what
engines print goes elsewhere. Cancelling the caller ends the process and all that it started.
"""

import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from esclusa import shell
from esclusa.core.errors import EsclusaError, StateError
from esclusa.core.scan import Report
from esclusa.core.value import EMPTY, decode, encode, replace
from esclusa.scans.acceptance import Acceptances, load
from esclusa.scans.request import Request

LARGEST = 256 * 1024 * 1024
"""Bytes of a report."""
INSTALL = "pip install 'esclusa[scan]'"
_AGAIN = "run it by itself, `esclusa scan`, and see what it says"


async def scan(request: Request) -> Report:
    """What the scan comes to; whatever ends its process is part of the report."""
    Path(request.cache).mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="esclusa-scan-") as scratch:
        done = await shell.capture(
            (sys.executable, "-P", "-m", "esclusa.scans.apart"),
            directory=scratch,
            variables={**os.environ, "TMPDIR": scratch},
            stdin=encode(request),
            largest=LARGEST,
        )
    failed = Report(kind=request.kind, target=request.target, mend=_AGAIN)
    if done.overflowed:
        return replace(failed, trouble=f"its report is larger than {LARGEST // 2**20} MB")
    if done.code:
        return replace(failed, trouble=_ended(done.code))
    try:
        return decode(Report, done.output)
    except StateError:
        return replace(failed, trouble="its process wrote no report")


def _ended(code: int) -> str:
    """Not what it printed: nobody knows what an engine prints."""
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
    return f"its process {how}"


def looked(request: Request) -> Report:
    """The scan, here and now."""
    report = Report(kind=request.kind, target=request.target)
    try:
        acceptances = _accepted(request) if request.accepted else EMPTY
        found: Report = import_module(f"esclusa.scans.{request.kind}.scan").scan(request, acceptances)
    except ModuleNotFoundError as missing:
        return replace(report, trouble=f"{missing.name} is not installed", mend=INSTALL, ran=False)
    except EsclusaError as error:
        return replace(report, trouble=str(error).partition("\n")[0], mend=error.mend, ran=False)
    return found


def _accepted(request: Request) -> Acceptances:
    path, root = Path(request.accepted), Path(request.root)
    found = load(path, str(path.relative_to(root)) if path.is_relative_to(root) else path.name)
    return {key: one for key, one in found.items() if one.kind in (None, request.kind)}


def main() -> None:
    """Reads a request, writes its report."""
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        out.write(encode(looked(decode(Request, sys.stdin.buffer.read()))))


if __name__ == "__main__":
    main()
