"""Strangers: code that is not ours, a scorer or an agent's function, and what is kept of its failure."""

import traceback


def failure() -> str:
    """The exception being handled: its message on the first line, then the traceback."""
    lines = traceback.format_exc(limit=-8).strip().splitlines()
    return "\n".join([lines[-1], *lines])
