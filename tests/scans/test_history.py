"""History as pieces, on real repositories."""

import hashlib
import os
import zlib
from pathlib import Path

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.core.scan import Unseen
from esclusa.core.value import encode
from esclusa.scans.history import read_history
from esclusa.scans.piece import LARGEST, Excluded, Piece, Read
from esclusa.scans.tree import read_tree
from tests.scans.repositories import Repo

REFETCH = "git fetch --refetch, or clone it again in full"
Told = list[tuple[str, bytes, str]]


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo")


def reads(repo: Repo, since: str = "", *excluded: str, largest: int = LARGEST) -> list[Read]:
    return list(read_history(repo.path, since, largest, excluded))


def files(repo: Repo, since: str = "", *excluded: str) -> Told:
    """The files among the pieces; every read has to be a piece."""
    found = reads(repo, since, *excluded)
    assert [read for read in found if not isinstance(read, Piece)] == []
    return [
        (read.name, read.data, read.commit)
        for read in found
        if isinstance(read, Piece) and " message" not in read.name
    ]


def messages(repo: Repo, since: str = "") -> Told:
    return [
        (read.name, read.data, read.commit)
        for read in reads(repo, since)
        if isinstance(read, Piece) and " message" in read.name
    ]


def unseen(repo: Repo, since: str = "", largest: int = LARGEST) -> list[Unseen]:
    return [read for read in reads(repo, since, largest=largest) if isinstance(read, Unseen)]


def test_what_was_changed_or_deleted_is_there_with_the_commit_that_brought_it(repo: Repo) -> None:
    first = repo.commit({"a.py": b"old", "b.py": b"stays"})
    second = repo.commit({"a.py": b"newer", "c/d.py": b"gone"})
    (repo.path / "c/d.py").unlink()
    repo.commit({"a.py": b"newest"})
    assert files(repo) == [("a.py", b"old", first), ("a.py", b"newer", second), ("c/d.py", b"gone", second)]


def test_what_is_in_the_tree_is_not_there_and_the_same_under_another_name_is(repo: Repo) -> None:
    first = repo.commit({"old.py": b"same", "stays": b"1"})
    repo.git("mv", "old.py", "new.py")
    repo.commit({})
    assert files(repo) == [("old.py", b"same", first)]


def test_the_same_content_is_there_once_with_the_oldest_commit(repo: Repo) -> None:
    first = repo.commit({"a": b"x"})
    repo.commit({"a": b"y", "b": b"x"})
    repo.commit({"a": b"x"})
    (repo.path / "a").unlink()
    (repo.path / "b").unlink()
    second = repo.git("rev-parse", "HEAD~1")
    repo.commit({})
    assert files(repo) == [("a", b"x", first), ("a", b"y", second)]


def test_every_ref_is_looked_at(repo: Repo) -> None:
    repo.commit({"a": b"1"})
    on = {}
    for name in ("side", "tagged", "remote", "noted", "detached"):
        repo.git("checkout", "--quiet", "--detach", "main")
        on[name] = repo.commit({name: name.encode()})
        (repo.path / name).unlink()
    repo.git("checkout", "--quiet", "main")
    repo.git("update-ref", "refs/heads/side", on["side"])
    repo.git("tag", "v1", on["tagged"])
    repo.git("update-ref", "refs/remotes/origin/x", on["remote"])
    repo.git("notes", "add", "-m", "a note", "main")
    repo.git("update-ref", "refs/pull/1/head", on["noted"])
    repo.git("checkout", "--quiet", "--detach", on["detached"])
    found = {(name, data) for name, data, _ in files(repo)}
    note = (repo.git("rev-parse", "main"), b"a note\n")
    assert found == {(name, name.encode()) for name in on if name != "detached"} | {note}


def test_the_stash_is_looked_at_with_the_index_and_what_was_not_tracked_and_the_older_ones(
    repo: Repo,
) -> None:
    repo.commit({"a": b"1"})
    for number in (b"first", b"second"):
        repo.write({"a": b"staged " + number})
        repo.git("add", "a")
        repo.write({"a": b"unstaged " + number, "new": b"untracked " + number})
        repo.git("stash", "--quiet", "--include-untracked")
    assert {data for _, data, _ in files(repo)} == {
        *(b"staged first", b"unstaged first", b"untracked first"),
        *(b"staged second", b"unstaged second", b"untracked second"),
    }


def test_what_only_a_merge_brought_is_there(repo: Repo) -> None:
    repo.commit({"a": b"1\n", "b": b"1"})
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit({"a": b"2\n"})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"b": b"2"})
    repo.git("merge", "--quiet", "--no-commit", "side")
    repo.write({"evil": b"of the merge", "a": b"of the merge too"})
    merge = repo.commit({})
    (repo.path / "evil").unlink()
    last = repo.commit({"a": b"3"})
    found = files(repo)
    assert ("evil", b"of the merge", merge) in found
    assert ("a", b"of the merge too", merge) in found
    assert len(found) == len({data for _, data, _ in found}) == 5
    assert last not in [commit for _, _, commit in found]


def test_messages_of_commits_and_tags_are_there(repo: Repo) -> None:
    first = repo.commit({"a": b"1"}, "First line\n\nand more")
    repo.git("tag", "-a", "v1", "-m", "tag one")
    repo.git("tag", "-a", "v2", "-m", "tag of a tag", "v1")
    repo.git("tag", "light")
    one, two = repo.git("rev-parse", "v1"), repo.git("rev-parse", "v2")
    assert sorted(messages(repo)) == [
        ("commit message", b"First line\n\nand more\n", first),
        ("tag message v1", b"tag one\n", one),
        ("tag message v2", b"tag of a tag\n", two),
    ]


def test_a_tag_in_a_tag_that_no_ref_names_any_more_is_there(repo: Repo) -> None:
    repo.commit({"a": b"1"})
    repo.git("tag", "-a", "inner", "-m", "inner text")
    repo.git("tag", "-a", "outer", "-m", "outer text", "inner")
    repo.git("tag", "-d", "inner")
    assert {data for name, data, _ in messages(repo) if name == "tag message outer"} == {
        b"inner text\n",
        b"outer text\n",
    }


def test_refs_to_files_and_to_trees_are_looked_at(repo: Repo) -> None:
    repo.commit({"a": b"1"})
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"only a ref has it")
    other = repo.git("hash-object", "-w", "--stdin", stdin=b"only a tree has it")
    tree = repo.git("mktree", stdin=f"100644 blob {other}\tkey.txt\n".encode())
    repo.git("update-ref", "refs/keys/one", blob)
    repo.git("update-ref", "refs/keys/tree", tree)
    repo.git(
        "tag", "-a", "signed", "-m", "a key", repo.git("hash-object", "-w", "--stdin", stdin=b"of a tag")
    )
    found = files(repo)
    assert ("refs/keys/one", b"only a ref has it", blob) in found
    assert ("key.txt", b"only a tree has it", tree) in found
    assert b"of a tag" in [data for _, data, _ in found]
    assert len(found) == 3


def test_since_a_commit_is_what_commits_brought_that_it_does_not_have(repo: Repo) -> None:
    repo.commit({"a": b"old"}, "one")
    repo.git("tag", "-a", "before", "-m", "before")
    base = repo.commit({"a": b"older"}, "two")
    later = repo.commit({"a": b"later"}, "three")
    repo.git("tag", "-a", "behind", "-m", "behind")
    repo.commit({"a": b"now"}, "four")
    assert files(repo, base) == [("a", b"later", later)]
    assert files(repo, "HEAD~2") == files(repo, base)
    names = {name for name, _, _ in messages(repo, base)}
    assert (names, len(messages(repo, base))) == ({"commit message", "tag message behind"}, 3)


def test_a_since_that_names_no_commit_is_a_wrong_setting(repo: Repo) -> None:
    repo.commit({"a": b"1"})
    for since in ("nowhere", "--all", "HEAD:a"):
        with pytest.raises(ConfigurationError, match="to look at history since"):
            read_history(repo.path, since, LARGEST, ())


def test_what_is_left_out_is_said_once(repo: Repo) -> None:
    repo.commit({"data/a": b"1", "data/b": b"2", "c": b"3"})
    repo.commit({"data/a": b"4", "data/b": b"5", "c": b"6"})
    found = [read for read in reads(repo, "", "data/") if isinstance(read, Excluded)]
    assert found == [Excluded(place="data/", pattern="data/")]
    held = [read.data for read in reads(repo, "", "data/") if isinstance(read, Piece)]
    assert b"3" in held
    assert not {b"1", b"2"}.intersection(held)


def test_a_version_that_is_too_large_is_unseen(repo: Repo) -> None:
    first = repo.commit({"a": b"x" * 1000})
    repo.commit({"a": b"y"})
    assert unseen(repo, largest=999) == [
        Unseen(
            place=f"a in {first[:12]}",
            why="1000 bytes is more than the 999 bytes that are looked at",
            mend="exclude it, or raise `largest`",
        )
    ]


def test_links_and_submodules_are_passed_over(repo: Repo) -> None:
    (repo.path / "link").symlink_to("target")
    sha = repo.commit({})
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{sha},module")
    repo.git("commit", "--quiet", "-m", "module")
    (repo.path / "link").unlink()
    repo.git("rm", "--quiet", "--cached", "module", "link")
    repo.git("commit", "--quiet", "-m", "none")
    assert files(repo) == []


def test_names_in_any_bytes_are_read_and_shown_harmlessly(repo: Repo) -> None:
    for name in (b"caf\xe9", b"new\nline", b'quo"te'):
        Path(os.fsdecode(os.fsencode(repo.path) + b"/" + name)).write_bytes(name)
    repo.commit({})
    repo.git("rm", "--quiet", "-r", ".")
    repo.commit({})
    assert {name for name, _, _ in files(repo)} == {r"caf\xe9", r"new\nline", 'quo"te'}
    assert all(encode(name) for name, _, _ in files(repo))


# What is not there


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to somebody else")
def test_a_repository_of_somebody_else_is_unseen_with_the_mend(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repo.commit({"a": b"1"})
    monkeypatch.setenv("HOME", str(tmp_path))  # where nothing is declared safe
    for path in (repo.path, *repo.path.rglob("*")):
        os.chown(path, 65_534, 65_534)
    mend = "git config --global --add safe.directory, with the repository's path"
    [found] = reads(repo)
    assert isinstance(found, Unseen)
    assert (found.place, found.mend) == ("history", mend)
    first, *others = read_tree(repo.path, (), LARGEST)
    assert isinstance(first, Unseen)
    assert (first.place, first.mend, others) == (".", mend, [Piece(name="a", data=b"1")])


def test_a_repository_with_no_commits_has_no_history_that_could_be_looked_at(repo: Repo) -> None:
    [found] = reads(repo)
    assert isinstance(found, Unseen)
    assert (found.place, found.why) == ("history", "the repository has no commits")


def test_no_repository_is_unseen(tmp_path: Path) -> None:
    [found] = read_history(tmp_path, "", LARGEST, ())
    assert isinstance(found, Unseen)
    assert (found.place, found.mend) == ("history", "name a git repository, or `history: none`")
    assert "not a git repository" in found.why


def test_what_came_before_a_shallow_clone_is_unseen(repo: Repo, tmp_path: Path) -> None:
    for number in range(4):
        repo.commit({"a": b"%d" % number})
    Repo(tmp_path).git("clone", "--quiet", "--depth=2", f"file://{repo.path}", "shallow")
    shallow = Repo(tmp_path / "shallow")
    mend = "git fetch --unshallow; in CI, fetch-depth: 0"
    why = "a shallow clone: what came before 1 commit is not here"
    assert unseen(shallow) == [Unseen(place="history", why=why, mend=mend)]
    assert next(read.data for read in reads(shallow) if isinstance(read, Piece)) == b"2"
    assert unseen(shallow, "HEAD~1") == []


def test_what_a_partial_clone_left_out_is_unseen_and_not_fetched(repo: Repo, tmp_path: Path) -> None:
    first = repo.commit({"a": b"1", "b": b"0"})
    second = repo.commit({"a": b"2"})
    repo.commit({"a": b"3"})
    repo.git("config", "uploadpack.allowFilter", "true")
    Repo(tmp_path).git("clone", "--quiet", "--filter=blob:none", f"file://{repo.path}", "partial")
    partial = Repo(tmp_path / "partial")
    why = "git does not have it, or it is broken"
    missing = [Unseen(place=f"a in {sha[:12]}", why=why, mend=REFETCH) for sha in (first, second)]
    assert unseen(partial) == missing
    assert unseen(partial) == missing
    assert len(messages(partial)) == 3


def test_an_object_that_is_broken_is_unseen_and_the_others_are_read(repo: Repo) -> None:
    commits = [repo.commit({"a": b"version %d" % number}) for number in range(4)]
    broken = repo.git("rev-parse", f"{commits[1]}:a")
    path = repo.path / ".git/objects" / broken[:2] / broken[2:]
    path.chmod(0o644)
    lies = (zlib.compress(b"blob %d\0something else" % size) for size in (9, 14, 15, 99, 999))
    for garbage in (*lies, b"garbage", b""):
        path.write_bytes(garbage)
        found = reads(repo)
        assert [read.data for read in found if isinstance(read, Piece)][:2] == [b"version 0", b"version 2"]
        assert [read.place for read in found if isinstance(read, Unseen)] == [f"a in {commits[1][:12]}"]


def test_a_commit_of_which_the_tree_is_missing_is_unseen_and_the_others_are_read(repo: Repo) -> None:
    commits = [repo.commit({"a": b"%d" % number, "b": b"x%d" % number}) for number in range(5)]
    tree = repo.git("rev-parse", f"{commits[1]}^{{tree}}")
    (repo.path / ".git/objects" / tree[:2] / tree[2:]).unlink()
    found = reads(repo)
    assert [(read.place, read.mend) for read in found if isinstance(read, Unseen)] == [
        (f"commit {commits[1]}", REFETCH),
        (f"commit {commits[2]}", REFETCH),
    ]
    held = {read.data for read in found if isinstance(read, Piece)}
    assert {b"0", b"x0", b"3", b"x3"} <= held


def test_a_commit_that_is_missing_makes_history_unseen(repo: Repo) -> None:
    commits = [repo.commit({"a": b"%d" % number}) for number in range(3)]
    (repo.path / ".git/objects" / commits[1][:2] / commits[1][2:]).unlink()
    [found] = reads(repo)
    assert isinstance(found, Unseen)
    assert (found.place, found.mend) == ("history", "run `git fsck`")


def test_neither_replaced_nor_grafted_commits_hide_anything(repo: Repo) -> None:
    first = repo.commit({"a": b"secret"})
    second = repo.commit({"a": b"public"})
    repo.commit({"a": b"now"})
    expected = [("a", b"secret", first), ("a", b"public", second)]
    assert files(repo) == expected
    repo.git("replace", "--graft", second)
    assert {data for _, data, _ in files(repo)} == {b"secret", b"public"}
    repo.git("replace", "--delete", second)
    (repo.path / ".git/info").mkdir(exist_ok=True)
    (repo.path / ".git/info/grafts").write_text(f"{second}\n")
    assert files(repo) == expected


def test_a_repository_of_sha_256_is_read(tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.mkdir()
    repo = Repo(path)
    repo.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    first = repo.commit({"a": b"1"})
    repo.commit({"a": b"2"})
    assert (len(first), files(repo)) == (64, [("a", b"1", first)])


def test_nothing_that_the_repository_s_configuration_names_is_run(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a.txt": b"1", ".gitattributes": b"*.txt diff=evil filter=evil\n"})
    repo.commit({"a.txt": b"2"})
    repo.git("stash", "list")
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "gpg.program", "diff.external", "diff.evil.textconv"):
        repo.git("config", key, str(hook))
    for key in ("filter.evil.smudge", "filter.evil.clean", "diff.evil.command", "core.sshCommand"):
        repo.git("config", key, str(hook))
    repo.git("config", "log.showSignature", "true")
    (tmp_path / "ran").unlink(missing_ok=True)
    assert [data for _, data, _ in files(repo)] == [b"1"]
    assert not (tmp_path / "ran").exists()


def test_what_an_outer_git_has_set_points_at_no_other_repository(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = repo.commit({"a": b"1"})
    repo.commit({"a": b"2"})
    other = Repo(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    assert files(repo) == [("a", b"1", first)]


def test_a_pointer_of_git_lfs_is_what_it_points_at_or_unseen(repo: Repo) -> None:
    content = b"the content"
    digest = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 11\n".encode()
    first = repo.commit({"model": pointer})
    repo.commit({"model": b"gone"})
    why = "a pointer of git LFS: the content is elsewhere"
    assert unseen(repo) == [Unseen(place=f"model in {first[:12]}", why=why, mend="git lfs fetch --all")]
    repo.write({f".git/lfs/objects/{digest[:2]}/{digest[2:4]}/{digest}": content})
    assert files(repo) == [("model", content, first)]


def test_many_versions_are_read_in_their_order(repo: Repo) -> None:
    for batch in range(3):
        repo.commit({f"{number}": b"%d of %d" % (number, batch) for number in range(150)})
    found = files(repo)
    assert len(found) == 300
    assert all(data.startswith(name.encode() + b" of ") for name, data, _ in found)
