"""promptfoo's JSON, of `promptfoo eval -o results.json`: a result for each test, prompt and provider.

A test is known by its number and description; where several prompts or providers were asked, by theirs too. A
latency that came from promptfoo's cache is left out. Scores: `passed`, `score`, and the named ones.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from esclusa.evals.imports.outcome import PASSED, Outcome
from esclusa.evals.imports.part import Part

ERROR = 2
"""Of `failureReason`: no assertion failed, it came to no answer."""


def recognises(document: Any) -> bool:
    """Whether promptfoo wrote it."""
    results = document.get("results") if isinstance(document, dict) else None
    return isinstance(results, dict) and isinstance(results.get("results"), list)


def outcomes(root: Part) -> Iterator[Outcome]:
    """The cases of the file."""
    results = root.at("results", "results").items()
    ways = {_way(result) for result in results}
    seen: Counter[str] = Counter()
    for result in results:
        name = _name(result) if len(ways) == 1 else f"{_name(result)}, {_way(result)}"
        seen[name] += 1
        yield _outcome(result, name, seen[name])


def _outcome(result: Part, name: str, repeat: int) -> Outcome:
    variables = result.maybe("vars")
    response, latency, cost = result.maybe("response"), result.maybe("latencyMs"), result.maybe("cost")
    cached = _is_set(response, "cached")
    error = _error(result)
    return Outcome(
        id=name,
        file=result.file,
        asked=json.dumps(variables.value if variables else None, sort_keys=True),
        repeat=repeat,
        scores={} if error else _scores(result),
        error=error,
        seconds=latency.amount() / 1000.0 if latency and not cached else None,
        tokens=_tokens(response),
        cost=cost.amount() if cost else None,
    )


def _error(result: Part) -> str:
    reason, said = result.maybe("failureReason"), result.maybe("error")
    if reason is None:  # before there was one, an error was what had no grading
        errored = said is not None and result.maybe("gradingResult") is None
    else:
        errored = reason.whole() == ERROR
    if errored:
        return (said.text() if said else "") or "no reason is given"
    return _grader_error(result)


def _grader_error(result: Part) -> str:
    """promptfoo fails a case whose grader could not be asked; that says nothing of the agent."""
    grading = result.maybe("gradingResult")
    components = grading.maybe("componentResults") if grading else None
    for graded in components.items() if components else ():
        if _is_set(graded.maybe("metadata"), "graderError"):
            return f"a grader failed: {graded.at('reason').text()}"
    return ""


def _scores(result: Part) -> dict[str, float]:
    named = result.maybe("namedScores")
    scores = {name: score.number() for name, score in named.entries().items()} if named else {}
    return scores | {PASSED: float(result.at("success").truth()), "score": result.at("score").number()}


def _is_set(part: Part | None, name: str) -> bool:
    flag = part.maybe(name) if part else None
    return flag is not None and flag.truth()


def _tokens(response: Part | None) -> float | None:
    usage = response.maybe("tokenUsage") if response else None
    asked, answered = (usage.maybe("prompt"), usage.maybe("completion")) if usage else (None, None)
    return asked.amount() + answered.amount() if asked and answered else None


def _name(result: Part) -> str:
    number = result.at("testIdx").whole()
    case = result.maybe("testCase")
    said = case.maybe("description") if case else None
    return f"test {number}: {said.text()}" if said else f"test {number}"


def _way(result: Part) -> str:
    provider = result.at("provider")
    label = provider.maybe("label")
    name = label.text() if label and label.value else provider.at("id").text()
    return f"{name}, prompt {result.at('promptIdx').whole()}"
