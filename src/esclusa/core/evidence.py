"""Evidence: what was seen, in measurements, findings and artifacts, and how the looking itself failed."""

from collections.abc import Mapping
from typing import Literal, get_args

from esclusa.core.value import EMPTY, Entry, Value


class Rate(Entry, frozen=True, kw_only=True, tag="rate"):
    """`hits` of `n` units had the property. Per-case values, where known, are 0 or 1 by case id."""

    hits: int
    n: int
    cases: Mapping[str, float] = EMPTY
    unseen: tuple[str, ...] = ()
    """Cases that could not be seen because something outside failed; not part of `n`."""
    each: str = "case"
    """What one value is of: a case, or a request of a load."""


class Judged(Value, frozen=True, kw_only=True):
    """Of values that a model said: what people say of some answers and it of the same, in one order."""

    labels: tuple[float, ...] = ()
    said: tuple[float, ...] = ()
    doubt: str = ""
    """Why its word is to be taken with care, where it is."""


class Scores(Entry, frozen=True, kw_only=True, tag="scores"):
    """Values in [0, 1], one for each case id."""

    cases: Mapping[str, float]
    unseen: tuple[str, ...] = ()
    judged: Judged | None = None
    """Where a model said them."""


class Amounts(Entry, frozen=True, kw_only=True, tag="amounts"):
    """Non-negative amounts in a unit (`s`, `USD`, `tokens`, `rps`), one for each case id."""

    unit: str
    cases: Mapping[str, float]
    unseen: tuple[str, ...] = ()
    each: str = "case"
    """What one value is of: a case, a request of a load, a block of its time, a search for saturation."""


class Count(Entry, frozen=True, kw_only=True, tag="count"):
    """A number of findings."""

    n: int


class Swaps(Entry, frozen=True, kw_only=True, tag="swaps"):
    """Counterfactual pairs: how far apart the outcomes of a pair's two sides are, by group and pair id.

    With `values`, the second side's score less the first's, in [-1, 1]; else 1 where the two were decided
    differently and 0 where they were not.
    """

    groups: Mapping[str, Mapping[str, float]]
    values: bool = False
    unseen: Mapping[str, tuple[str, ...]] = EMPTY
    """By group, the pairs of which one side could not be seen."""


Measurement = Rate | Scores | Amounts | Count | Swaps


class Place(Value, frozen=True, kw_only=True):
    """Where something was found; lines count from 1."""

    file: str
    """A path; `backup.zip!keys/id_rsa` is inside an archive."""
    line: int | None = None
    commit: str = ""
    """The commit that brought it, where it is no more in the tree that was looked at."""

    @property
    def line_of_file(self) -> str:
        """`src/agent.py:3`, or the file alone."""
        return f"{self.file}:{self.line}" if self.line else self.file


Severity = Literal["note", "low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""From the least to the worst."""


class Finding(Value, frozen=True, kw_only=True):
    """One thing that a scan or a test report points at. What is secret or personal is in none of its
    fields."""

    rule: str
    message: str
    severity: Severity = "medium"
    place: Place | None = None
    confidence: Literal["low", "medium", "high"] = "high"
    """How likely it is one."""
    excerpt: str = ""
    """The line, with what was found masked."""
    fingerprint: str = ""
    """Stays when the lines above move; another value in the same place has another. Empty: it cannot be
    accepted."""
    mend: str = ""
    metric: str = ""
    """The metric that counts it; empty for what is said only."""


class Failure(Value, frozen=True, kw_only=True):
    """How something failed, as a value.

    `agent` failures count against the agent; `outside` failures mean that nothing was seen.
    """

    reason: Literal["agent", "outside", "timeout", "cancelled", "step", "gate"]
    message: str
    detail: str = ""
    mend: str = ""
    exit_code: int | None = None


class Artifact(Value, frozen=True, kw_only=True):
    """A file or directory that a step left in the artifact store."""

    digest: str
    path: str
    media_type: str = "application/octet-stream"


class Coverage(Value, frozen=True, kw_only=True):
    """What was looked at: cases in = seen + errored + not run, and why the rest was left out."""

    total: int
    seen: int
    errored: int = 0
    not_run: int = 0
    notes: tuple[str, ...] = ()


class Draw(Value, frozen=True, kw_only=True):
    """The random order in which a suite's cases were drawn, and where it was stopped because its gates were
    settled. Only within this order says a part of the cases something about all of them.
    """

    order: tuple[str, ...]
    """All cases, in the order drawn."""
    not_run: tuple[str, ...] = ()
    """Those that were not asked because nothing was to be settled any more; unseen in every measurement."""


class Evidence(Value, frozen=True, kw_only=True):
    """All that one step or probe saw. A failure is part of it: a gate judges the whole."""

    measurements: Mapping[str, Measurement] = EMPTY
    missing: Mapping[str, str] = EMPTY
    """Metrics that were asked for and could not be measured, each with the reason."""
    slices: Mapping[str, Mapping[str, Measurement]] = EMPTY
    """The same measurements over a part of the cases: tag -> metric -> measurement."""
    blocks: Mapping[str, int] = EMPTY
    """Of a load: in which block of time each request was due. Those of one block may hang together, as they
    waited in one queue; blocks are taken to be independent. Empty: every case is.
    """
    findings: tuple[Finding, ...] = ()
    artifacts: Mapping[str, Artifact] = EMPTY
    outputs: Mapping[str, str] = EMPTY
    """Named texts for the steps that need this one: a release id, a lock hash, a commit."""
    coverage: Coverage | None = None
    failure: Failure | None = None
    draw: Draw | None = None
    """None where the cases were not drawn so as to stop early."""
    subject: str = ""
    """What the evidence is about: a digest of dataset and settings; only like is compared with like."""
    repeats: int = 1
    """How often each case was asked; a case's value is the mean over its askings."""
