"""Git as a source, on real repositories."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from esclusa.core.errors import UsageError
from esclusa.core.value import decode, encode
from esclusa.sources.git import (
    Commit,
    find_commit,
    lay_out,
    lay_out_again,
    lay_out_dirty,
    submodules,
    submodules_dirty,
    uncommitted,
)

Git = Callable[..., str]


def commit(git: Git, repo: Path, files: dict[str, str], message: str = "change") -> str:
    for name, text in files.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(text)
    git("add", "--all")
    git("commit", "--quiet", "-m", message)
    return git("rev-parse", "HEAD")


def contents(directory: Path) -> dict[str, str]:
    return {
        path.relative_to(directory).as_posix(): path.read_text()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_a_commit_is_named_by_any_revision_and_tells_its_tree_and_first_line(
    git: Git, tmp_path: Path
) -> None:
    sha = commit(git, tmp_path / "repo", {"a.txt": "1"}, "First line\n\nand more")
    git("tag", "v1")
    found = anyio.run(find_commit, tmp_path / "repo", "v1")
    assert (found.sha, found.tree, found.subject) == (sha, git("rev-parse", "HEAD^{tree}"), "First line")


def test_an_unknown_revision_is_a_usage_error_with_a_mend(git: Git, tmp_path: Path) -> None:
    commit(git, tmp_path / "repo", {"a.txt": "1"})
    with pytest.raises(UsageError, match="no commit 'nowhere' in repo") as caught:
        anyio.run(find_commit, tmp_path / "repo", "nowhere")
    assert caught.value.mend.startswith("name a commit, branch or tag")


def test_outside_git_the_mend_is_a_repository(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        anyio.run(find_commit, tmp_path, "HEAD")
    assert raised.value.message == f"{tmp_path.name} is in no git repository, and a run takes a commit"
    assert raised.value.mend == "git init, git add and git commit; then run again"


def test_a_checkout_holds_the_commit_and_nothing_uncommitted(git: Git, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    commit(git, repo, {"a.txt": "committed", "deep/b.txt": "b"})
    (repo / "a.txt").write_text("changed")
    (repo / "staged.txt").write_text("staged")
    git("add", "staged.txt")
    found = anyio.run(find_commit, repo, "HEAD")
    anyio.run(lay_out, repo, found, tmp_path / "out")
    assert contents(tmp_path / "out") == {"a.txt": "committed", "deep/b.txt": "b"}
    assert git("status", "--porcelain").splitlines() == ["M a.txt", "A  staged.txt"]


def test_an_older_commit_can_be_laid_out_while_a_newer_one_is_checked_out(git: Git, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    first = commit(git, repo, {"a.txt": "1", "gone.txt": "x"})
    git("rm", "--quiet", "gone.txt")
    commit(git, repo, {"a.txt": "2"})
    anyio.run(lay_out, repo, anyio.run(find_commit, repo, first), tmp_path / "out")
    assert contents(tmp_path / "out") == {"a.txt": "1", "gone.txt": "x"}


def test_the_dirty_tree_holds_changes_and_new_files_but_nothing_ignored(git: Git, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    commit(git, repo, {"a.txt": "1", ".gitignore": "*.log\n", "deleted.txt": "x"})
    (repo / "a.txt").write_text("changed")
    (repo / "new ñ.txt").write_text("new")
    (repo / "noise.log").write_text("ignored")
    (repo / "deleted.txt").unlink()
    digest = anyio.run(lay_out_dirty, repo, tmp_path / "out")
    again = anyio.run(lay_out_dirty, repo, tmp_path / "again")
    assert contents(tmp_path / "out") == {".gitignore": "*.log\n", "a.txt": "changed", "new ñ.txt": "new"}
    assert digest == again == lay_out_again(tmp_path / "out", tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(tmp_path / "out")
    assert len(digest) == len(hashlib.sha256().hexdigest())


def test_a_dirty_tree_may_have_names_in_any_bytes(git: Git, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    commit(git, repo, {"a.txt": "1"})
    (repo / os.fsdecode(b"caf\xe9.txt")).write_text("2")
    (repo / "link").symlink_to(os.fsdecode(b"caf\xe9.txt"))
    digest = anyio.run(lay_out_dirty, repo, tmp_path / "out")
    assert digest == lay_out_again(tmp_path / "out", tmp_path / "copy")
    assert (tmp_path / "copy" / "link").read_text() == "2"


def test_repositories_within_are_named(git: Git, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    commit(git, repo, {"a.txt": "1"})
    git("clone", "-q", str(repo), str(repo / "inner"))
    found = anyio.run(find_commit, repo, "HEAD")
    assert anyio.run(submodules, repo, found) == ()
    assert anyio.run(submodules_dirty, repo) == ("inner",)
    git("-c", "advice.addEmbeddedRepo=false", "add", "inner")
    git("commit", "-qm", "a repository in a repository")
    found = anyio.run(find_commit, repo, "HEAD")
    assert anyio.run(submodules, repo, found) == anyio.run(submodules_dirty, repo) == ("inner",)


def test_uncommitted_paths_are_told(git: Git, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    commit(git, repo, {"a.txt": "1", "b c.txt": "2"})
    assert anyio.run(uncommitted, repo) == ()
    (repo / "b c.txt").write_text("3")
    (repo / "new.txt").write_text("4")
    assert set(anyio.run(uncommitted, repo)) == {"b c.txt", "new.txt"}


def test_a_message_that_is_no_text_is_still_shown(git: Git, tmp_path: Path) -> None:
    git("commit", "--quiet", "--allow-empty", "-m", "First")
    written = tmp_path / "commit"
    who = b"A <a@example.org> 1767225600 +0000"
    tree = git("rev-parse", "HEAD^{tree}").encode()
    written.write_bytes(b"tree %b\nauthor %b\ncommitter %b\n\nA\xf1o\n" % (tree, who, who))
    sha = git("hash-object", "-t", "commit", "-w", str(written))
    found = anyio.run(find_commit, tmp_path / "repo", sha)
    assert found.subject == "A\ufffdo"
    assert decode(Commit, encode(found)) == found


def test_a_revision_is_never_an_option_of_git(git: Git, tmp_path: Path) -> None:
    git("commit", "--quiet", "--allow-empty", "-m", "First")
    with pytest.raises(UsageError, match="no commit '--output=written'"):
        anyio.run(find_commit, tmp_path / "repo", "--output=written")
    assert not (tmp_path / "repo" / "written").exists()
