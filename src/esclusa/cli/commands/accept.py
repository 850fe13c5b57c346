"""`esclusa accept`."""

import getpass
from pathlib import Path

from esclusa.cli.output import console
from esclusa.workspace.accept import accept


def command(
    here: Path, *, fingerprints: tuple[str, ...], reason: str, until: str, kind: str, file: str, by: str
) -> None:
    """Write the acceptances down."""
    path = accept(
        here, fingerprints, reason=reason, until=until, file=file, by=by or getpass.getuser(), kind=kind
    )
    many = "finding is" if len(fingerprints) == 1 else "findings are"
    console().print(f"{len(fingerprints)} {many} accepted until {until}, in {path}; commit it", markup=False)
