"""Gates and judgements: the rules of one gate, and what they came to over some evidence."""

from enum import StrEnum
from typing import Literal

from esclusa.core.value import Entry, Value

Operator = Literal["<", "<=", ">", ">=", "=="]


class Mode(StrEnum):
    """What a closed gate does: stop the run, or say so and let it pass."""

    BLOCK = "block"
    WARN = "warn"


class Verdict(StrEnum):
    """What a rule came to. Only PASS and NOT_APPLICABLE open a gate after an eval."""

    PASS = "pass"
    FAIL = "fail"
    UNDECIDED = "undecided"
    MISSING = "missing"
    NOT_APPLICABLE = "not applicable"
    NOT_REFUTED = "not refuted"
    """A live guard that saw no violation: enough to go on, and never called a pass."""


class Absolute(Entry, frozen=True, kw_only=True, tag="absolute"):
    """A limit in the metric's own unit: 85 % is 0.85, 200 ms is 0.2 s."""

    value: float


class Relative(Entry, frozen=True, kw_only=True, tag="relative"):
    """A limit from the baseline: `baseline * times + plus`, in the metric's own unit."""

    plus: float = 0.0
    times: float = 1.0


Limit = Absolute | Relative


class Rule(Value, frozen=True, kw_only=True):
    """One rule of the gate language, parsed. `text` is what the user wrote."""

    text: str
    metric: str
    operator: Operator
    limit: Limit
    estimator: str
    slice: str = ""
    mode: Mode = Mode.BLOCK
    population: bool = False
    """Whether it asks beyond the cases of the dataset: of all that these stand for."""


class Gate(Value, frozen=True, kw_only=True):
    """Rules that stand together, over the evidence of the named steps (of all, if none is named)."""

    name: str
    rules: tuple[Rule, ...]
    sources: tuple[str, ...] = ()
    """Step ids, `eval.quality`."""
    mode: Mode = Mode.BLOCK


class RuleJudgement(Value, frozen=True, kw_only=True):
    """What one rule came to, with the numbers behind it, and one plain sentence."""

    rule: str
    metric: str
    verdict: Verdict
    mode: Mode
    sentence: str
    estimate: float | None = None
    interval: tuple[float | None, float | None] | None = None
    """None at an end: so few cases do not bound it there. Against a baseline: of the paired difference, laid
    at the limit's own scale, so that it can be held against `limit`."""
    confidence: float = 0.95
    limit: float | None = None
    baseline: float | None = None
    n: int | None = None
    unit: str = ""
    needed: int | None = None
    """How many more cases would settle it, where the verdict is undecided."""
    evidence_from: str = ""
    settled_after: int | None = None
    """After how many cases, in the order drawn, the verdict was settled, where not all were run."""
    saved: int | None = None
    """How many cases were not run for that."""
    error: float | None = None
    """At most so likely all cases together say otherwise; 0 where those not run cannot change it."""
    e_value: float | None = None
    """Live rules: the evidence against `within the limit`; shown when it reaches `threshold`."""
    threshold: float | None = None
    proof: float | None = None
    """Live rules that are to be proven: the evidence for the rule, shown when it once reached `threshold`."""


class Judgement(Value, frozen=True, kw_only=True):
    """What a gate came to. `verdict` is the worst of its blocking rules."""

    gate: str
    mode: Mode
    verdict: Verdict
    rules: tuple[RuleJudgement, ...]
    sentence: str

    @property
    def opens(self) -> bool:
        """Whether the run may go on."""
        return self.mode is Mode.WARN or self.verdict in OPENS


OPENS = frozenset({Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.NOT_REFUTED})
