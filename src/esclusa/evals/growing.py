"""Growing a dataset: cases of a run appended to a file of JSONL, which stays as it was up to there.

What is added is marked for a person: an agent's failure says what was wrong, and not what would be right.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from esclusa.core.case import Case
from esclusa.core.errors import ConfigurationError, OutsideError
from esclusa.evals.datasets import load_dataset
from esclusa.evals.measure import right
from esclusa.evals.question import Question
from esclusa.evals.suite import Suite

REVIEW = "to-review"
"""The tag of a case that a person is to look at."""
SHOWN = 300
"""Characters of an answer that a note has."""


def failed(suite: Suite, case: Case) -> bool:
    """Whether a case was answered wrongly, or not at all by the agent's fault.

    Where nothing in the suite says right or wrong, each scorer's `at_least` does.
    """
    if case.error_kind:
        return case.error_kind == "agent"
    if suite.judges:
        return right(suite, case) == 0.0
    scores = ((case.scores.get(spec.name), spec.at_least) for spec in suite.scorers)
    return any(score is not None and score < least for score, least in scores)


def row_of(question: Question, case: Case, origin: str) -> dict[str, Any]:
    """A case as a row of a dataset, without settings of scorers: they belong to their suite."""
    known = {
        "turns": list(question.turns) or UNSET,
        "expected": question.expected,
        "contexts": question.contexts,
        "tools": question.tools,
    }
    said = case.error.partition("\n")[0] if case.error else case.answer
    fill = "" if question.expected is not UNSET else "; fill in `expected`"
    return {
        "id": question.id,
        "input": question.input if isinstance(question.input, str) else question.messages,
        **{key: value for key, value in known.items() if value is not UNSET},
        "tags": [*question.tags, *([] if REVIEW in question.tags else [REVIEW])],
        "note": f"{origin}{fill}. Answered: {said[:SHOWN]}",
    }


def append(path: Path, rows: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """Append the rows whose question is not there yet, each with an id of its own; the ids.

    All or nothing: the file is replaced by a whole one. ConfigurationError when it is broken or no JSONL,
    OutsideError when it cannot be written.
    """
    if path.suffix not in (".jsonl", ".ndjson"):
        raise ConfigurationError("expected a dataset in JSONL, `.jsonl`, to append to", file=str(path))
    path = path.resolve()
    there = load_dataset(path).questions if path.exists() and path.stat().st_size else ()
    fresh = _fresh(rows, there)
    if not fresh:
        return ()
    text = b"".join(msgspec.json.encode(row) + b"\n" for row in fresh)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_bytes() if path.exists() else b""
        _replace(path, before + (b"\n" if before and not before.endswith(b"\n") else b"") + text)
    except OSError as error:
        raise OutsideError(f"{path} cannot be written: {error.strerror}", mend="see who owns it") from error
    return tuple(row["id"] for row in fresh)


def _fresh(rows: Iterable[dict[str, Any]], there: Sequence[Question]) -> list[dict[str, Any]]:
    ids = {question.id for question in there}
    asked = {_asked(question.messages, question.turns) for question in there}
    fresh = []
    for row in rows:
        messages = row["input"]
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        key = _asked(messages, row.get("turns", ()))
        if key not in asked:
            asked.add(key)
            fresh.append({**row, "id": _own_id(row["id"], ids)})
            ids.add(fresh[-1]["id"])
    return fresh


def _asked(messages: Any, turns: Iterable[str]) -> bytes:
    return msgspec.json.encode([messages, list(turns)], order="sorted")


def _own_id(wanted: str, taken: set[str]) -> str:
    number, found = 2, wanted
    while found in taken:
        found, number = f"{wanted}-{number}", number + 1
    return found


def _replace(path: Path, data: bytes) -> None:
    fresh = path.with_name(f".{path.name}.fresh")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if path.exists():
        fresh.chmod(path.stat().st_mode & 0o7777)
    fresh.replace(path)
