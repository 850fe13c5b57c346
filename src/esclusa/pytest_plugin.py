"""The plugin for pytest: an agent to ask, cases of a suite as parameters, and whole suites as tests.

    pytest evals/quality.yaml --esclusa-agent http://127.0.0.1:8080

makes a test of each case and one of the verdict. Where the project's gates judge the suite, the verdict
alone fails: a wrong answer within what they allow is shown as expected. Nothing of ours is loaded before it
is used: pytest reads this file in every run of whoever has installed esclusa.
"""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from esclusa.core.errors import EsclusaError

if TYPE_CHECKING:
    from esclusa.workspace.testing import Answer, Row, Run, Sheet

AGENT, BASELINE, SUITES = "esclusa_agent", "esclusa_baseline", "esclusa_suites"
MARK = "esclusa_cases"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Whom to ask, what to compare with, and which files are suites."""
    group = parser.getgroup("esclusa", "agents and their evals")
    group.addoption(
        "--esclusa-agent",
        dest=AGENT,
        metavar="WHO",
        help="who is asked: an address, or python:MODULE:FUNCTION",
    )
    group.addoption(
        "--esclusa-baseline",
        dest=BASELINE,
        metavar="WHAT",
        help="what suites are compared with: an environment, a run, a commit or a file",
    )
    parser.addini(AGENT, "who is asked, where the command line does not say")
    parser.addini(SUITES, "patterns of suites that are collected: evals/*.yaml", type="args")


def pytest_configure(config: pytest.Config) -> None:
    """Say which marks there are."""
    config.addinivalue_line("markers", f"{MARK}(suite): run the test for each case of a suite, as `case`")


# --- tests that ask by themselves


@pytest.fixture(scope="session")
def agent(request: pytest.FixtureRequest) -> Callable[..., "Answer"]:
    """Asks the agent: `agent("Where is my order?")`, or chat messages. The answer has `text`, `tool_calls`,
    `seconds`, and `error` where the call failed.
    """
    who = _who(request.config)
    if not who:
        pytest.fail(
            "nobody to ask; mend: --esclusa-agent http://127.0.0.1:8080, or esclusa_agent in pytest.ini",
            pytrace=False,
        )

    def ask(
        said: str | Sequence[Mapping[str, Any]],
        *,
        how: Mapping[str, Any] | None = None,
        timeout: float = 60.0,
    ) -> "Answer":
        answer: Answer = _testing().ask(
            who, said, here=request.config.rootpath, how=how or {}, timeout=timeout
        )
        return answer

    return ask


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a marked test for each case of its suite."""
    mark = metafunc.definition.get_closest_marker(MARK)
    if mark is None:
        return
    path = metafunc.definition.path.parent / mark.args[0]
    try:
        found = _testing().cases(path if path.is_file() else metafunc.config.rootpath / mark.args[0])
    except EsclusaError as error:
        raise pytest.UsageError(str(error)) from None
    metafunc.parametrize("case", found, ids=[case.id for case in found])


# --- suites as tests


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "SuiteFile | None":
    """A suite that the command line names, or that a pattern of `esclusa_suites` fits."""
    if file_path.suffix not in (".yaml", ".yml"):
        return None
    named = parent.session.isinitpath(file_path)
    root = parent.config.rootpath
    place = str(file_path.relative_to(root)) if file_path.is_relative_to(root) else str(file_path)
    if named or any(fnmatch(place, pattern) for pattern in parent.config.getini(SUITES)):
        return SuiteFile.from_parent(parent, path=file_path)
    return None


class SuiteFile(pytest.File):
    """One suite. It is asked whole, once, when the first of its tests runs."""

    def collect(self) -> Iterator[pytest.Item]:
        """A test for each case, and one for the verdict."""
        try:
            found = _testing().cases(self.path)
        except EsclusaError as error:
            raise self.CollectError(str(error)) from None
        for case in found:
            yield CaseItem.from_parent(self, name=case.id)
        yield VerdictItem.from_parent(self, name="verdict")

    @functools.cached_property
    def results(self) -> "tuple[Run, Sheet] | EsclusaError":
        """What came of it, or why nothing did."""
        config = self.config
        try:
            found: tuple[Run, Sheet] = _testing().results(
                self.path,
                agent=_who(config),
                baseline=config.getoption(BASELINE) or "",
                here=config.rootpath,
            )
        except EsclusaError as error:
            return error
        return found

    @property
    def sheet(self) -> "Sheet":
        """The cases and what they came to. Fails the test that asks when there are none."""
        found = self.results
        if isinstance(found, EsclusaError):
            raise NoResult(str(found))
        return found[1]


class NoResult(Exception):
    """The suite could not be asked."""


class Wrong(Exception):
    """A case was answered wrongly, or a gate is shut."""


class SuiteItem(pytest.Item):
    """A test of a suite: what it says when it fails is all there is to say."""

    @property
    def suite(self) -> SuiteFile:
        """The suite that it is of."""
        assert isinstance(self.parent, SuiteFile)
        return self.parent

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Words instead of a traceback."""
        if isinstance(excinfo.value, NoResult | Wrong):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands."""
        return self.path, None, f"{self.path.name}: {self.name}"


WORST_FIRST = ("agent error", "wrong", "unseen", "not run", "answered", "right")
"""Of a case that was asked several times, the asking that its test tells of."""


class CaseItem(SuiteItem):
    """One case."""

    def runtest(self) -> None:
        """Skipped where it was not seen, failed where it is wrong and nothing judges the whole."""
        sheet = self.suite.sheet
        askings = (row for row in sheet.rows if row.id == self.name)
        row = min(askings, key=lambda row: WORST_FIRST.index(row.verdict))
        if row.verdict in ("not run", "unseen"):
            pytest.skip(f"{row.verdict}: {row.seen.error if row.seen else 'it was left'}")
        if row.verdict in ("right", "answered"):
            return
        if sheet.judgements:
            pytest.xfail(f"{row.verdict}; the gates judge the whole")
        raise Wrong(_told(row))


class VerdictItem(SuiteItem):
    """What the gates say of the whole."""

    def runtest(self) -> None:
        """Failed where one that blocks is shut, or nothing could be seen."""
        sheet = self.suite.sheet
        shut = [one.sentence for one in sheet.judgements if not one.opens]
        if shut or sheet.outcome != "passed":
            raise Wrong("\n".join(shut) or sheet.reason)


def _told(row: "Row") -> str:
    lines = [f"{row.verdict}: {row.input}"]
    if row.seen is not None:
        scores = (f"{name} {value:g}" for name, value in row.seen.scores.items())
        lines += [f"expected: {row.expected}", f"answered: {row.seen.said}", f"scores:   {', '.join(scores)}"]
    return "\n".join(lines)


def _who(config: pytest.Config) -> str:
    return str(config.getoption(AGENT) or config.getini(AGENT) or "")


def _testing() -> Any:
    return import_module("esclusa.workspace.testing")
