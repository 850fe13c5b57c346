"""The files of an import: found, bounded, and read by whoever knows what wrote them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from esclusa.core.errors import ConfigurationError
from esclusa.evals.imports import deepeval, inspect, junit, packed, promptfoo
from esclusa.evals.imports.outcome import Outcome
from esclusa.evals.imports.part import Part, parsed

MOST_FILES = 200
MOST_BYTES = 64 * 2**20
MOST_CASES = 200_000
READERS: tuple[tuple[Callable[[Any], bool], Callable[[Part], Iterator[Outcome]]], ...] = (
    (promptfoo.recognises, promptfoo.outcomes),
    (inspect.recognises, inspect.outcomes),
    (deepeval.recognises, deepeval.outcomes),
)
KNOWN = "promptfoo's, Inspect's and DeepEval's JSON, Inspect's `.eval`, and JUnit XML"


def read_files(root: Path, patterns: Sequence[str]) -> tuple[Outcome, ...]:
    """The cases of all files below the root that the patterns name, by file.

    ConfigurationError names the file, and the line or key, of what cannot be read, is too large, or says of
    one case what another file says too.
    """
    found: list[Outcome] = []
    seen: dict[tuple[str, int], str] = {}
    for path in _matching(root, patterns):
        for outcome in _cases(path, str(path.relative_to(root))):
            case = outcome.id, outcome.repeat
            if case in seen:
                raise _twice(outcome, seen[case])
            seen[case] = outcome.file
            found.append(outcome)
            if len(found) > MOST_CASES:
                raise ConfigurationError(f"there are more than {MOST_CASES} cases", file=outcome.file)
    return tuple(found)


def _matching(root: Path, patterns: Iterable[str]) -> list[Path]:
    paths: set[Path] = set()
    for pattern in patterns:
        matching = {path for path in root.glob(pattern) if path.is_file()}
        if not matching:
            raise ConfigurationError(
                f"no file is called {pattern}",
                key="from",
                mend="let a step before write it, with `cache: false`, so that it does so in every run",
            )
        paths |= matching
    outside = [path for path in paths if not path.resolve().is_relative_to(root.resolve())]
    if outside:
        raise ConfigurationError("it leads out of the checkout", file=str(min(outside).relative_to(root)))
    if len(paths) > MOST_FILES:
        raise ConfigurationError(f"{len(paths)} files match, more than {MOST_FILES}", key="from")
    return sorted(paths)


def _cases(path: Path, name: str) -> Iterator[Outcome]:
    if path.stat().st_size > MOST_BYTES:
        raise ConfigurationError(f"it is larger than {MOST_BYTES // 2**20} MiB", file=name)
    data = path.read_bytes()
    if data.startswith(packed.ZIP):
        return inspect.outcomes(Part(packed.document(data, name), name))
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return junit.outcomes(data, name) if start == b"<" else _from_json(data, name)


def _from_json(data: bytes, name: str) -> Iterator[Outcome]:
    document = parsed(data, name)
    for recognises, outcomes in READERS:
        if recognises(document):
            return outcomes(Part(document, name))
    raise ConfigurationError("no tool that is known wrote it", file=name, mend=f"what is read: {KNOWN}")


def _twice(outcome: Outcome, before: str) -> ConfigurationError:
    where = "twice here" if before == outcome.file else f"in {before} too"
    return ConfigurationError(f"the case `{outcome.id}` stands {where}", file=outcome.file)
