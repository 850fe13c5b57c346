"""What a project wants left out."""

import subprocess
from pathlib import Path

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.scans.patterns import Patterns
from esclusa.scans.piece import Excluded

LINES = (
    "*.log",
    "!keep.log",
    "data/",
    "!data/x/",
    "/top.txt",
    "docs/**/old",
    "a?b",
    "# no pattern",
    "",
    "**/deep/",
)
PATHS = (
    *("x.log", "keep.log", "sub/x.log", "sub/keep.log", "data/x/y.txt", "data/1", "sub/data/2", "datas/3"),
    *(
        "top.txt",
        "sub/top.txt",
        "docs/a/b/old",
        "docs/old",
        "docs/a/old/c",
        "acb",
        "a/b",
        "q/deep/er",
        "# no pattern",
    ),
)


def test_it_leaves_out_what_git_would_ignore(tmp_path: Path) -> None:
    subprocess.run(("git", "init", "--quiet", "."), cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("\n".join(LINES))
    asked = subprocess.run(
        ("git", "check-ignore", "--stdin"),
        cwd=tmp_path,
        input="\n".join(PATHS),
        capture_output=True,
        text=True,
    )
    patterns = Patterns(LINES)
    assert [path for path in PATHS if patterns.excludes(path)] == asked.stdout.splitlines()


def test_the_uppermost_directory_that_is_left_out_is_said_and_once() -> None:
    patterns = Patterns(("data/", "*.log"))
    assert list(patterns.said("a/data/b/c.log")) == [Excluded(place="a/data/", pattern="data/")]
    assert list(patterns.said("a/data/d.txt")) == []
    assert list(patterns.said("e.log")) == [Excluded(place="e.log", pattern="*.log")]


def test_below_a_directory_patterns_are_relative_to_it_and_touch_nothing_else() -> None:
    patterns = Patterns(("/data/",), "sub/")
    assert [patterns.excludes(path) for path in ("sub/data/a", "data/a", "sub/x/data/a")] == [
        True,
        False,
        False,
    ]
    assert list(patterns.said("sub/data/a")) == [Excluded(place="sub/data/", pattern="/data/")]


def test_a_pattern_that_is_none_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigurationError) as raised:
        Patterns(("fine", "!"))
    assert raised.value.message == "`!` is no pattern of what to leave out"
    assert raised.value.mend == "write it as in a .gitignore"
