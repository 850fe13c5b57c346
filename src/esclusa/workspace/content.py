"""The content key of a step: what its result depends on, and nothing else, so that it can be reused."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from esclusa import __version__
from esclusa.core.errors import StepFailed
from esclusa.core.evidence import Evidence
from esclusa.core.project import Price, Step
from esclusa.core.scan import ACTIONS
from esclusa.core.value import EMPTY, digest
from esclusa.evals.suite import load_suite

ALWAYS_DONE = frozenset({"checkout", "dependencies", "deploy", "import", *ACTIONS})
"""Actions that keep what they made by its content themselves, or that are about the world as it is now, or
about files that no commit holds; or that look at all of history, at databases, at what has expired."""
PLACES = frozenset({"source", "environment", "lock_file", "commit", "subject", "tree"})
"""Outputs that say where or whence, not what."""


def content_key(step: Step, needs: Mapping[str, Evidence], prices: Mapping[str, Price] = EMPTY) -> str | None:
    """The SHA-256 of the step's definition, its inputs and what was made before it; None: do it anew."""
    tree = next((seen.outputs["tree"] for seen in needs.values() if "tree" in seen.outputs), "")
    if step.uses in ALWAYS_DONE or not tree or _stops_early(step, needs):
        return None
    inputs = _inputs(step, needs, tree)
    if inputs is None:
        return None
    return digest(
        {
            "version": __version__,
            "uses": step.uses,
            "settings": dict(step.settings),
            "variables": dict(step.variables),
            "inputs": inputs,
            # No part of a release, and yet what an eval says of costs depends on them.
            "prices": dict(prices) if step.uses == "eval" else {},
            "made": {name: _made(evidence) for name, evidence in needs.items()},
        }
    )


def _inputs(step: Step, needs: Mapping[str, Evidence], tree: str) -> str | None:
    source = Path(next(seen.outputs["source"] for seen in needs.values() if "source" in seen.outputs))
    if step.inputs is not None:
        return _digest_of(source, step.inputs)
    if step.uses == "eval":
        # Of the source only the suite, its dataset and its judges matter: the release is among what was made.
        suite = load_suite(source / step.settings["suite"])
        return suite.content if suite.whole else None
    return tree


def _stops_early(step: Step, needs: Mapping[str, Evidence]) -> bool:
    """Whether it is a suite that ends when the gates of this run, and its baseline, are settled."""
    if step.uses != "eval":
        return False
    source = next(seen.outputs["source"] for seen in needs.values() if "source" in seen.outputs)
    return load_suite(Path(source) / step.settings["suite"]).stop == "settled"


def _made(evidence: Evidence) -> dict[str, dict[str, str]]:
    return {
        "outputs": {name: text for name, text in evidence.outputs.items() if name not in PLACES},
        "artifacts": {name: artifact.digest for name, artifact in evidence.artifacts.items()},
    }


def _digest_of(source: Path, inputs: tuple[str, ...]) -> str:
    content = hashlib.sha256()
    for declared in sorted(inputs):
        place = source / declared
        if not place.exists():
            raise StepFailed(f"its input '{declared}' is not in the commit", mend="correct `inputs`")
        files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
        for file in files:
            held = hashlib.sha256(file.read_bytes()).hexdigest()
            content.update(f"{file.relative_to(source).as_posix()}\0{held}\0".encode())
    return content.hexdigest()
