"""The source of a scan, from what is asked for to pieces."""

import base64
from datetime import date
from pathlib import Path

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.scans.piece import Excluded, Piece, Read
from esclusa.scans.request import Request
from esclusa.scans.source import source
from tests.scans.repositories import Repo
from tests.scans.test_archives import zipped

SECRET = b"password = correct horse battery staple\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo")


def read(root: Path, repository: Path | None = None, history: str = "all", *excluded: str) -> list[Read]:
    request = Request(
        kind="secrets",
        root=str(root),
        target="what is asked for",
        today=date(2026, 11, 26),
        cache="",
        repository=str(repository or ""),
        history=history,
        excluded=excluded,
    )
    return list(source(request))


def told(reads: list[Read]) -> list[tuple[str, bytes, bool]]:
    """Name, content, and whether it is of history; without messages."""
    return [
        (one.name, one.data, one.commit != "")
        for one in reads
        if isinstance(one, Piece) and " message" not in one.name
    ]


def test_the_tree_comes_first_and_then_what_history_has_beside_it(repo: Repo) -> None:
    repo.commit({"a": b"old", "b": b"same"})
    repo.commit({"a": b"new"})
    tree = [("a", b"new", False), ("b", b"same", False)]
    assert told(read(repo.path)) == tree
    assert told(read(repo.path, repo.path, "none")) == tree
    assert told(read(repo.path, repo.path)) == [*tree, ("a", b"old", True)]
    assert told(read(repo.path, repo.path, "HEAD")) == tree


def test_a_secret_in_the_last_commit_is_not_hidden_by_a_change_that_is_not_committed(repo: Repo) -> None:
    repo.commit({"a": SECRET})
    repo.write({"a": b"nothing"})
    assert told(read(repo.path, repo.path)) == [("a", b"nothing", False), ("a", SECRET, True)]


def test_a_copy_of_another_commit_s_tree_leaves_nothing_out(repo: Repo, tmp_path: Path) -> None:
    first = repo.commit({"a": b"1", "b/c": b"same", ".gitignore": b"/copy/\n"})
    repo.commit({"a": b"2"})
    for copy in (repo.path / "copy", tmp_path / "copy"):
        repo.git("checkout-index", "--all", f"--prefix={copy}/")
        (copy / "a").write_bytes(repo.git("show", f"{first}:a").encode())
        assert told(read(copy, repo.path)) == [
            (".gitignore", b"/copy/\n", False),
            ("a", b"1", False),
            ("b/c", b"same", False),
            ("a", b"2", True),
        ]


def test_of_a_directory_of_a_repository_all_of_history_is_looked_at(repo: Repo) -> None:
    repo.commit({"sub/a": b"old", "sub/data/d": b"d1", "data/e": b"e1", "b": b"b"})
    repo.commit({"sub/a": b"new", "sub/data/d": b"d2", "data/e": b"e2"})
    found = read(repo.path / "sub", repo.path, "all", "/data/")
    assert told(found) == [
        ("a", b"new", False),
        ("b", b"b", True),
        ("data/e", b"e1", True),
        ("sub/a", b"old", True),
        ("data/e", b"e2", True),
    ]
    assert [one.place for one in found if isinstance(one, Excluded)] == ["data/"]


def test_what_tree_and_history_both_leave_out_is_said_once(repo: Repo) -> None:
    repo.commit({"data/a": b"1"})
    repo.commit({"data/a": b"2"})
    found = read(repo.path, repo.path, "all", "data/")
    assert [one for one in found if isinstance(one, Excluded)] == [Excluded(place="data/", pattern="data/")]


def test_all_of_it_is_opened(repo: Repo) -> None:
    repo.commit({"old.zip": zipped({"key": SECRET})})
    (repo.path / "old.zip").unlink()
    repo.commit({"new.yaml": b"key: " + base64.b64encode(SECRET)})
    found = read(repo.path, repo.path)
    assert ("new.yaml", SECRET, False) in told(found)
    assert ("old.zip!key", SECRET, True) in told(found)


def test_wrong_settings_are_told_before_anything_is_read(repo: Repo) -> None:
    repo.commit({"a": b"1"})
    with pytest.raises(ConfigurationError, match="no commit 'nowhere'"):
        read(repo.path, repo.path, "nowhere")
    with pytest.raises(ConfigurationError, match="`!` is no pattern"):
        read(repo.path, None, "none", "!")


def test_a_repository_that_is_none_is_unseen_and_the_tree_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    for repository in (tmp_path, tmp_path / "nowhere"):
        first, second = read(tmp_path, repository)
        assert told([first]) == [("a", b"1", False)]
        assert getattr(second, "place", "") == "history"
