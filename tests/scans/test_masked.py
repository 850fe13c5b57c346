"""What a finding shows of what was found: the place, and nothing of the value."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.evidence import Finding, Place
from esclusa.core.value import encode
from esclusa.scans.detector import Hit
from esclusa.scans.masked import findings
from esclusa.scans.piece import Piece


def piece(text: str, name: str = "src/agent.py", **more: object) -> Piece:
    return Piece(name=name, data=text.encode(), **more)  # type: ignore[arg-type]


def hit(where: Piece, value: str, rule: str = "token", **more: object) -> Hit:
    start = where.data.index(value.encode())
    end = start + len(value.encode())
    return Hit(piece=where, rule=rule, message="a token", start=start, end=end, **more)  # type: ignore[arg-type]


def one(where: Piece, value: str) -> Finding:
    [(_, finding)] = findings([hit(where, value)], "secrets")
    return finding


def test_a_finding_says_where_and_shows_the_line_without_the_value() -> None:
    found = one(piece("import os\nTOKEN = 'abc123'  # mine\n"), "abc123")
    assert found == Finding(
        rule="token",
        message="a token",
        severity="high",
        confidence="high",
        place=Place(file="src/agent.py", line=2),
        excerpt="TOKEN = '•••'  # mine",
        fingerprint=found.fingerprint,
        metric="secrets",
    )


def test_the_fingerprint_stays_when_lines_above_move_and_changes_with_the_value_the_file_and_the_line() -> (
    None
):
    first = one(piece("TOKEN = 'abc123'"), "abc123").fingerprint
    assert one(piece("\n\n# more\nTOKEN = 'abc123'"), "abc123").fingerprint == first
    assert one(piece("TOKEN = 'abc123'", commit="1" * 40), "abc123").fingerprint == first
    others = {
        one(piece("TOKEN = 'abd124'"), "abd124").fingerprint,
        one(piece("TOKEN = 'abc123'", name="other.py"), "abc123").fingerprint,
        one(piece("TOKEN = 'abc123' # now another line"), "abc123").fingerprint,
    }
    assert len(others) == 3
    assert first not in others


def test_of_two_alike_in_one_file_each_has_a_fingerprint_of_its_own() -> None:
    where = piece("KEY = 'abc123'\nKEY = 'abc123'\n")
    hits = [
        Hit(piece=where, rule="token", message="a token", start=start, end=start + 6) for start in (7, 22)
    ]
    found = [finding for _, finding in findings(hits, "secrets")]
    assert [finding.place for finding in found] == [
        Place(file="src/agent.py", line=1),
        Place(file="src/agent.py", line=2),
    ]
    assert len({finding.fingerprint for finding in found}) == 2


def test_a_value_of_which_a_rule_caught_a_part_is_masked_to_the_end_of_its_word() -> None:
    assert one(piece("key: sk-live-abcdefgh12345678=="), "abcdefgh").excerpt == "key: •••"


def test_another_value_on_the_same_line_is_masked_too() -> None:
    where = piece("a = 'first1', b = 'second2'")
    found = [finding.excerpt for _, finding in findings([hit(where, "first1"), hit(where, "second2")], "pii")]
    assert found == ["a = '•••', b = '•••'"] * 2


def test_a_value_over_several_lines_is_shown_by_the_rest_of_its_first_and_last() -> None:
    where = piece("x = '-----BEGIN\nMIIB\n-----END'; y")
    assert one(where, "-----BEGIN\nMIIB\n-----END").excerpt == "x = '•••'; y"


def test_what_was_decoded_is_placed_where_its_text_stands() -> None:
    where = piece("a\nb\npassword=abc123", line=17)
    assert one(where, "abc123").place == Place(file="src/agent.py", line=17)


def test_a_long_line_is_cut_on_both_sides() -> None:
    found = one(piece(f"{'x ' * 100}'abc123'{' y' * 100}"), "abc123").excerpt
    assert found.startswith("…")
    assert found.endswith("…")
    assert len(found) < 130


def test_what_is_only_said_is_counted_by_no_metric() -> None:
    where = piece("a name: Ana Ruiz")
    [(_, found)] = findings([hit(where, "Ana Ruiz", advisory=True)], "pii")
    assert found.metric == ""


def test_what_steers_a_terminal_is_not_in_the_excerpt() -> None:
    where = piece("\x1b[2J\x1b]0;owned\x07k = 'abc123'")
    assert one(where, "abc123").excerpt == "k = '•••'"


WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCDEF0123456789_-+/", min_size=8, max_size=60)
AROUND = st.text(max_size=80)


@given(WORDS, AROUND, AROUND, st.integers(0, 3))
def test_the_value_is_in_no_part_of_a_finding(value: str, before: str, behind: str, cut: int) -> None:
    """Also where the rule caught only a part of it."""
    head, tail = before.replace(value, ""), behind.replace(value, "")
    where = piece(f"{head}'{value}'{tail}")
    start = len(head.encode()) + 1
    caught = Hit(
        piece=where, rule="token", message="a token", start=start + cut, end=start + len(value) - cut
    )
    [(_, found)] = findings([caught], "secrets")
    told = encode(found)
    assert value not in found.excerpt
    assert value.encode() not in told
    for name in ("sha256", "sha1", "md5"):
        assert hashlib.new(name, value.encode()).hexdigest()[:12].encode() not in told
