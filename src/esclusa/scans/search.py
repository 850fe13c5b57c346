"""A search: detectors over pieces, and a report that says what was looked at and what was not.

Before anything else each detector has to find what is known to be there; one that does not cannot be
trusted, and the search is an error. A detector that raises ends the search: what was found until then is
kept and said.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from esclusa.core.errors import EsclusaError
from esclusa.core.evidence import SEVERITIES, Finding
from esclusa.core.scan import BESIDE, METRICS, Idle, Kind, Report, Unseen
from esclusa.core.value import replace
from esclusa.scans.acceptance import Acceptances, marks
from esclusa.scans.answered import Answered
from esclusa.scans.detector import Detector, Hit
from esclusa.scans.masked import findings
from esclusa.scans.piece import Excluded, Piece, Source
from esclusa.scans.spans import Apart

BATCH = 32 * 1024 * 1024
"""Bytes of pieces that detectors get at once, or one piece."""
LONGEST = 65_536
"""Bytes of a line on which a finding can be accepted, at most."""
_SURE = ("low", "medium", "high")


def search(
    kind: Kind,
    target: str,
    detectors: Sequence[Detector],
    source: Source,
    acceptances: Acceptances,
    today: date,
    *,
    whole: bool = False,
) -> Report:
    """What the detectors find in the source. Raises nothing of a detector's or a source's.

    `whole`: all that such scans look at is in the source.
    """
    report = Report(kind=kind, target=target, engines=tuple(one.engine for one in detectors), unit="piece")
    for detector in detectors:
        if trouble := untrusted(detector):
            return replace(report, trouble=trouble, mend="reinstall it, or take it out of `engines`")
    seen = _Seen(METRICS[kind][0], acceptances, today, _rules(detectors))
    try:
        for batch in _batches(source, seen):
            seen.take(batch, [hit for detector in detectors for hit in detector.find(batch)])
    except Exception as error:  # a stranger's detector, or a file system, may raise anything
        seen.trouble = f"it broke off: {_told(error)}"
        seen.mend = error.mend if isinstance(error, EsclusaError) else ""
    report = seen.told(report)
    sure = whole and report.state in ("clean", "found")
    return replace(report, idle=(*seen.idle_marks(), *(seen.idle_acceptances() if sure else ())))


def _rules(detectors: Iterable[Detector]) -> set[str]:
    """The rules that are known to be of these detectors, before they find anything."""
    rules = {known.rule for one in detectors for known in one.known}
    for one in detectors:
        declared = getattr(one, "rules", ())
        if isinstance(declared, (tuple, list, set, frozenset)):  # a stranger's may be anything
            rules.update(declared)
    return rules


def untrusted(detector: Detector) -> str:
    """Why the detector cannot be trusted: what it is known to find and does not; empty if it finds all."""
    try:
        found = {(hit.piece.name, hit.rule) for hit in detector.find([one.piece for one in detector.known])}
    except Exception as error:  # a stranger's detector may raise anything
        return f"{detector.engine.name} failed on what it has to find: {_told(error)}"
    missed = [one.rule for one in detector.known if (one.piece.name, one.rule) not in found]
    if missed or not detector.known:
        what = ", ".join(missed) or "nothing is known"
        return f"{detector.engine.name} does not find what it has to find: {what}"
    return ""


def _told(error: Exception) -> str:
    """What may be shown of it. What a stranger wrote into its own may be what it found."""
    if isinstance(error, EsclusaError):
        return error.message
    said = error.strerror if isinstance(error, OSError) else ""
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def worst_first(finding: Finding) -> tuple[int, str, int, str]:
    """The order in which findings are shown."""
    place = finding.place
    where = (place.file, place.line or 0) if place else ("", 0)
    return (-SEVERITIES.index(finding.severity), *where, finding.rule)


def surest(hits: Iterable[Hit]) -> list[Hit]:
    """Of hits that overlap in one piece, the surest; of equals the worse, then the longer one."""
    apart = Apart()
    return [hit for hit in sorted(hits, key=_surest_first) if apart.add(hit.start, hit.end)]


def _surest_first(hit: Hit) -> tuple[bool, int, int, int, str]:
    sure, bad = _SURE.index(hit.confidence), SEVERITIES.index(hit.severity)
    return (hit.advisory, -sure, -bad, hit.start - hit.end, hit.rule)


def _batches(source: Source, seen: "_Seen") -> Iterator[list[Piece]]:
    batch: list[Piece] = []
    size = 0
    for read in source:
        if not isinstance(read, Piece):
            seen.note(read)
            continue
        batch.append(read)
        size += len(read.data)
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _Seen:
    """What has been looked at so far."""

    def __init__(self, metric: str, acceptances: Acceptances, today: date, rules: set[str]) -> None:
        self.trouble = self.mend = ""
        self._metric = metric
        self._rules = rules
        self._marks: list[tuple[str, int, str]] = []
        self._answered = Answered(acceptances, today)
        self._known: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._size = 0
        self._unseen: list[Unseen] = []
        self._excluded: list[Unseen] = []

    def idle_marks(self) -> Iterator[Idle]:
        """What files say is accepted on a line of theirs, by a rule of ours that found nothing there."""
        for file, line, rule in self._marks:
            if rule in self._rules and (file, line, rule) not in self._answered.concerned:
                yield Idle(where=f"{file}:{line}", what=rule)

    def idle_acceptances(self) -> Iterator[Idle]:
        """The written ones that were for nothing."""
        return self._answered.idle()

    def note(self, read: Unseen | Excluded) -> None:
        """Something that is not looked at."""
        if isinstance(read, Unseen):
            self._unseen.append(read)
        else:
            self._excluded.append(Unseen(place=read.place, why=f"excluded by `{read.pattern}`"))

    def take(self, batch: Sequence[Piece], hits: Iterable[Hit]) -> None:
        """Pieces that were looked at, and what was found in them."""
        by_piece: dict[int, list[Hit]] = {id(piece): [] for piece in batch}
        for hit in hits:
            by_piece[id(hit.piece)].append(hit)
            self._rules.add(hit.rule)
        for piece in batch:
            self._counts[_what(piece)] += 1
            self._size += len(piece.data)
            if _is_ours(piece):
                self._marks += [(piece.name, line, rule) for line, rule in marks(piece.data)]
            for hit, finding in findings(surest(by_piece[id(piece)]), self._metric):
                if finding.fingerprint not in self._known:
                    self._known.add(finding.fingerprint)
                    self._answered.take(finding, _line(hit))

    def told(self, report: Report) -> Report:
        """The report of it."""
        return replace(
            report,
            trouble=self.trouble,
            mend=self.mend,
            findings=tuple(sorted(self._answered.findings, key=worst_first)),
            accepted=tuple(self._answered.accepted),
            seen=self._counts.total(),
            size=self._size,
            unseen=(*self._unseen, *self._answered.unseen),
            excluded=tuple(self._excluded),
            notes=tuple(
                f"{count:,} {what if count == 1 else _MANY[what]}" for what, count in self._counts.items()
            ),
        )


_MANY = {
    "file": "files",
    "entry of an archive": "entries of archives",
    "decoded text": "decoded texts",
    "earlier version": "earlier versions",
}


def _what(piece: Piece) -> str:
    if piece.commit:
        return "earlier version"
    if piece.line:
        return "decoded text"
    return "entry of an archive" if "!" in piece.name else "file"


def _is_ours(piece: Piece) -> bool:
    """Whether somebody could take a line out of it: a file as it is now, and nothing that a run made."""
    made = piece.name.startswith((*BESIDE, "artifacts/"))
    return not (piece.commit or piece.line or made or "!" in piece.name)


def _line(hit: Hit) -> str:
    data = hit.piece.data
    first, last = max(0, hit.start - LONGEST), min(len(data), hit.start + LONGEST)
    start, end = max(first, data.rfind(b"\n", first, hit.start) + 1), data.find(b"\n", hit.start, last)
    line = data[start : end if end >= 0 else last]
    return line.decode(errors="replace") if len(line) < LONGEST else ""
