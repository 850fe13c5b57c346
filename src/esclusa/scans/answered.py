"""Findings, and those that somebody answers for: set apart while their day is not over."""

from collections.abc import Iterator
from datetime import date

from esclusa.core.evidence import Finding
from esclusa.core.scan import Accepted, Idle, Unseen
from esclusa.scans.acceptance import Acceptance, Acceptances, inline


class Answered:
    """Takes findings one by one; what is wrong with an acceptance is `unseen`."""

    def __init__(self, acceptances: Acceptances, today: date) -> None:
        self.findings: list[Finding] = []
        self.accepted: list[Accepted] = []
        self.unseen = [lapsed for one in acceptances.values() if (lapsed := one.lapsed(today)) is not None]
        self.concerned: set[tuple[str, int, str]] = set()
        """Where a finding stands on a line that speaks of its rule: file, line and rule."""
        self._acceptances = acceptances
        self._today = today
        self._fingerprints: set[str] = set()

    def take(self, finding: Finding, text: str = "", cleared: Accepted | None = None) -> None:
        """A finding, and the line where it stands; `cleared`: what somebody says of it elsewhere."""
        place = finding.place
        where = place.line_of_file if place else ""
        written, on_line = self._acceptances.get(finding.fingerprint), inline(text, finding.rule, where)
        self._fingerprints.add(finding.fingerprint)
        if place and isinstance(on_line, Acceptance):
            self.concerned.add((place.file, place.line or 0, finding.rule))
        if cleared is not None:
            self.accepted.append(cleared)
            return
        for said in (written, on_line):
            broken = said if said is None or isinstance(said, Unseen) else said.lapsed(self._today)
            if said is not None and not isinstance(said, Unseen) and broken is None:
                self.accepted.append(said.of(finding))
                return
            if broken is not None and broken not in self.unseen:
                self.unseen.append(broken)
        self.findings.append(finding)

    def idle(self) -> Iterator[Idle]:
        """The acceptances, of those that say of which kind they are, that no finding was taken for."""
        for fingerprint, one in self._acceptances.items():
            if one.kind is not None and fingerprint not in self._fingerprints:
                yield Idle(where=one.where, what=fingerprint)
