"""The reports of a run (JSON, Markdown, JUnit XML), those of one suite, and those of scans."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from esclusa.core.errors import UsageError
from esclusa.core.gate import Judgement
from esclusa.core.scan import Report
from esclusa.core.value import plain
from esclusa.reports.eval_junit import eval_junit
from esclusa.reports.eval_markdown import eval_markdown
from esclusa.reports.eval_page import eval_page
from esclusa.reports.json_report import gates
from esclusa.reports.json_report import report as json_report
from esclusa.reports.junit_xml import write as write_junit
from esclusa.reports.markdown import summary
from esclusa.reports.sarif import sarif
from esclusa.reports.scan_markdown import scan_markdown
from esclusa.reports.sheet import Sheet, sheet_json
from esclusa.workspace.show import Shown

_OF_SHEETS: Mapping[str, Callable[[Sheet], str]] = {
    "json": lambda sheet: sheet_json(sheet).decode(),
    "junit": eval_junit,
    "markdown": eval_markdown,
    "html": eval_page,
}


_ENDINGS = {"json": "json", "junit": "xml", "markdown": "md", "html": "html", "sarif": "sarif"}


def json_of(shown: Shown) -> dict[str, Any]:
    """Every verdict and its numbers."""
    return json_report(shown.run, shown.rollouts)


def markdown_of(shown: Shown) -> str:
    """A summary under 1 MiB, for a pull request."""
    return summary(shown.run, shown.rollouts, shown.tail)


def junit_of(shown: Shown) -> str:
    """Steps and rules as test cases."""
    return write_junit(shown.run, shown.rollouts)


def write_reports(shown: Shown, directory: Path) -> tuple[Path, ...]:
    """All three, as report.json, report.md and junit.xml; nothing half-written."""
    directory.mkdir(parents=True, exist_ok=True)
    texts = {
        "report.json": json.dumps(json_of(shown), indent=2, ensure_ascii=False) + "\n",
        "report.md": markdown_of(shown),
        "junit.xml": junit_of(shown),
    }
    return tuple(_written(directory / name, text) for name, text in texts.items())


def refuse_unwritable(files: Mapping[str, Path]) -> None:
    """UsageError unless each can be written and is a file of its own; directories on the way are made."""
    if len({path.resolve() for path in files.values()}) < len(files):
        raise UsageError("two reports are to be written to one file", mend="name a file for each")
    for kind, path in files.items():
        if path.name == "-":
            raise UsageError(
                "a report is written to a file, not to the output", mend=f"--{kind} report.{_ENDINGS[kind]}"
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _fresh(path).touch()
            _fresh(path).unlink()
        except OSError as error:
            raise UsageError(
                f"{path} cannot be written: {error.strerror}", mend="name a file that may be written"
            ) from error


def write_sheet(sheet: Sheet, files: Mapping[str, Path]) -> tuple[Path, ...]:
    """The sheet in each of `json`, `junit`, `markdown` and `html` that has a file; what was written."""
    return tuple(_written(path, _OF_SHEETS[kind](sheet)) for kind, path in files.items())


def write_scans(
    reports: Sequence[Report], judgements: Sequence[Judgement], files: Mapping[str, Path]
) -> tuple[Path, ...]:
    """The scans in each of `json`, `sarif` and `markdown` that has a file; what was written.

    SARIF has no place for what gates say of them.
    """
    return tuple(_written(path, _OF_SCANS[kind](reports, judgements)) for kind, path in files.items())


def _scans_json(reports: Sequence[Report], judgements: Sequence[Judgement]) -> str:
    scans = [{**plain(report), "state": report.state} for report in reports]
    return json.dumps({"scans": scans, "gates": gates(judgements)}, indent=2, ensure_ascii=False) + "\n"


_OF_SCANS: Mapping[str, Callable[[Sequence[Report], Sequence[Judgement]], str]] = {
    "json": _scans_json,
    "sarif": lambda reports, _judgements: sarif(reports),
    "markdown": scan_markdown,
}


def _written(path: Path, text: str) -> Path:
    fresh = _fresh(path)
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    return path


def _fresh(path: Path) -> Path:
    return path.with_name(f".{path.name}.fresh")
