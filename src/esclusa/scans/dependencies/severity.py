"""How bad a vulnerability is: by the vectors of CVSS of its advisory, or by a word of its database."""

from collections.abc import Iterable

from cvss import CVSS2, CVSS3, CVSS4
from cvss.exceptions import CVSSError

from esclusa.core.evidence import Severity
from esclusa.scans.dependencies.advisory import Advisory, Affected
from esclusa.scans.dependencies.advisory import Severity as Scored

_CLASSES = {"CVSS_V2": CVSS2, "CVSS_V3": CVSS3, "CVSS_V4": CVSS4}
_WORDS: dict[str, Severity] = {
    "low": "low",
    "moderate": "medium",
    "medium": "medium",
    "high": "high",
    "critical": "critical",
}


def severity(advisory: Advisory, affected: Affected) -> Severity | None:
    """How bad; None where nobody says."""
    scores = [score for one in (*affected.severity, *advisory.severity) if (score := _score(one)) is not None]
    if scores:
        return _band(max(scores))
    said = (advisory.database_specific or {}).get("severity")
    return _WORDS.get(said.lower()) if isinstance(said, str) else None


def _score(one: Scored) -> float | None:
    """The base score of a vector, from 0 to 10."""
    try:
        vector = _CLASSES[one.type](one.score)
        return float(vector.base_score)
    except (KeyError, CVSSError, ValueError, TypeError, IndexError):
        return None


def _band(score: float) -> Severity:
    """The bands of CVSS v3 and v4 (specification, table of qualitative severity)."""
    bands: Iterable[tuple[float, Severity]] = (
        (9.0, "critical"),
        (7.0, "high"),
        (4.0, "medium"),
        (0.1, "low"),
    )
    return next((name for least, name in bands if score >= least), "note")
