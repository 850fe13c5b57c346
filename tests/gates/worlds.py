"""Small worlds of evidence for the judge."""

from collections.abc import Mapping, Sequence

from esclusa.core.evidence import Amounts, Coverage, Evidence, Measurement, Rate, Scores
from esclusa.core.gate import Gate, Mode, Rule
from esclusa.gates.catalogue import catalogue, pass_all
from esclusa.gates.language import parse

METRICS = catalogue(map(pass_all, (2, 3)))
SUBJECT = "5b1ec7" + "0" * 58


def rule(text: str) -> Rule:
    return parse(text, METRICS)


def gate(*texts: str, name: str = "quality", sources: tuple[str, ...] = (), mode: Mode = Mode.BLOCK) -> Gate:
    return Gate(name=name, rules=tuple(map(rule, texts)), sources=sources, mode=mode)


def right(hits: int, n: int, *, unseen: int = 0, lost: Sequence[int] = ()) -> Rate:
    """The first `hits` cases are right, except the `lost` ones; `unseen` more could not be seen."""
    cases = {f"case-{i}": float(i < hits and i not in lost) for i in range(n)}
    return Rate(
        hits=int(sum(cases.values())),
        n=n,
        cases=cases,
        unseen=tuple(f"case-{i}" for i in range(n, n + unseen)),
    )


def times(*seconds: float, unseen: int = 0) -> Amounts:
    cases = {f"case-{i}": one for i, one in enumerate(seconds)}
    n = len(seconds)
    return Amounts(unit="s", cases=cases, unseen=tuple(f"case-{i}" for i in range(n, n + unseen)))


def scores(*values: float) -> Scores:
    return Scores(cases={f"case-{i}": one for i, one in enumerate(values)})


def seen(
    measurements: Mapping[str, Measurement], *, subject: str = SUBJECT, notes: tuple[str, ...] = ()
) -> Evidence:
    coverage = Coverage(total=60, seen=60, notes=notes) if notes else None
    return Evidence(measurements=measurements, subject=subject, coverage=coverage)
