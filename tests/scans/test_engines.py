"""What engines are let look at: all of it, or what is below some paths."""

import sys
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.core.scan import Report, Unseen
from esclusa.scans.engines import OURS, looked, within
from esclusa.scans.piece import Excluded, Piece, Read
from esclusa.scans.request import Request


def file(name: str) -> Piece:
    return Piece(name=name, data=b"")


def test_only_what_is_below_the_paths_is_read_and_what_the_run_made() -> None:
    kept: list[Read] = [
        file("prompts/a.txt"),
        file("prompts/b.zip!c.txt"),
        file("data.zip!d.txt"),
        file("evals/x/cases.jsonl"),
        Unseen(place="prompts/big.bin", why="large"),
        Excluded(place="prompts/old", pattern="old"),
        file("answers/eval.quality.jsonl"),
    ]
    others: list[Read] = [file("src/a.py"), file("prompts.py"), Unseen(place="src/big.bin", why="large")]
    assert list(within([*kept, *others], ("prompts/", "data.zip", "evals/*.jsonl", "answers/"))) == kept


def test_a_path_below_which_there_is_nothing_is_unseen() -> None:
    assert list(within([file("a.txt")], ("prompt/", "a.txt", "answers/", "logs/"))) == [
        file("a.txt"),
        Unseen(place="prompt/", why="there is no file to look at", mend="correct the path"),
    ]


def test_a_detector_whose_library_is_missing_makes_a_scan_that_was_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("esclusa.scans.pii.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    request = Request(
        kind="pii", root=str(tmp_path), target="here", today=date(2026, 11, 26), cache=str(tmp_path)
    )
    assert looked(request, ("personal-data",), {}) == Report(
        kind="pii",
        target="here",
        ran=False,
        trouble="phonenumbers is not installed",
        mend="pip install 'esclusa[scan]'",
    )


@pytest.mark.parametrize("engines", [("kingfisher",), ("presidio",)])
def test_engines_that_can_find_nothing_of_what_it_is_for_make_no_clean_scan(
    tmp_path: Path, engines: tuple[str, ...]
) -> None:
    request = Request(
        kind="pii",
        root=str(tmp_path),
        target="here",
        today=date(2026, 11, 26),
        cache=str(tmp_path),
        engines=engines,
    )
    with pytest.raises(ConfigurationError):
        looked(request, ("personal-data",), {})


@pytest.mark.parametrize(("excluded", "paths"), [(("*",), ()), ((), ("answers/",))])
def test_a_scan_that_had_nothing_to_look_at_is_not_clean(
    tmp_path: Path, excluded: tuple[str, ...], paths: tuple[str, ...]
) -> None:
    (tmp_path / "a.txt").write_text("a")
    request = Request(
        kind="pii",
        root=str(tmp_path),
        target="here",
        today=date(2026, 11, 26),
        cache=str(tmp_path),
        excluded=excluded,
        settings={"paths": paths},
        whole=True,
    )
    report = looked(request, ("personal-data",), {})
    assert (report.state, report.trouble) == ("error", "there was nothing to look at")


def test_of_each_engine_of_ours_is_known_what_it_looks_for() -> None:
    assert set(OURS) == {
        one.name for one in entry_points(group="esclusa.detectors") if one.value.startswith("esclusa.")
    }
