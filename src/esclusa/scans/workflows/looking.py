"""One linter at work: started once over its copies, with a small environment, and no longer than it may."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from esclusa import shell
from esclusa.core.errors import OutsideError
from esclusa.scans.workflows.copies import known
from esclusa.scans.workflows.linter import Linter, Told

TIMEOUT = 60.0
"""Seconds for each linter."""
LARGEST = 32 * 1024 * 1024
"""Bytes of what it may write."""


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: what it told, or that it is missing, or how it failed."""

    told: Told = Told()
    missing: bool = False
    trouble: str = ""


async def look(
    linter: Linter, directory: Path, copies: Sequence[str], program: str | None, timeout: float = TIMEOUT
) -> Looked:
    """The linter over copies in a directory. What it has to find must be found, and is not told."""
    if program is None:
        return Looked(missing=True)
    planted = known(linter)
    everything = (planted, *copies)
    try:
        done = await shell.capture(
            linter.argv(program, everything),
            directory=directory,
            variables=_variables(directory),
            timeout=timeout,
            largest=LARGEST,
        )
    except OutsideError as error:
        return Looked(trouble=f"{linter.name} cannot be started: {error.message}")
    if done.timed_out:
        return Looked(trouble=f"{linter.name} did not end within {timeout:g} s")
    if done.overflowed:
        return Looked(trouble=f"{linter.name} wrote more than {LARGEST // 2**20} MiB")
    if done.code not in linter.codes:
        return Looked(trouble=f"{linter.name} ended with {done.code}")
    try:
        told = linter.told(everything, done.output, done.errors)
    except Exception as error:  # a stranger's output may be anything; it may hold values, so only its kind
        return Looked(trouble=f"{linter.name} wrote what cannot be read ({type(error).__name__})")
    if strange := {one.copy for one in told.remarks} - set(everything):
        return Looked(trouble=f"{linter.name} speaks of {len(strange)} files that it was not given")
    if not any(one.copy == planted and one.rule == linter.known.rule for one in told.remarks):
        return Looked(trouble=f"{linter.name} does not find what it has to find: {linter.known.rule}")
    return Looked(
        told=Told(
            remarks=tuple(one for one in told.remarks if one.copy != planted),
            unread={copy: why for copy, why in told.unread.items() if copy != planted},
        )
    )


def _variables(directory: Path) -> dict[str, str]:
    """The whole environment: no token, and no settings of a home."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(directory),
        "XDG_CONFIG_HOME": str(directory),
        "XDG_CACHE_HOME": str(directory),
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
    }
