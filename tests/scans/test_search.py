"""A search: what counts as looked at, what ends it, and which findings come of it."""

import errno
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from esclusa.core.errors import OutsideError
from esclusa.core.evidence import Place
from esclusa.core.scan import Engine, Idle, Report, Unseen
from esclusa.core.value import replace
from esclusa.scans.acceptance import Acceptance, Acceptances
from esclusa.scans.detector import Hit, Known
from esclusa.scans.piece import Excluded, Piece, Read
from esclusa.scans.search import search, surest

TODAY = date(2026, 11, 26)


class Badges:
    """A detector of badge numbers, `B-1234`."""

    engine = Engine(name="badges", version="1")
    known = (Known(piece=Piece(name="known.txt", data=b"badge B-0000"), rule="badge"),)

    def find(self, pieces: Sequence[Piece]) -> Iterable[Hit]:
        for piece in pieces:
            for match in re.finditer(rb"B-[0-9]{4}", piece.data):
                start, end = match.span()
                yield Hit(piece=piece, rule="badge", message="a badge number", start=start, end=end)


class Blind(Badges):
    """One that finds nothing any more."""

    engine = Engine(name="blind")

    def find(self, pieces: Sequence[Piece]) -> Iterable[Hit]:  # noqa: ARG002
        return ()


class Unknowing(Badges):
    """One that nobody knows anything of."""

    engine = Engine(name="unknowing")
    known = ()


class Falling(Badges):
    """One that cannot bear a file that says `fall`."""

    engine = Engine(name="falling")

    def find(self, pieces: Sequence[Piece]) -> Iterable[Hit]:
        if any(b"fall" in piece.data for piece in pieces):
            raise OSError(errno.EIO, "out of paper")
        return super().find(pieces)


def looked(*reads: Read, detector: Badges | None = None, acceptances: Acceptances | None = None) -> Report:
    return search("pii", "here", [detector or Badges()], iter(reads), acceptances or {}, TODAY)


def file(name: str, text: str, **more: str) -> Piece:
    return Piece(name=name, data=text.encode(), **more)  # type: ignore[arg-type]


def test_a_search_that_saw_everything_and_found_nothing_is_clean() -> None:
    report = looked(
        file("a.txt", "nothing"), file("b.zip!c.txt", "here"), file("d.txt", "x", commit="1" * 40)
    )
    assert report == Report(
        kind="pii",
        target="here",
        engines=(Engine(name="badges", version="1"),),
        unit="piece",
        seen=3,
        size=12,
        notes=("1 file", "1 entry of an archive", "1 earlier version"),
    )
    assert report.state == "clean"


def test_what_is_found_is_counted_and_placed() -> None:
    report = looked(file("a.txt", "one\nB-1234"))
    assert report.state == "found"
    assert [(one.rule, one.place, one.metric) for one in report.findings] == [
        ("badge", Place(file="a.txt", line=2), "pii")
    ]


def test_what_could_not_be_looked_at_makes_it_an_error_and_what_was_left_out_does_not() -> None:
    lost = Unseen(place="big.bin", why="larger than 64 MB")
    assert looked(lost).state == "error"
    assert looked(lost).unseen == (lost,)
    left = looked(Excluded(place="fixtures", pattern="fixtures/"))
    assert left.state == "clean"
    assert left.excluded == (Unseen(place="fixtures", why="excluded by `fixtures/`"),)


def test_a_detector_that_does_not_find_what_is_known_is_not_believed() -> None:
    report = looked(file("a.txt", "B-1234"), detector=Blind())
    assert (report.state, report.trouble, report.seen) == (
        "error",
        "blind does not find what it has to find: badge",
        0,
    )
    assert (
        looked(detector=Unknowing()).trouble
        == "unknowing does not find what it has to find: nothing is known"
    )


def test_a_detector_that_falls_ends_the_search_with_what_was_found_until_then(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("esclusa.scans.search.BATCH", 1)
    report = looked(
        file("a.txt", "B-1234"), file("b.txt", "fall"), file("c.txt", "B-5678"), detector=Falling()
    )
    assert (report.state, report.trouble) == ("error", "it broke off: OSError: out of paper")
    assert [one.place for one in report.findings] == [Place(file="a.txt", line=1)]


class Telling(Badges):
    """One whose error tells what it was looking at."""

    engine = Engine(name="telling")

    def find(self, pieces: Sequence[Piece]) -> Iterable[Hit]:
        raise ValueError(f"cannot make anything of {pieces[0].data!r}")


def test_what_a_detector_says_of_what_it_looked_at_is_not_told() -> None:
    report = looked(file("a.txt", "nothing"), detector=Telling())
    assert report.trouble == "telling failed on what it has to find: ValueError"


def test_a_source_that_falls_ends_it_likewise() -> None:
    def falling() -> Iterator[Read]:
        yield file("a.txt", "B-1234")
        raise OSError(errno.EIO, "the disk is gone")

    report = search("pii", "here", [Badges()], falling(), {}, TODAY)
    assert (report.state, report.trouble) == ("error", "it broke off: OSError: the disk is gone")


def test_a_source_that_says_why_it_ends_is_told_with_its_mend() -> None:
    def falling() -> Iterator[Read]:
        yield file("a.txt", "B-1234")
        raise OutsideError("git log: bad object", mend="git fsck")

    report = search("pii", "here", [Badges()], falling(), {}, TODAY)
    assert (report.trouble, report.mend) == ("it broke off: git log: bad object", "git fsck")


def test_what_is_in_the_tree_and_in_history_is_one_finding() -> None:
    report = looked(file("a.txt", "B-1234"), file("a.txt", "B-1234", commit="1" * 40))
    assert [one.place for one in report.findings] == [Place(file="a.txt", line=1)]


def test_an_accepted_finding_is_told_and_not_counted() -> None:
    [finding] = looked(file("a.txt", "B-1234")).findings
    accepted = Acceptance(reason="a test badge", expires=TODAY, where="accepted.yaml:2", by="ana")
    report = looked(file("a.txt", "B-1234"), acceptances={finding.fingerprint: accepted})
    assert report.state == "clean"
    assert report.findings == ()
    assert report.accepted == (accepted.of(finding),)


def test_an_acceptance_that_is_over_counts_again_and_is_an_error_even_where_it_concerns_nothing() -> None:
    [finding] = looked(file("a.txt", "B-1234")).findings
    over = Acceptance(reason="a test badge", expires=date(2026, 11, 25), where="accepted.yaml:2")
    report = looked(file("a.txt", "B-1234"), acceptances={finding.fingerprint: over})
    assert report.findings == (finding,)
    assert report.unseen == (over.lapsed(TODAY),)
    assert looked(file("a.txt", "x"), acceptances={finding.fingerprint: over}).state == "error"


def test_a_line_can_accept_what_is_on_it_and_only_by_a_reason_and_a_day_to_come() -> None:
    said = "B-1234 # esclusa: accept badge until {day}: {reason}"
    good = looked(file("a.txt", said.format(day="2026-12-01", reason="a test badge")))
    assert (good.state, [one.where for one in good.accepted]) == ("clean", ["a.txt:1"])
    late = looked(file("a.txt", said.format(day="2026-11-01", reason="a test badge")))
    assert (late.state, len(late.findings), len(late.unseen)) == ("error", 1, 1)
    mute = looked(file("a.txt", said.format(day="2026-12-01", reason="")))
    assert (mute.state, len(mute.findings), len(mute.unseen)) == ("error", 1, 1)


class Ruled(Badges):
    """One that says all that it can find."""

    rules = ("badge", "pass")


WRITTEN = Acceptance(reason="a test badge", expires=TODAY, where="accepted.yaml:2", kind="pii")


def test_what_is_accepted_in_a_file_and_was_not_found_is_named_by_a_scan_of_everything() -> None:
    said = [Idle(where="accepted.yaml:2", what="0123456789abcdef-0a")]
    for whole, expected in ((True, said), (False, [])):
        report = search(
            *("pii", "here", [Badges()], iter([file("a.txt", "x")])),
            {"0123456789abcdef-0a": WRITTEN},
            TODAY,
            whole=whole,
        )
        assert (report.state, list(report.idle)) == ("clean", expected)


def test_of_what_concerns_something_or_any_scan_or_was_not_looked_at_nothing_is_said() -> None:
    [finding] = looked(file("a.txt", "B-1234")).findings
    lost = Unseen(place="big.bin", why="larger than 64 MB")
    for reads, key, written in (
        ([file("a.txt", "B-1234")], finding.fingerprint, WRITTEN),
        ([file("a.txt", "x")], finding.fingerprint, replace(WRITTEN, kind=None)),
        ([file("a.txt", "x"), lost], finding.fingerprint, WRITTEN),
    ):
        report = search("pii", "here", [Badges()], iter(reads), {key: written}, TODAY, whole=True)
        assert report.idle == ()


def test_a_line_that_accepts_what_is_not_on_it_is_named_by_any_scan_that_looked_for_that() -> None:
    said = "{} # esclusa: accept {} until 2026-12-01: a test badge"
    for whole in (True, False):
        reads = (
            file("a.txt", "\n" + said.format("B-1234", "badge")),
            file("b.txt", "\n" + said.format("nothing", "badge")),
            file("c.txt", said.format("B-1234", "pass")),
            file("d.txt", said.format("nothing", "aws-key")),
            file("e.txt", said.format("nothing", "badge"), commit="1" * 40),
            file("f.zip!e.txt", said.format("nothing", "badge")),
            file("logs/test.unit.log", said.format("nothing", "badge")),
        )
        report = search("pii", "here", [Ruled()], iter(reads), {}, TODAY, whole=whole)
        assert list(report.idle) == [Idle(where="b.txt:2", what="badge"), Idle(where="c.txt:1", what="pass")]


def test_a_line_that_accepts_what_is_accepted_elsewhere_too_is_not_named() -> None:
    line = "B-1234 # esclusa: accept badge until 2026-12-01: a test badge"
    [one] = looked(file("a.txt", line)).accepted
    written = {one.finding.fingerprint: WRITTEN}
    report = search("pii", "here", [Badges()], iter([file("a.txt", line)]), written, TODAY, whole=True)
    assert (report.idle, [each.where for each in report.accepted]) == ((), ["accepted.yaml:2"])


def test_of_hits_that_overlap_the_surest_stands_and_one_that_is_only_said_gives_way() -> None:
    where = file("a.txt", "0123456789")

    def hit(rule: str, start: int, end: int, **more: object) -> Hit:
        return Hit(piece=where, rule=rule, message="", start=start, end=end, **more)  # type: ignore[arg-type]

    hits = [
        hit("unsure", 0, 9, confidence="low"),
        hit("sure", 2, 5),
        hit("longer", 1, 6),
        hit("said", 0, 8, advisory=True),
        hit("apart", 7, 9, confidence="medium"),
    ]
    assert [one.rule for one in surest(hits)] == ["longer", "apart"]
    assert [one.rule for one in surest([hits[3], hits[0]])] == ["unsure"]


def test_many_findings_on_one_line_cost_no_more_each_than_a_few() -> None:
    """Sixty thousand within some seconds of CPU; what looks at all of them for each takes an hour."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (30, 30));"
        "from tests.scans.test_search import file, looked;"
        "text = (' and so on' * 9).join(f'B-{number % 10_000:04}' for number in range(60_000));"
        "assert len(looked(file('a.txt', text)).findings) == 60_000"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
