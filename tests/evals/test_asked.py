"""What was asked, and what of it was lost with the process that asked."""

from pathlib import Path

import pytest

from esclusa.core.errors import OutsideError
from esclusa.evals.asked import Asked


def passage(path: Path, asked: str, logged: str = "", subject: str = "s") -> int:
    """How many were asked twice so far, says a passage that asks these."""
    with Asked(path, subject, logged) as record:
        for question in asked:
            record.note(question)
        return record.again


def test_what_was_asked_and_is_not_in_the_log_was_lost(tmp_path: Path) -> None:
    path = tmp_path / "step" / "asked"
    assert passage(path, "abcd") == 0
    assert passage(path, "cd", logged="ab") == 2


def test_each_loss_counts_once_however_many_passages_follow(tmp_path: Path) -> None:
    path = tmp_path / "asked"
    passage(path, "abcd")
    assert passage(path, "", logged="ab") == 2  # killed before it asked anything
    assert passage(path, "cd", logged="ab") == 2
    assert passage(path, "d", logged="abc") == 3  # d was lost a second time
    assert passage(path, "", logged="abcd") == 3


def test_another_suite_or_release_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "asked"
    passage(path, "ab")
    assert passage(path, "abc", subject="other") == 0
    assert passage(path, "", subject="other") == 3


def test_a_torn_line_is_one_that_nobody_wrote(tmp_path: Path) -> None:
    path = tmp_path / "asked"
    passage(path, "ab")
    with path.open("ab") as file:
        file.write(b'"c')
    assert passage(path, "d") == 2
    assert passage(path, "") == 3


def test_ids_may_be_any_text(tmp_path: Path) -> None:
    path = tmp_path / "asked"
    with Asked(path, "s", ()) as record:
        for question in ('ñ\n"1"', "7", '{"subject": "s", "lost": 9}'):
            record.note(question)
    assert passage(path, "") == 3


def test_it_says_so_in_words(tmp_path: Path) -> None:
    path = tmp_path / "asked"
    notes = []
    for asked in ("a", "bc", "bc"):
        with Asked(path, "s", ()) as record:
            notes += [*record.notes(), "|"]
            for question in asked:
                record.note(question)
    assert notes == [
        "|",
        "1 case may have been asked twice: the run was broken off before the answer was kept",
        "|",
        "3 cases may have been asked twice: the run was broken off before the answer was kept",
        "|",
    ]


def test_without_a_file_nothing_is_known() -> None:
    with Asked(None, "s", ()) as record:
        record.note("a")
        assert record.notes() == ()


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "asked").mkdir()
    with pytest.raises(OutsideError, match="asked cannot be "):
        passage(tmp_path / "asked", "a")


def test_a_full_disk_is_named() -> None:
    with pytest.raises(OutsideError, match=r"/dev/full cannot be written: No space left on device"):
        passage(Path("/dev/full"), "a")


def test_what_was_lost_with_a_worker_counts_by_itself_and_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "asked"
    with Asked(path, "s", ()) as record:
        for question in "ab":
            record.note(question)
        record.lost("b")
        record.lost("b")
        assert record.again == 0
    with Asked(path, "s", "ab") as record:
        record.lost("c")
        assert record.notes() == (
            "3 cases may have been asked twice: a worker was lost before it gave the answer back",
        )
    with Asked(path, "other", ()) as record:
        assert record.notes() == ()
