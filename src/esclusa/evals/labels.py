"""Labels: what people say of answers, one JSON object a line, read strictly.

A line has the `answer` that was judged and the `label` that people gave it: for a `judge`, one of its
choices, true or false, or what a choice is worth; for a `pairwise`, which answer is better: `answer`, `other`
or `tie`, where `other` is the text beside it. `input`, and what is `expected`, stand in the line or are the
suite's, by the case's `id`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from esclusa.core.errors import ConfigurationError, raise_any
from esclusa.core.value import Value, digest
from esclusa.evals.question import Question
from esclusa.evals.settings import placed, read_settings
from esclusa.marked import read

PREFERENCES: Mapping[str, float] = {"answer": 1.0, "other": 0.0, "tie": 0.5}
FEWEST = 10
"""Labels below which nothing is worth computing."""


class Label(Value, frozen=True, kw_only=True):
    """One labelled answer. `label` is one of the choices."""

    question: Question
    answer: str
    label: str
    other: str = ""


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    answer: str
    label: str | bool | float
    input: str = ""
    expected: Any = UNSET
    other: str | None = None


def load_labels(
    path: Path, choices: Mapping[str, float], questions: Mapping[str, Question], *, pairwise: bool
) -> tuple[Label, ...]:
    """The labels of a file; ConfigurationError with every line that is none.

    `choices` are the words that may be said and what each is worth.
    """
    found: list[Label] = []
    broken: list[ConfigurationError] = []
    for line, text in enumerate(read(path, "file of labels").split("\n"), start=1):
        if not text or text.isspace():
            continue
        try:
            found.append(_label(_object(text), choices, questions, pairwise))
        except ConfigurationError as error:
            broken.append(placed(error, str(path), line))
    raise_any(broken, str(path))
    _check(found, path)
    return tuple(found)


def digest_of(labels: tuple[Label, ...]) -> str:
    """Names the content."""
    return digest(labels)


def _object(text: str) -> dict[str, Any]:
    try:
        row = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"expected one JSON object on this line: {error}", mend=_EXAMPLE) from None
    if not isinstance(row, dict):
        raise ConfigurationError("expected one JSON object on this line", mend=_EXAMPLE)
    return row


_EXAMPLE = 'such as {"id": "refund-1", "answer": "We have refunded you.", "label": "yes"}'


def _label(
    row: Mapping[str, Any], choices: Mapping[str, float], questions: Mapping[str, Question], pairwise: bool
) -> Label:
    line = read_settings(_Line, row)
    if pairwise != (line.other is not None):
        needs = "expected the answer that it was compared with" if pairwise else "only `pairwise` compares"
        raise ConfigurationError(needs, key="other")
    known = questions.get(line.id)
    if known is None and not line.input:
        raise ConfigurationError(
            f"no case of the suite is called {line.id!r}, and the line has no `input` of its own", key="id"
        )
    question = known if known is not None and not line.input else Question(id=line.id, input=line.input)
    if line.expected is not UNSET:
        question = msgspec.structs.replace(question, expected=line.expected)
    return Label(
        question=question, answer=line.answer, label=_word(line.label, choices), other=line.other or ""
    )


def _word(label: str | bool | float, choices: Mapping[str, float]) -> str:
    """The choice that a label means."""
    if isinstance(label, str) and label in choices:
        return label
    meant = [] if isinstance(label, str) else [word for word, worth in choices.items() if worth == label]
    if len(meant) == 1:
        return meant[0]
    words = ", ".join(choices)
    raise ConfigurationError(f"expected one of {words}, found {label!r}", key="label")


def _check(labels: list[Label], path: Path) -> None:
    if len(labels) < FEWEST:
        raise ConfigurationError(
            f"{len(labels)} labels say nothing of a judge",
            file=str(path),
            mend=f"label {FEWEST} answers at least; tens of them tell a good judge from a bad one",
        )
    words = {label.label for label in labels}
    if len(words) < 2:
        raise ConfigurationError(
            f"every answer is labelled {words.pop()!r}: nothing tells a judge from one that always says so",
            file=str(path),
            mend="label answers of each kind, wrong ones too",
        )
