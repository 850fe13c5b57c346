"""Datasets: files of questions, JSONL, YAML or CSV, read strictly.

Every broken line is named by its number, and nothing is skipped: a dataset that silently lost a case would
make two runs incomparable.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from esclusa.core.case import ToolCall
from esclusa.core.errors import ConfigurationError, raise_any
from esclusa.core.value import EMPTY, Value, digest, replace
from esclusa.evals.csv_rows import csv_rows
from esclusa.evals.generated import generated, is_generator
from esclusa.evals.question import Message, Question
from esclusa.evals.settings import unknown
from esclusa.evals.subjects.tools import read_tool_calls
from esclusa.marked import parse, read

SUFFIXES = (".jsonl", ".ndjson", ".yaml", ".yml", ".csv")
KEYS = ("id", "input", "turns", "pair", "group", "expected", "contexts", "tools", "tags", "scorers", "note")
EXAMPLE = 'such as {"id": "refund-1", "input": "I want my money back", "expected": "refund"}'
MOST = 100
"""Broken lines that are named; of more, only how many."""
LABELS = 1000
"""Different labels in a dataset up to which equal ones are taken to be common."""
ROLES = ("system", "developer", "user", "assistant", "tool")


class Dataset(Value, frozen=True, kw_only=True):
    """The questions of one file, in its order."""

    file: str
    questions: tuple[Question, ...]
    numbers: Sequence[int] = ()
    """The line on which each question stands; packed, as thousands of them are kept for a rare error."""

    @property
    def lines(self) -> Mapping[str, int]:
        """Where each question stands, by its id."""
        return {question.id: line for question, line in zip(self.questions, self.numbers, strict=False)}

    @property
    def digest(self) -> str:
        """Names the content: the same questions in another order have the same digest."""
        return digest(sorted(self.questions, key=lambda question: question.id))

    def tagged(self, tags: Collection[str]) -> "Dataset":
        """The questions that have any of the tags (all, if none is named); ConfigurationError if none."""
        if not tags:
            return self
        wanted = set(tags)
        chosen = tuple(question for question in self.questions if not wanted.isdisjoint(question.tags))
        if not chosen:
            there = sorted({tag for question in self.questions for tag in question.tags})
            raise ConfigurationError(
                f"no case has a tag of: {', '.join(sorted(tags))}",
                file=self.file,
                mend=f"tags in this dataset: {', '.join(there) or 'none'}",
            )
        lines = self.lines
        return replace(self, questions=chosen, numbers=array("I", (lines.get(one.id, 0) for one in chosen)))


def load_dataset(path: Path) -> Dataset:
    """Read a dataset; ConfigurationError names the file, the line and what was expected there.

    The name of a path may be a generator's, `cases:make`: then the lines are the numbers of its cases.
    """
    dataset, broken = read_dataset(path)
    if more := len(broken[MOST:]):
        line = broken[MOST].line
        broken[MOST:] = [ConfigurationError(f"{more} more lines are broken", file=str(path), line=line)]
    raise_any(broken, str(path))
    if not dataset.questions:
        raise ConfigurationError("the dataset has no cases", file=str(path))
    return dataset


def read_dataset(path: Path) -> tuple[Dataset, list[ConfigurationError]]:
    """What can be read of a dataset, and the lines that cannot; ConfigurationError if nothing can."""
    if is_generator(path.name) and not path.exists():
        return _sorted_out(generated(path.name, path.parent), path.name)
    if path.suffix not in SUFFIXES:
        raise ConfigurationError(f"expected a dataset ending in {', '.join(SUFFIXES)}", file=str(path))
    rows = {".csv": csv_rows, ".yaml": _yaml, ".yml": _yaml}.get(path.suffix, _jsonl)
    return _sorted_out(rows(read(path, "dataset"), str(path)), str(path))


def _sorted_out(rows: Iterable[tuple[int, Any]], file: str) -> tuple[Dataset, list[ConfigurationError]]:
    """The dataset of rows with their lines; a row may be the error that stands there instead of one."""
    questions: list[Question] = []
    lines: dict[str, int] = {}
    broken: list[ConfigurationError] = []
    labels: dict[Any, Any] = {}
    for line, row in rows:
        try:
            if isinstance(row, ConfigurationError):
                raise row
            found = [_shared(question, labels) for question in _read(row, file, line)]
            for question in found:
                _has_own_id(question, lines, file, line)
        except ConfigurationError as error:
            broken.append(error)
            continue
        lines.update({question.id: line for question in found})
        questions += found
    numbers = array("I", (lines[question.id] for question in questions))
    return Dataset(file=file, questions=tuple(questions), numbers=numbers), broken


def _has_own_id(question: Question, lines: Mapping[str, int], file: str, line: int) -> None:
    if question.id in lines:
        raise ConfigurationError(
            f"the id {question.id!r} is taken by line {lines[question.id]}",
            file=file,
            line=line,
            key="id",
            mend="give every case an id of its own: results are compared by it",
        )


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
                problem = f"expected one JSON object on this line: {error}"
                yield line, ConfigurationError(problem, file=file, line=line, mend=EXAMPLE)


def _yaml(text: str, file: str) -> Iterable[tuple[int, Any]]:
    document = parse(text, file)
    if not isinstance(document.value, list):
        raise ConfigurationError(
            f"expected a list of cases, found {kind_of(document.value)}", file=file, line=document.line()
        )
    return [(document.line(number), row) for number, row in enumerate(document.value)]


def _read(row: Any, file: str, line: int) -> tuple[Question, ...]:
    """The case on a line: one question, or the two sides of a pair."""
    try:
        if not isinstance(row, dict):
            raise _expected("a case with `id` and `input`", row, "")
        for key in row:
            if key not in KEYS:
                raise unknown("key", key, KEYS)
        return _sides(row) if "pair" in row or "group" in row else (_question(row),)
    except ConfigurationError as error:
        raise ConfigurationError(
            error.message, mend=error.mend, file=file, line=line, key=error.key
        ) from None


def _question(row: Mapping[str, Any]) -> Question:
    return Question(
        id=_id(row),
        input=_input(row),
        turns=() if (turns := _texts(row, "turns")) is UNSET else turns,
        expected=row.get("expected", UNSET),
        contexts=_texts(row, "contexts"),
        tools=_tools(row),
        tags=_tags(row),
        scorers=_scorers(row),
    )


def _sides(row: Mapping[str, Any]) -> tuple[Question, ...]:
    """The two sides of a pair: questions of their own, whose ids end in what is swapped in."""
    sides, group = row.get("pair"), row.get("group")
    if "input" in row:
        raise ConfigurationError("a pair has its inputs in `pair`, and no `input` of its own", key="input")
    if not isinstance(sides, dict) or len(sides) != 2 or not all(isinstance(side, str) for side in sides):
        raise _expected("the two sides by name: {man: ..., woman: ...}", sides, "pair")
    if not isinstance(group, str) or not group.strip():
        raise _expected("what is swapped in the pair, such as gender", group, "group")
    found = []
    for name, said in sides.items():
        try:
            one = _question({**row, "id": f"{_id(row)}/{name}", "input": said})
        except ConfigurationError as error:
            key = f"pair.{name}" if error.key.startswith("input") else error.key
            raise ConfigurationError(error.message, mend=error.mend, key=key) from None
        found.append(replace(one, pair=_id(row), group=group))
    first, second = found
    if first.input == second.input:
        raise ConfigurationError("the two sides say the same, so nothing is swapped", key="pair")
    return first, second


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


def _texts(row: Mapping[str, Any], key: str) -> tuple[str, ...] | UnsetType:
    if key not in row:
        return UNSET
    value = row[key]
    if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
        raise _expected("a list of texts", value, key)
    return tuple(value)


def _tools(row: Mapping[str, Any]) -> tuple[ToolCall, ...] | UnsetType:
    if "tools" not in row:
        return UNSET
    try:
        if row["tools"] is None:
            raise ValueError("expected a list of tool calls, found nothing; `[]` if none is expected")
        return read_tool_calls(row["tools"])
    except ValueError as error:
        raise ConfigurationError(str(error), key="tools") from None


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
    return ConfigurationError(f"expected {what}, found {kind_of(found)}", key=key)


def kind_of(value: Any) -> str:
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
