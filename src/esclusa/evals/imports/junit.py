"""JUnit XML: a case for each test, passed or not; one that errored has no result, one skipped was not run.

A test may carry scores as properties: `<property name="relevance" value="0.8"/>`. What declares a document
type is refused, so that nothing can be expanded; no test program declares one.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.parsers import expat

from esclusa.core.errors import ConfigurationError
from esclusa.evals.imports.outcome import PASSED, Outcome

ROOTS = ("testsuites", "testsuite")
ENDS = ("failure", "error", "skipped")


def outcomes(data: bytes, file: str) -> Iterator[Outcome]:
    """The cases of the report; ConfigurationError with the line of what is odd."""
    reader = _Reader(file)
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ConfigurationError(
            f"this is not XML: {expat.errors.messages[error.code]}", file=file, line=error.lineno
        ) from None
    yield from reader.found


class _Reader:
    """Gathers the test cases as the parser goes by."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Outcome] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._declared
        self._path: list[str] = []
        self._case: dict[str, str] = {}
        self._ends: dict[str, str] = {}
        self._scores: dict[str, float] = {}

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._path and tag not in ROOTS:
            raise self._odd(f"expected <testsuites>, found <{tag}>")
        within = "testcase" in self._path
        self._path.append(tag)
        if tag == "testcase":
            self._case, self._ends, self._scores = attributes, {}, {}
            if not attributes.get("name"):
                raise self._odd("a <testcase> has no name")
        elif within and tag in ENDS:
            self._ends[tag] = attributes.get("message", "").strip()
        elif within and tag == "property":
            self._property(attributes)

    def _property(self, attributes: Mapping[str, str]) -> None:
        try:
            self._scores[attributes.get("name", "")] = float(attributes.get("value", ""))
        except ValueError:
            return  # a property that is no number is no score

    def _end(self, tag: str) -> None:
        self._path.pop()
        if tag == "testcase":
            self.found.append(self._outcome())

    def _outcome(self) -> Outcome:
        home = self._case.get("classname", "")
        ended = "error" in self._ends or "skipped" in self._ends
        passed = {PASSED: float("failure" not in self._ends)}
        return Outcome(
            id=f"{home}.{self._case['name']}".lstrip("."),
            file=self.file,
            scores={} if ended else self._scores | passed,
            error=self._ends["error"] or "no reason is given" if "error" in self._ends else "",
            not_run=self._ends.get("skipped") or "skipped" if self._is_skipped else "",
            seconds=self._seconds(),
        )

    @property
    def _is_skipped(self) -> bool:
        return "skipped" in self._ends and "error" not in self._ends

    def _seconds(self) -> float | None:
        text = self._case.get("time", "").replace(",", "")
        if not text:
            return None
        try:
            seconds = float(text)
        except ValueError:
            seconds = -1.0
        if not 0.0 <= seconds < float("inf"):
            raise self._odd(f"expected a number of seconds, found time={text!r}")
        return seconds

    def _declared(self, *_: Any) -> None:
        raise self._odd("a document type is declared, which no test program does")

    def _odd(self, message: str) -> ConfigurationError:
        return ConfigurationError(message, file=self.file, line=self.parser.CurrentLineNumber)
