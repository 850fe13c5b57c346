"""Findings that somebody answers for: what is read, what is refused, and how they are written."""

from datetime import date
from pathlib import Path

import pytest

from esclusa.core.errors import ConfigurationError, UsageError
from esclusa.core.scan import Unseen
from esclusa.core.value import replace
from esclusa.scans.acceptance import Acceptance, add, inline, load, marks

FIRST, SECOND = "0123456789abcdef-0a", "fedcba9876543210-ff"
ONE = Acceptance(reason="the vendor's example", expires=date(2027, 1, 31), where="accepted.yaml:2", by="ana")


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "accepted.yaml"
    path.write_text(text)
    return path


def entry(**more: str) -> str:
    said = {
        "fingerprint": FIRST,
        "reason": "the vendor's example",
        "by": "ana",
        "expires": "2027-01-31",
    } | more
    return "accepted:\n  - " + "\n    ".join(f"{key}: {value}" for key, value in said.items()) + "\n"


def test_an_acceptance_has_a_fingerprint_a_reason_a_person_and_a_last_day(tmp_path: Path) -> None:
    assert load(written(tmp_path, entry()), "accepted.yaml") == {FIRST: ONE}


def test_without_a_file_nothing_is_accepted(tmp_path: Path) -> None:
    assert load(tmp_path / "accepted.yaml", "accepted.yaml") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "accepted.yaml:1: expected the key `accepted` with a list"),
        ("accepted: yes\n", "accepted.yaml:1: expected the key `accepted` with a list"),
        ("ignored: []\n", "accepted.yaml:1: expected the key `accepted` with a list"),
        ("accepted:\n  - all\n", "accepted.yaml:2: accepted.0: expected a mapping"),
        (entry(reason="''"), "accepted.yaml:2: accepted.0: expected a `reason`"),
        (entry(reason="ok"), "accepted.yaml:2: accepted.0: the reason says nothing"),
        (entry(expires="never"), "accepted.yaml:2: accepted.0: expected a day in `expires`"),
        (entry(fingerprint="'*'"), "accepted.yaml:2: accepted.0: expected a fingerprint"),
        (entry(kind="secret"), "accepted.yaml:2: accepted.0: `secret` is no scan"),
        (entry(until="2027-01-31"), "accepted.yaml:2: accepted.0: unknown key `until`"),
        (
            entry() + entry().removeprefix("accepted:\n"),
            "accepted.yaml:6: accepted.1: the fingerprint stands twice",
        ),
    ],
)
def test_what_is_no_acceptance_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(written(tmp_path, text), "accepted.yaml")
    assert str(caught.value).partition("\n")[0] == said


def test_an_acceptance_may_say_which_scan_found_it(tmp_path: Path) -> None:
    path = written(tmp_path, entry(kind="pii"))
    assert load(path, "accepted.yaml") == {FIRST: replace(ONE, kind="pii")}
    add(path, "accepted.yaml", [SECOND], replace(ONE, kind="secrets"))
    assert load(path, "accepted.yaml")[SECOND].kind == "secrets"


def test_the_lines_that_accept_something_are_told_with_their_rules() -> None:
    text = (
        b"a\nKEY = 1  # esclusa: accept aws-key until 2027-01-31: an example\n"
        b"# esclusa: accept\n# esclusa: accept dni until soon\nx\n"
        b"# esclusa: accept dni until 31/01/2027: it is broken, and told where something is found\n"
        b"# esclusa: accept hadolint/DL3004 until 2027-01-31: gosu is not there"
    )
    assert list(marks(text)) == [(2, "aws-key"), (7, "hadolint/DL3004")]


def test_an_acceptance_holds_on_its_last_day_and_not_on_the_next() -> None:
    assert ONE.lapsed(date(2027, 1, 31)) is None
    assert ONE.lapsed(date(2027, 2, 1)) == Unseen(
        place="accepted.yaml:2",
        why="the acceptance expired on 2027-01-31",
        mend="mend what was found, or say again why it may stay and until when",
    )


def test_a_line_can_say_itself_why_what_is_on_it_may_stay() -> None:
    line = 'KEY = "x"  # esclusa: accept aws-key until 2027-01-31: the vendor\'s example'
    assert inline(line, "aws-key", "a.py:3") == Acceptance(
        reason="the vendor's example", expires=date(2027, 1, 31), where="a.py:3"
    )
    assert inline(line, "another-rule", "a.py:3") is None
    assert inline('KEY = "x"  # an esclusa', "aws-key", "a.py:3") is None


@pytest.mark.parametrize(
    "line",
    [
        "# esclusa: accept",
        "# esclusa: accept aws-key",
        "# esclusa: accept aws-key: it is fine",
        "# esclusa: accept aws-key until 2027-01-31",
        "# esclusa: accept aws-key until 2027-01-31: ",
        "# esclusa: accept aws-key until 2027-13-31: it is fine",
    ],
)
def test_a_line_that_says_no_reason_or_no_day_accepts_nothing_and_is_told(line: str) -> None:
    assert inline(line, "aws-key", "a.py:3") == Unseen(
        place="a.py:3",
        why="an acceptance without a rule, a day or a reason",
        mend="esclusa: accept aws-key until 2027-01-31: why it may stay",
    )


def test_what_is_written_is_read_again_and_what_was_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "accepted.yaml"
    add(path, "accepted.yaml", [FIRST], ONE)
    path.write_text("# ours\n" + path.read_text())
    add(path, "accepted.yaml", [SECOND], ONE)
    assert path.read_text().startswith("# ours\naccepted:\n")
    assert {key: (one.reason, one.by, one.expires) for key, one in load(path, "accepted.yaml").items()} == {
        FIRST: ("the vendor's example", "ana", date(2027, 1, 31)),
        SECOND: ("the vendor's example", "ana", date(2027, 1, 31)),
    }


@pytest.mark.parametrize("text", ["# ours\naccepted: []\n", "# ours\naccepted:  [ ]", "# ours\n" + entry()])
@pytest.mark.parametrize("margin", ["", "    "])
def test_what_is_added_stands_as_what_was_there_does(tmp_path: Path, text: str, margin: str) -> None:
    path = written(tmp_path, text.replace("\n    ", f"\n{margin}  ").replace("  - ", f"{margin}- "))
    before = list(load(path, "accepted.yaml"))
    add(path, "accepted.yaml", [SECOND], ONE)
    assert list(load(path, "accepted.yaml")) == [*before, SECOND]
    assert path.read_text().startswith("# ours\naccepted:")


def test_a_file_that_is_broken_is_not_added_to(tmp_path: Path) -> None:
    path = written(tmp_path, "accepted:\n- fingerprint: x\n")
    with pytest.raises(ConfigurationError):
        add(path, "accepted.yaml", [FIRST], ONE)
    assert path.read_text() == "accepted:\n- fingerprint: x\n"
    assert [one.name for one in tmp_path.iterdir()] == ["accepted.yaml"]


@pytest.mark.parametrize("strange", ["*", "0123", FIRST.upper()])
def test_what_is_no_fingerprint_is_not_written(tmp_path: Path, strange: str) -> None:
    with pytest.raises(UsageError, match="is no fingerprint"):
        add(tmp_path / "accepted.yaml", "accepted.yaml", [strange], ONE)
    assert list(tmp_path.iterdir()) == []


def test_what_is_accepted_already_is_not_accepted_again(tmp_path: Path) -> None:
    path = written(tmp_path, entry())
    with pytest.raises(UsageError, match=r"accepted already, at accepted.yaml:2"):
        add(path, "accepted.yaml", [FIRST], ONE)
    assert path.read_text() == entry()
