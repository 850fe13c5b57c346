"""A calibration: how a judge compares with people, kept in a file beside its suite, and what it allows.

`usable` is a judge whose kappa is shown to reach the limit; its mean is corrected by the labels. `unusable`
is one that is shown not to, or that agrees with people no more often than always saying the same would:
nothing is measured by it. Between the two the labels are too few, and its mean is corrected all the same.

It holds for one judge: another model, rubric or set of choices is another one, and has to be calibrated anew.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from esclusa.core.errors import ConfigurationError, StateError
from esclusa.core.evidence import Judged
from esclusa.core.value import Value, decode, digest
from esclusa.gates.units import format_value
from esclusa.stats import clustered, ppi
from esclusa.stats.agreement import Agreement
from esclusa.stats.clustered import Known

JUDGES = ("judge", "pairwise")
"""Scorers that ask a model for its word, and that labels can be compared with."""
LIMIT = 0.4
"""Kappa that a judge has to reach: moderate agreement (Landis & Koch 1977)."""
MEND = "`esclusa judge calibrate` with labels of people"
UNCOMPARED = "nobody has compared this judge with people"
OTHER_JUDGE = "it was compared with people under another model, rubric or choices"
NOT_BY_SLICE = "the labels do not tell this slice apart"
TOO_FEW = "too few labels show whether it is of use"

Finding = Literal["usable", "unusable", "undecided"]
Ends = tuple[float, float]


class Leaning(Value, frozen=True, kw_only=True):
    """How far something that should not matter moves a judge, in its scores, with the interval."""

    by: float
    interval: Ends

    @property
    def shown(self) -> bool:
        """Whether it is more than chance."""
        return self.interval[0] > 0 or self.interval[1] < 0


class Calibration(Value, frozen=True, kw_only=True):
    """A judge beside the labels of people."""

    scorer: str
    judge: str
    """The digest of what makes it this judge."""
    model: str
    labels_digest: str
    at_least: float
    """The limit that kappa was held against."""
    verdict: Finding
    sentence: str
    n: int
    agreed: float
    agreed_interval: Ends
    constant: float
    """How often always saying the same would agree."""
    kappa: float
    kappa_interval: Ends
    confusion: tuple[tuple[str, str, int], ...]
    """What people say, what the judge says, and of how many answers."""
    length: Leaning | None = None
    """How much more than people it gives to longer answers than to shorter ones of the same label."""
    position: Leaning | None = None
    """Of a pairwise judge: how much oftener it prefers what stands first."""
    labels: tuple[float, ...]
    """What each answer is worth to people."""
    said: tuple[float, ...]
    unjudged: int = 0
    """Labelled answers that the judge said nothing of."""


def file_of(suite: Path, scorer: str) -> Path:
    """Where the calibration of a suite's judge is kept."""
    return suite.with_name(f"{suite.stem}.{scorer}.calibration.json")


def read_calibration(path: Path) -> Calibration | None:
    """What is kept there, None if nothing is; ConfigurationError where it cannot be read."""
    try:
        return decode(Calibration, path.read_bytes())
    except FileNotFoundError:
        return None
    except (StateError, OSError) as error:
        raise ConfigurationError(
            str(error), file=str(path), mend="remove it, or calibrate the judge again"
        ) from None


def judge_digest(uses: str, settings: Mapping[str, Any], files: Mapping[str, str]) -> str:
    """What makes a judge: rubric, choices, what it is shown, model and parameters; not where it is served."""
    model = settings.get("model") or {}
    own = {key: value for key, value in settings.items() if key not in ("model", "again")}
    named = str(settings.get("file", ""))
    return digest(
        {
            "uses": uses,
            "settings": own,
            "model": {key: model[key] for key in ("model", "parameters") if key in model},
            "file": files.get(named, ""),
        }
    )


def allowed(calibration: Calibration | None, judge: str) -> Judged:
    """What a judge's word is good for, given what is kept; an unusable one is asked nothing (`unusable`)."""
    if calibration is None:
        return Judged(doubt=UNCOMPARED)
    if calibration.judge != judge:
        return Judged(doubt=OTHER_JUDGE)
    return Judged(
        labels=calibration.labels,
        said=calibration.said,
        doubt=TOO_FEW if calibration.verdict == "undecided" else "",
    )


def unusable(calibration: Calibration | None, judge: str) -> str:
    """Why nothing can be measured by this judge; empty if something can."""
    if calibration is None or calibration.judge != judge or calibration.verdict != "unusable":
        return ""
    return (
        f"this judge is {calibration.sentence}; mend: another model or rubric, then `esclusa judge calibrate`"
    )


def found(agreement: Agreement, at_least: float, commonest: str) -> tuple[Finding, str]:
    """The verdict on a judge, and one sentence with its numbers."""
    low, high = agreement.kappa_interval
    shown = (
        f"kappa is {agreement.kappa:.2f} (95 % interval {low:.2f} to {high:.2f}) over {agreement.n} labels,"
        f" agreement {format_value(agreement.agreed, 'share')}"
    )
    if agreement.agreed <= agreement.constant:
        share = format_value(agreement.constant, "share")
        return "unusable", f"unusable: {shown}, and always saying `{commonest}` would agree on {share}"
    if high < at_least:
        return "unusable", f"unusable: {shown}, and kappa has to reach {at_least:g}"
    if low < at_least:
        return "undecided", f"undecided: {shown}; too few labels show whether kappa reaches {at_least:g}"
    return "usable", f"usable: {shown}, and kappa has to reach {at_least:g}"


def length_leaning(answers: Sequence[str], labels: Sequence[float], said: Sequence[float]) -> Leaning | None:
    """The judge's error on longer answers less that on shorter ones; None where there are not two of each.

    The halves are those of every label by itself: people may well find longer answers better, and a judge
    that errs both ways alike would then seem to lean.
    """
    shorter: list[int] = []
    longer: list[int] = []
    for label in sorted(set(labels)):
        places = [place for place, one in enumerate(labels) if one == label]
        places.sort(key=lambda place: len(answers[place]))
        half = len(places) // 2
        shorter += places[:half]
        longer += places[len(places) - half :]
    if len(shorter) < 2:
        return None

    def over(places: Sequence[int]) -> Known:
        people, judge = [labels[place] for place in places], [said[place] for place in places]
        return Known(sum(judge) / len(judge) - sum(people) / len(people), ppi.error_of(judge, people))

    by, interval = clustered.difference(over(longer), over(shorter))
    return Leaning(by=by, interval=(interval.low, interval.high))
