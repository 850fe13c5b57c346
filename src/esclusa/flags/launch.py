"""How the flag server of a release is started."""

import sys
from pathlib import Path

from esclusa.core.fleet import Health, Program


def flag_server(file: Path, sealed: str) -> Program:
    """The program that answers for the definitions in `file`, whose SHA-256 is `sealed`.

    `-P`: what the release has of its own must not be taken for ours.
    """
    return Program(
        argv=(
            *(sys.executable, "-P", "-m", "esclusa.flags.server", str(file)),
            *("--port", "{port}", "--sealed", sealed),
        ),
        directory=str(file.parent),
        health=Health(path="/health", timeout=2.0, start=60.0),
    )
