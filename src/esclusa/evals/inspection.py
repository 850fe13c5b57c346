"""An inspection of a dataset: what makes its numbers say less than they seem to.

Broken lines and equal questions that expect different things are wrong. Questions that stand twice, or nearly
so, count twice; a question that the agent's own prompts or examples have shows what it was told; a class that
nearly all cases have is guessed by always saying it. None of these is mended here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import UNSET

from esclusa.core.errors import ConfigurationError
from esclusa.core.value import EMPTY, Value, encode
from esclusa.evals.nearness import near
from esclusa.evals.question import Question
from esclusa.evals.scorers.texts import normal

Kind = Literal["broken", "contradiction", "duplicate", "near", "leak", "balance"]
WRONG: tuple[Kind, ...] = ("broken", "contradiction")
MOST = 1000
"""Findings of one kind that are told."""
LOPSIDED = 0.8
"""From which share on one class is nearly all there is."""
ENOUGH = 10
"""Cases from which on classes are looked at."""
FEW = 5
"""Cases of a class below which nothing can be said of it."""
TELLING = 12
"""Letters of a question from which on it is no accident that a prompt has it."""


class Finding(Value, frozen=True, kw_only=True):
    """One thing that was found. `cases` are ids, `lines` where they stand."""

    kind: Kind
    message: str
    cases: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    file: str = ""


class Inspection(Value, frozen=True, kw_only=True):
    """What a dataset has, and what was found."""

    file: str
    cases: int
    expected: int = 0
    """Cases that say what is expected."""
    classes: Mapping[str, Mapping[str, int]] = EMPTY
    """By what is expected, or a part of it, where its values repeat: value -> cases."""
    tags: Mapping[str, int] = EMPTY
    compared_with: tuple[str, ...] = ()
    """The files that shape the agent's behaviour which were looked through."""
    note: str = ""
    """Why none were, where they could not be."""
    findings: tuple[Finding, ...] = ()

    @property
    def wrong(self) -> bool:
        """Whether something is wrong, and not only doubtful."""
        return any(finding.kind in WRONG for finding in self.findings)


def inspect(
    file: str,
    questions: Sequence[Question],
    lines: Mapping[str, int],
    broken: Sequence[ConfigurationError],
    shaping: Mapping[str, Sequence[str]],
) -> Inspection:
    """Look at a file's questions. `shaping`: the texts in each file that shapes the agent's behaviour."""
    said = [_said(question) for question in questions]
    classes = _classes(questions)
    findings = [
        *(Finding(kind="broken", message=_words(one), lines=(one.line,), file=one.file) for one in broken),
        *_same(questions, said, lines)[:MOST],
        *_nearly(questions, said, lines)[:MOST],
        *_leaks(questions, said, lines, shaping)[:MOST],
        *_unbalanced(classes),
    ]
    return Inspection(
        file=file,
        cases=len(questions),
        expected=sum(question.expected is not UNSET for question in questions),
        classes=classes,
        tags=dict(sorted(Counter(tag for question in questions for tag in question.tags).items())),
        compared_with=tuple(shaping),
        findings=tuple(findings),
    )


def prepared(text: str) -> str:
    """A text as it is compared: case, white space and punctuation do not count."""
    return normal(text, ("case", "punctuation", "spaces"))


def _said(question: Question) -> str:
    return prepared("\n".join((question.text, *question.turns)))


def _words(error: ConfigurationError) -> str:
    where = f"{error.key}: " if error.key else ""
    return f"{where}{error.message}"


def _same(questions: Sequence[Question], said: Sequence[str], lines: Mapping[str, int]) -> list[Finding]:
    groups: dict[tuple[str, bytes], list[Question]] = {}
    for question, text in zip(questions, said, strict=True):
        # A chat's other messages are part of what is asked.
        told = encode(question.messages) if not isinstance(question.input, str) else b""
        groups.setdefault((text, told), []).append(question)
    found = []
    for group in groups.values():
        if len(group) > 1:
            expects = {encode(_expects(question)) for question in group}
            kind: Kind = "duplicate" if len(expects) == 1 else "contradiction"
            more = "" if kind == "duplicate" else ", and they expect different things"
            found.append(_finding(kind, f"{len(group)} cases ask the same question{more}", group, lines))
    return sorted(found, key=lambda finding: finding.kind)


def _expects(question: Question) -> dict[str, Any]:
    values = {"expected": question.expected, "tools": question.tools, "contexts": question.contexts}
    return {name: value for name, value in values.items() if value is not UNSET}


def _nearly(questions: Sequence[Question], said: Sequence[str], lines: Mapping[str, int]) -> list[Finding]:
    unique = list(dict.fromkeys(text for text in said if text))
    first = {text: questions[place] for place, text in reversed(list(enumerate(said)))}
    return [
        _finding("near", f"nearly the same question ({nearness:.0%})", pair, lines)
        for one, other, nearness in near(unique, unique)
        if one < other
        for pair in [(first[unique[one]], first[unique[other]])]
        # Counterfactual pairs are the same messages over and over, on purpose.
        if not all(question.pair for question in pair)
    ]


def _leaks(
    questions: Sequence[Question],
    said: Sequence[str],
    lines: Mapping[str, int],
    shaping: Mapping[str, Sequence[str]],
) -> list[Finding]:
    found: list[Finding] = []
    for file, texts in shaping.items():
        passages = list(dict.fromkeys(filter(None, map(prepared, texts))))
        whole = "\n".join(passages)
        leaked = {place for place, text in enumerate(said) if len(text) >= TELLING and text in whole}
        nearly = {place for place, _, _ in near(said, passages) if len(said[place]) >= TELLING}
        for place in sorted(leaked | nearly):
            has = "has" if place in leaked else "nearly has"
            found.append(_finding("leak", f"{file} {has} this question", [questions[place]], lines, file))
    return found


def _classes(questions: Sequence[Question]) -> dict[str, dict[str, int]]:
    """The values of `expected` and of its parts that are short and repeat."""
    values: dict[str, list[str]] = {}
    for question in questions:
        parts = question.expected if isinstance(question.expected, dict) else {"": question.expected}
        for part, value in parts.items():
            name = f"expected.{part}" if part else "expected"
            if isinstance(value, bool | int | str) and len(str(value)) <= 60:
                values.setdefault(name, []).append(
                    str(value).lower() if isinstance(value, bool) else str(value)
                )
    counts = {name: Counter(found) for name, found in values.items()}
    return {name: dict(one.most_common()) for name, one in counts.items() if 2 * len(one) <= one.total()}


def _unbalanced(classes: Mapping[str, Mapping[str, int]]) -> list[Finding]:
    found = []
    for name, counts in classes.items():
        total = sum(counts.values())
        if total < ENOUGH:
            continue
        most = max(counts, key=lambda value: counts[value])
        rare = [value for value, number in counts.items() if number < FEW]
        if counts[most] / total >= LOPSIDED:
            often = f"`{name}` is {most!r} in {counts[most]} of {total} cases"
            told = f"{often}: who always says so is right as often"
            found.append(Finding(kind="balance", message=told))
        if rare and len(counts) > 1:
            told = f"`{name}` is {rare[0]!r} in {counts[rare[0]]} of {total} cases"
            more = f", and {len(rare) - 1} more values have fewer than {FEW}" if len(rare) > 1 else ""
            found.append(Finding(kind="balance", message=f"{told}{more}: too few to say anything of"))
    return found


def _finding(
    kind: Kind, message: str, questions: Sequence[Question], lines: Mapping[str, int], file: str = ""
) -> Finding:
    ids = tuple(question.id for question in questions)
    return Finding(
        kind=kind, message=message, cases=ids, lines=tuple(lines.get(one, 0) for one in ids), file=file
    )
