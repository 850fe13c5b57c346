"""Linters: programs that look at such files. Each is data, and a pure function of what it wrote."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import msgspec

from esclusa.core.evidence import Severity
from esclusa.core.scan import Engine
from esclusa.core.value import EMPTY
from esclusa.scans.workflows.files import Sort


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """What a linter says of a line of a copy. Nothing in it is a value from the file."""

    copy: str
    rule: str
    message: str
    line: int | None = None
    at: str = ""
    """Where it is, as `$.jobs.test`, of a linter that counts no lines."""
    severity: Severity = "medium"
    confidence: Literal["low", "medium", "high"] = "high"
    mend: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """All it said, and the copies that it could not look at, each with the reason."""

    remarks: tuple[Remark, ...] = ()
    unread: Mapping[str, str] = EMPTY


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A file in which it has to find something by this rule, or it cannot be trusted."""

    sort: Sort
    text: str
    rule: str


class Linter(msgspec.Struct, frozen=True, kw_only=True):
    """One of them."""

    name: str
    distribution: str
    """The wheel that brings it."""
    program: str
    options: tuple[str, ...]
    sorts: frozenset[Sort]
    known: Known
    told: Callable[[Sequence[str], bytes, str], Told]
    """Of the copies, the output and what it wrote beside it. Raises anything for an output that is none."""
    codes: frozenset[int] = frozenset({0})
    """How it ends when it looked."""

    def argv(self, program: str, copies: Sequence[str]) -> tuple[str, ...]:
        """How it is started."""
        return (program, *self.options, *copies)

    @property
    def engine(self) -> Engine:
        """What it is; without a version where it came from no wheel."""
        try:
            return Engine(name=self.name, version=version(self.distribution))
        except PackageNotFoundError:
            return Engine(name=self.name)

    def found(self) -> str | None:
        """Where it is: beside our own Python, else on the PATH."""
        beside = str(Path(sys.executable).parent)
        return shutil.which(self.program, path=os.pathsep.join((beside, os.environ.get("PATH", os.defpath))))
