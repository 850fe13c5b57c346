"""The reports of a run (JSON, Markdown, JUnit XML), and those of one suite."""

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from esclusa.core.errors import OutsideError
from esclusa.reports.eval_junit import eval_junit
from esclusa.reports.eval_markdown import eval_markdown
from esclusa.reports.json_report import report as json_report
from esclusa.reports.junit_xml import write as write_junit
from esclusa.reports.markdown import summary
from esclusa.reports.sheet import Sheet, sheet_json
from esclusa.workspace.show import Shown

_OF_SHEETS: Mapping[str, Callable[[Sheet], str]] = {
    "json": lambda sheet: sheet_json(sheet).decode(),
    "junit": eval_junit,
    "markdown": eval_markdown,
}


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


def refuse_unwritable(files: Iterable[Path]) -> None:
    """OutsideError now, rather than when all was asked: a report could not be written there."""
    for path in files:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path.parent):
                pass
        except OSError as error:
            raise OutsideError(
                f"{path} cannot be written: {error.strerror}", mend="name another place"
            ) from error


def write_sheet(sheet: Sheet, files: Mapping[str, Path]) -> tuple[Path, ...]:
    """The sheet in each of `json`, `junit` and `markdown` that has a file; what was written."""
    return tuple(_written(path, _OF_SHEETS[kind](sheet)) for kind, path in files.items())


def _written(path: Path, text: str) -> Path:
    fresh = path.with_name(f".{path.name}.fresh")
    fresh.write_text(text)
    fresh.replace(path)
    return path
