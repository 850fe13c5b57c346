"""Findings, and those that somebody answers for: set apart while their day is not over."""

from datetime import date

from esclusa.core.evidence import Finding
from esclusa.core.scan import Accepted, Unseen
from esclusa.scans.acceptance import Acceptances, inline


class Answered:
    """Takes findings one by one; what is wrong with an acceptance is `unseen`."""

    def __init__(self, acceptances: Acceptances, today: date) -> None:
        self.findings: list[Finding] = []
        self.accepted: list[Accepted] = []
        self.unseen = [lapsed for one in acceptances.values() if (lapsed := one.lapsed(today)) is not None]
        self._acceptances = acceptances
        self._today = today

    def take(self, finding: Finding, text: str = "", cleared: Accepted | None = None) -> None:
        """A finding, and the line where it stands; `cleared`: what somebody says of it elsewhere."""
        if cleared is not None:
            self.accepted.append(cleared)
            return
        place = finding.place
        where = place.line_of_file if place else ""
        for said in (self._acceptances.get(finding.fingerprint), inline(text, finding.rule, where)):
            broken = said if said is None or isinstance(said, Unseen) else said.lapsed(self._today)
            if said is not None and not isinstance(said, Unseen) and broken is None:
                self.accepted.append(said.of(finding))
                return
            if broken is not None and broken not in self.unseen:
                self.unseen.append(broken)
        self.findings.append(finding)
