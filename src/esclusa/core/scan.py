"""Scans: what was looked for, by what, over what, and how the looking ended.

A scan is `clean` only when everything it was to look at was looked at by engines that showed that they can
find something. What could not be looked at makes it an `error`, and what never began is `not run`: neither
opens a gate.
"""

from collections.abc import Mapping
from typing import Literal

from esclusa.core.evidence import Finding
from esclusa.core.value import Value

Kind = Literal["secrets", "dependencies", "licences", "pii", "workflows"]
State = Literal["clean", "found", "error", "not run"]
METRICS: Mapping[Kind, tuple[str, ...]] = {
    "secrets": ("secrets",),
    "dependencies": ("vulnerabilities",),
    "licences": ("licences",),
    "pii": ("pii",),
    "workflows": ("misconfigurations",),
}
"""What each kind of scan counts."""
ACTIONS: Mapping[str, Kind] = {
    "secrets": "secrets",
    "vulnerabilities": "dependencies",
    "licences": "licences",
    "pii": "pii",
    "workflows": "workflows",
}
"""The steps that scan, by what they use."""

OWN_LOCK = "lock of this run.txt"
"""What a run's own lock is called among the files that are looked at."""
BESIDE = ("answers/", "logs/")
"""Where what a run made lies beside the files of the commit."""


class Engine(Value, frozen=True, kw_only=True):
    """What looked. `data` is what it knows, by date and hash: a database, rules."""

    name: str
    version: str = ""
    data: str = ""

    @property
    def told(self) -> str:
        """All of it, in a line."""
        return " ".join(filter(None, (self.name, self.version, self.data)))


class Unseen(Value, frozen=True, kw_only=True):
    """Something that was not looked at, and why."""

    place: str
    why: str
    mend: str = ""


class Accepted(Value, frozen=True, kw_only=True):
    """A finding that somebody answers for, and where that is written."""

    finding: Finding
    reason: str
    by: str = ""
    expires: str = ""
    """The last day on which it holds, `2027-01-31`; empty where its form knows none, as in VEX."""
    where: str
    """`accepted.yaml:12`, or the line itself: `src/agent.py:3`."""

    @property
    def told(self) -> str:
        """`accepted until 2027-01-31 (who)`."""
        until = f" until {self.expires}" if self.expires else ""
        return f"accepted{until}" + (f" ({self.by})" if self.by else "")


class Idle(Value, frozen=True, kw_only=True):
    """An acceptance, or a statement, of which what it is about was looked at and not found."""

    where: str
    """`accepted.yaml:12`, `src/agent.py:3`, `security/vex.json, statement 3`."""
    what: str
    """What it would accept: a fingerprint, a rule, a vulnerability."""

    @property
    def told(self) -> str:
        """All of it, in a line."""
        return f"{self.where}: {self.what}: accepts nothing that was found; remove it"


class Report(Value, frozen=True, kw_only=True):
    """What one scan came to."""

    kind: Kind
    target: str
    """What was looked at, in words."""
    engines: tuple[Engine, ...] = ()
    findings: tuple[Finding, ...] = ()
    """The worst first; without those that were accepted."""
    accepted: tuple[Accepted, ...] = ()
    unit: str = "file"
    """What `seen` counts."""
    seen: int = 0
    size: int = 0
    """Bytes that were looked at."""
    unseen: tuple[Unseen, ...] = ()
    """What was to be looked at and could not be; any one makes the scan an error."""
    idle: tuple[Idle, ...] = ()
    """A remark, which neither the state nor a gate goes by."""
    excluded: tuple[Unseen, ...] = ()
    """What the project wants left out, with the pattern that says so."""
    trouble: str = ""
    """Why it broke off, or could not begin."""
    mend: str = ""
    ran: bool = True
    """Whether it began."""
    notes: tuple[str, ...] = ()

    @property
    def counted(self) -> tuple[Finding, ...]:
        """The findings that a metric counts."""
        return tuple(finding for finding in self.findings if finding.metric)

    @property
    def state(self) -> State:
        """How it ended. A scan with findings that did not see everything is an error too."""
        if not self.ran:
            return "not run"
        if self.trouble or self.unseen:
            return "error"
        return "found" if self.counted else "clean"
