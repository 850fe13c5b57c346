"""Suites and datasets as a test needs them, written to a directory."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from esclusa.evals.suite import Suite, load_suite


def write_suite(directory: Path, rows: Sequence[Mapping[str, Any]], suite: str) -> Path:
    """A suite file whose dataset, `cases.jsonl`, has these rows; `suite` is the rest of the file."""
    (directory / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = directory / "suite.yaml"
    path.write_text(f"dataset: cases.jsonl\n{suite}")
    return path


def made_suite(directory: Path, rows: Sequence[Mapping[str, Any]], suite: str) -> Suite:
    """The same, loaded."""
    return load_suite(write_suite(directory, rows, suite))
