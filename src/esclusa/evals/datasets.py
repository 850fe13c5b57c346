"""Datasets: files of questions, JSONL or YAML, read strictly.

A line that is broken is named by its number, and nothing is skipped: a dataset that silently lost a case
would make two runs incomparable.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from esclusa.core.errors import ConfigurationError
from esclusa.core.value import EMPTY, Value, digest, replace
from esclusa.evals.question import Message, Question
from esclusa.evals.settings import unknown
from esclusa.marked import parse, read

SUFFIXES = (".jsonl", ".ndjson", ".yaml", ".yml")
LABELS = 1000
"""Different labels in a dataset up to which equal ones are taken to be common."""
KEYS = ("id", "input", "expected", "tags", "scorers", "note")
ROLES = ("system", "developer", "user", "assistant", "tool")


class Dataset(Value, frozen=True, kw_only=True):
    """The questions of one file, in its order. `lines` tells where each stands."""

    file: str
    questions: tuple[Question, ...]
    lines: Mapping[str, int] = EMPTY

    @property
    def digest(self) -> str:
        """Names the content: the same questions in another order have the same digest."""
        return digest(sorted(self.questions, key=lambda question: question.id))

    def tagged(self, tags: Collection[str]) -> "Dataset":
        """The questions that have any of the tags (all, if none is named); ConfigurationError if none."""
        if not tags:
            return self
        chosen = tuple(question for question in self.questions if not set(tags).isdisjoint(question.tags))
        if not chosen:
            there = sorted({tag for question in self.questions for tag in question.tags})
            raise ConfigurationError(
                f"no case has a tag of: {', '.join(sorted(tags))}",
                file=self.file,
                mend=f"tags in this dataset: {', '.join(there) or 'none'}",
            )
        return replace(self, questions=chosen)


def load_dataset(path: Path) -> Dataset:
    """Read a dataset; ConfigurationError names the file, the line and what was expected there."""
    if path.suffix not in SUFFIXES:
        raise ConfigurationError(f"expected a dataset ending in {', '.join(SUFFIXES)}", file=str(path))
    text = read(path, "dataset")
    rows = _jsonl(text, str(path)) if path.suffix in (".jsonl", ".ndjson") else _yaml(text, str(path))
    questions: list[Question] = []
    lines: dict[str, int] = {}
    labels: dict[Any, Any] = {}
    for line, row in rows:
        question = _shared(_question(row, str(path), line), labels)
        if question.id in lines:
            raise ConfigurationError(
                f"the id {question.id!r} is taken by line {lines[question.id]}",
                file=str(path),
                line=line,
                key="id",
                mend="give every case an id of its own: results are compared by it",
            )
        lines[question.id] = line
        questions.append(question)
    if not questions:
        raise ConfigurationError("the dataset has no cases", file=str(path))
    return Dataset(file=str(path), questions=tuple(questions), lines=lines)


def _shared(question: Question, labels: dict[Any, Any]) -> Question:
    """The question with what few others have not: a label or tags that many cases share are kept once."""
    if len(labels) > LABELS or not isinstance(question.expected, str):
        return question
    expected, tags = question.expected, question.tags
    return replace(
        question, expected=labels.setdefault(expected, expected), tags=labels.setdefault(tags, tags)
    )


def _lines(text: str) -> Iterator[str]:
    """One at a time: a list of them all would be a second copy of the file."""
    begin = 0
    while (end := text.find("\n", begin)) >= 0:
        yield text[begin:end]
        begin = end + 1
    yield text[begin:]


def _jsonl(text: str, file: str) -> Iterator[tuple[int, Any]]:
    # Not splitlines(): U+2028 and its kin may stand inside a JSON text.
    for line, row in enumerate(_lines(text), start=1):
        if row and not row.isspace():
            try:
                yield line, msgspec.json.decode(row)
            except msgspec.DecodeError as error:
                raise ConfigurationError(
                    f"expected one JSON object on this line: {error}",
                    file=file,
                    line=line,
                    mend='such as {"id": "refund-1", "input": "I want my money back", "expected": "refund"}',
                ) from None


def _yaml(text: str, file: str) -> Iterable[tuple[int, Any]]:
    document = parse(text, file)
    if not isinstance(document.value, list):
        raise ConfigurationError(
            f"expected a list of cases, found {_kind(document.value)}", file=file, line=document.line()
        )
    return [(document.line(number), row) for number, row in enumerate(document.value)]


def _question(row: Any, file: str, line: int) -> Question:
    try:
        if not isinstance(row, dict):
            raise _expected("a case with `id` and `input`", row, "")
        for key in row:
            if key not in KEYS:
                raise unknown("key", key, KEYS)
        return Question(
            id=_id(row),
            input=_input(row),
            expected=row.get("expected", UNSET),
            tags=_tags(row),
            scorers=_scorers(row),
        )
    except ConfigurationError as error:
        raise ConfigurationError(
            error.message, mend=error.mend, file=file, line=line, key=error.key
        ) from None


def _id(row: Mapping[str, Any]) -> str:
    value = row.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise _expected("a text that names the case for ever", value, "id")
    return value


def _input(row: Mapping[str, Any]) -> str | tuple[Message, ...]:
    value = row.get("input")
    if isinstance(value, str) and value.strip():
        return value
    if not isinstance(value, list) or not value:
        raise _expected("a text, or a list of chat messages", value, "input")
    return tuple(_message(message, f"input.{number}") for number, message in enumerate(value))


def _message(value: Any, key: str) -> Message:
    if not isinstance(value, dict) or not {"role", "content"} >= value.keys():
        raise _expected("a message with `role` and `content`", value, key)
    if value.get("role") not in ROLES:
        raise _expected(f"one of {', '.join(ROLES)}", value.get("role"), f"{key}.role")
    content = value.get("content")
    if not isinstance(content, str | list):
        raise _expected("a text, or a list of parts", content, f"{key}.content")
    return Message(role=value["role"], content=content)


def _tags(row: Mapping[str, Any]) -> tuple[str, ...]:
    value = row.get("tags", [])
    if not isinstance(value, list) or not all(isinstance(tag, str) and tag for tag in value):
        raise _expected("a list of texts", value, "tags")
    return tuple(dict.fromkeys(value))


def _scorers(row: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    value = row.get("scorers", EMPTY)
    if not isinstance(value, dict) or not all(isinstance(settings, dict) for settings in value.values()):
        raise _expected("scorer names with their settings for this case", value, "scorers")
    return value


def _expected(what: str, found: Any, key: str) -> ConfigurationError:
    return ConfigurationError(f"expected {what}, found {_kind(found)}", key=key)


def _kind(value: Any) -> str:
    """A value as a person would call it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"{str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {value[:40]!r}" if value.strip() else "an empty text"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "a mapping" if value else "an empty mapping"
