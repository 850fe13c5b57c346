"""Inspect's logs in their JSON form, as it writes them or unpacked: a sample for each epoch.

Values are read as Inspect reads them: C, I, P and N, yes and no, true and false, and numbers. A scorer that
gives several values has a score for each, `scorer.key`; `passed` is the score of a log's only scorer. Samples
that the log names and does not hold were not run.
"""

import json
import math
from collections.abc import Iterator, Set
from typing import Any

from esclusa.core.errors import ConfigurationError
from esclusa.evals.imports.outcome import PASSED, Outcome
from esclusa.evals.imports.part import Part

WORDS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}


def recognises(document: Any) -> bool:
    """Whether Inspect wrote it."""
    return isinstance(document, dict) and isinstance(document.get("eval"), dict) and "status" in document


def outcomes(root: Part) -> Iterator[Outcome]:
    """The cases of the log."""
    invalidated = root.maybe("invalidated")
    if invalidated and invalidated.truth():
        raise ConfigurationError("the log is marked as invalid", file=root.file, key="invalidated")
    samples = root.maybe("samples")
    if samples is None:
        raise ConfigurationError(
            "the log holds no samples",
            file=root.file,
            key="samples",
            mend="write it without `--no-log-samples`",
        )
    there = [_outcome(sample) for sample in samples.items()]
    yield from there
    yield from _not_run(root, {(outcome.id, outcome.repeat) for outcome in there})


def _not_run(root: Part, there: Set[tuple[str, int]]) -> Iterator[Outcome]:
    status = root.at("status").text()
    ids = root.at("eval", "dataset").maybe("sample_ids")
    epochs = root.at("eval", "config").maybe("epochs")
    for one in ids.items() if ids else ():
        for epoch in range(1, (epochs.whole() if epochs else 1) + 1):
            if (one.text(), epoch) not in there:
                said = f"the log ({status}) does not hold it"
                yield Outcome(id=one.text(), file=root.file, repeat=epoch, not_run=said)


def _outcome(sample: Part) -> Outcome:
    error = sample.maybe("error")
    scores = {} if error else _scores(sample)
    seconds = sample.maybe("working_time") or sample.maybe("total_time")
    target = sample.maybe("target")
    return Outcome(
        id=sample.at("id").text(),
        file=sample.file,
        asked=json.dumps([sample.at("input").value, target.value if target else None], sort_keys=True),
        repeat=sample.at("epoch").whole(),
        scores=scores | ({PASSED: next(iter(scores.values()))} if len(scores) == 1 else {}),
        error=(error.at("message").text() or "no reason is given") if error else "",
        seconds=seconds.amount() if seconds else None,
        tokens=_tokens(sample),
    )


def _scores(sample: Part) -> dict[str, float]:
    found: dict[str, float] = {}
    given = sample.maybe("scores")
    for name, score in given.entries().items() if given else ():
        value = score.at("value")
        if isinstance(value.value, dict):
            found |= {
                f"{name}.{key}": _number(part) for key, part in value.entries().items() if _is_given(part)
            }
        elif _is_given(value):
            found[name] = _number(value)
    return found


def _is_given(value: Part) -> bool:
    """Not a number is how Inspect writes that there is no score."""
    return not (isinstance(value.value, float) and math.isnan(value.value))


def _number(value: Part) -> float:
    if not isinstance(value.value, str):
        return value.number()
    word = value.value if value.value in WORDS else value.value.lower()
    if word in WORDS:
        return WORDS[word]
    try:
        return Part(float(word), value.file, value.key).number()
    except ValueError:
        raise value.odd("a number, or C, I, P, N, yes or no") from None


def _tokens(sample: Part) -> float | None:
    """Where several models were used, one of them may have judged: they are not told apart."""
    usage = sample.maybe("model_usage")
    models = list(usage.entries().values()) if usage else []
    return models[0].at("total_tokens").amount() if len(models) == 1 else None
