"""The tree as pieces, on real files and real repositories."""

import hashlib
import os
import socket
import tempfile
from pathlib import Path

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.core.scan import Unseen
from esclusa.core.value import encode
from esclusa.scans.piece import LARGEST, Excluded
from esclusa.scans.tree import read_tree
from tests.scans.repositories import Repo, pieces, told

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 5\n"
INIT = "git submodule update --init --recursive"


def write(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def read(root: Path, *excluded: str, largest: int = LARGEST) -> list[object]:
    return told(read_tree(root, excluded, largest))


def test_every_file_below_a_directory_is_a_piece_and_git_s_own_are_not(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": b"1", "deep/er/b.bin": b"\0\xff", "empty": b"", "deep/.git/config": b"x"})
    assert pieces(read_tree(tmp_path, (), LARGEST)) == {
        "a.txt": b"1",
        "empty": b"",
        "deep/er/b.bin": b"\0\xff",
    }


def test_a_root_may_be_one_file(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": b"1", "b.txt": b"2"})
    assert read(tmp_path / "a.txt") == [("a.txt", b"1")]
    assert read(tmp_path / "a.txt", "*.txt") == [Excluded(place="a.txt", pattern="*.txt")]


def test_a_root_that_is_not_there_is_unseen(tmp_path: Path) -> None:
    assert read(tmp_path / "none") == [Unseen(place="none", why="it is not there: No such file or directory")]


def test_a_file_of_a_gigabyte_is_unseen_and_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.bin").open("wb") as file:
        file.truncate(1 << 30)
    write(tmp_path, {"small": b"1"})
    assert read(tmp_path) == [
        Unseen(
            place="huge.bin",
            why="1 GiB is more than the 64 MiB that are looked at",
            mend="exclude it, or raise `largest`",
        ),
        ("small", b"1"),
    ]


def test_a_file_is_as_large_as_it_may_be(tmp_path: Path) -> None:
    write(tmp_path, {"ten": b"x" * 10, "eleven": b"x" * 11})
    mend = "exclude it, or raise `largest`"
    assert read(tmp_path, largest=10) == [
        Unseen(place="eleven", why="11 bytes is more than the 10 bytes that are looked at", mend=mend),
        ("ten", b"x" * 10),
    ]


def test_links_are_not_followed_wherever_they_lead(tmp_path: Path) -> None:
    root = write(tmp_path / "root", {"a.txt": b"1", "b/c.txt": b"2"})
    write(tmp_path, {"outside/secret": b"s"})
    for name, target in {
        "dangling": "nowhere",
        "out": "../outside",
        "file": "../outside/secret",
        "inside": "a.txt",
    }.items():
        (root / name).symlink_to(target)
    assert read(root) == [("a.txt", b"1"), ("b/c.txt", b"2")]


def test_a_link_that_leads_in_a_circle_is_unseen_unless_it_is_excluded(tmp_path: Path) -> None:
    root = write(tmp_path / "root", {"a.txt": b"1", "b/c.txt": b"2"})
    links = {
        "b/self": "self",
        "b/there": "back",
        "b/back": "there",
        "here": ".",
        "b/up": "..",
        "b/over": "../..",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    (root / "b/beside").symlink_to("../b/c.txt")
    why, mend = "a link that leads in a circle", "take it out, or exclude it"
    circles = [Unseen(place=name, why=why, mend=mend) for name in links]
    files = [("a.txt", b"1"), ("b/c.txt", b"2")]
    found = read(root)
    assert all(one in found for one in (*files, *circles))
    assert len(found) == len(files) + len(circles)
    left = [Excluded(place=name, pattern=name) for name in links]
    left_out = read(root, *links)
    assert all(one in left_out for one in (*files, *left))
    assert len(left_out) == len(files) + len(left)


def test_pipes_sockets_and_devices_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.txt": b"1"})
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.chdir(tmp_path)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        assert read(tmp_path) == [("a.txt", b"1")]
    why = "it is neither a file nor a directory"
    assert read(tmp_path / "fifo") == [Unseen(place="fifo", why=why, mend="name one")]


def test_what_may_not_be_read_is_unseen() -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = write(Path(directory), {"a.txt": b"1", "closed/b.txt": b"2", "secret": b"3"})
        root.chmod(0o755)
        (root / "secret").chmod(0)
        (root / "closed").chmod(0)
        user = os.geteuid()
        if user == 0:  # who may read anything
            os.seteuid(65_534)
        try:
            found = read(root)
        finally:
            os.seteuid(user)
            (root / "closed").chmod(0o700)
    mend = "make it readable, or exclude it"
    assert found == [
        ("a.txt", b"1"),
        Unseen(place="secret", why="it cannot be read: Permission denied", mend=mend),
        Unseen(place="closed/", why="the directory cannot be read: Permission denied", mend=mend),
    ]


def test_a_file_that_vanishes_meanwhile_is_unseen(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": b"1", "b.txt": b"2", "c.txt": b"3"})
    reading = read_tree(tmp_path, (), LARGEST)
    first = next(reading)
    (tmp_path / "b.txt").unlink()
    mend = "scan again when nothing writes to it, or exclude it"
    assert told([first, *reading]) == [
        ("a.txt", b"1"),
        Unseen(place="b.txt", why="it vanished before it was read", mend=mend),
        ("c.txt", b"3"),
    ]


def test_a_file_that_is_not_as_long_as_it_says_changed_while_it_was_read() -> None:
    mend = "scan again when nothing writes to it, or exclude it"
    assert read(Path("/proc/self/limits")) == [
        Unseen(place="limits", why="it changed while it was read", mend=mend)
    ]


def test_names_in_any_bytes_are_read_and_shown_harmlessly(tmp_path: Path) -> None:
    for name in (b"caf\xe9.txt", b"new\nline", b"esc\x1b[31m", "días.txt".encode()):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"1")
    found = pieces(read_tree(tmp_path, (), LARGEST))
    assert set(found) == {r"caf\xe9.txt", r"new\nline", r"esc\x1b[31m", "días.txt"}
    assert all(encode(name) for name in found)


def test_a_very_deep_directory_neither_ends_the_reading_nor_is_lost(tmp_path: Path) -> None:
    before = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(1500):
            os.mkdir("d")
            os.chdir("d")
        Path("deep.txt").write_bytes(b"1")
        Path("d" * 255).mkdir()
        os.chdir("d" * 255)
        for _ in range(16):
            os.mkdir("e" * 250)
            os.chdir("e" * 250)
        Path("deeper.txt").write_bytes(b"1")
        found = read(tmp_path)
    finally:
        os.chdir(before)
    deep = "d/" * 1500
    assert found[0] == (f"{deep}deep.txt", b"1")
    assert [type(one) for one in found[1:]] == [Unseen]
    assert found[1].why == "the directory cannot be read: File name too long"  # type: ignore[attr-defined]
    os.system(f"rm -rf {tmp_path}/d")


# What is left out


def test_a_directory_that_is_left_out_is_said_once_with_the_pattern(tmp_path: Path) -> None:
    write(
        tmp_path, {"src/a.py": b"1", "data/big/1": b"2", "data/big/2": b"3", "x.log": b"4", "keep.log": b"5"}
    )
    assert read(tmp_path, "data/", "*.log", "!keep.log") == [
        ("keep.log", b"5"),
        Excluded(place="x.log", pattern="*.log"),
        Excluded(place="data/", pattern="data/"),
        ("src/a.py", b"1"),
    ]


def test_in_a_repository_a_directory_is_left_out_once_too(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit({"data/big/1": b"2", "data/big/2": b"3", "src/a.py": b"1"})
    assert read(repo.path, "/data/big") == [
        Excluded(place="data/big/", pattern="/data/big"),
        ("src/a.py", b"1"),
    ]


def test_a_pattern_that_is_none_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="`!` is no pattern of what to leave out"):
        read(tmp_path, "!")


# Git


def test_what_git_ignores_is_no_part_of_the_tree_and_what_it_tracks_is(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit({".gitignore": b"*.tmp\nvenv/\n", "a.py": b"1"})
    repo.write({"b.tmp": b"2", "venv/c.py": b"3", "new.py": b"4", "forced.tmp": b"5"})
    repo.git("add", "--force", "forced.tmp")
    expected = {".gitignore": b"*.tmp\nvenv/\n", "a.py": b"1", "forced.tmp": b"5", "new.py": b"4"}
    assert pieces(read_tree(repo.path, (), LARGEST)) == expected


def test_below_a_repository_names_are_relative_to_the_root(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit({".gitignore": b"*.tmp\n", "sub/a.py": b"1", "b.py": b"2"})
    repo.write({"sub/c.tmp": b"3"})
    assert read(repo.path / "sub") == [("a.py", b"1")]


def test_a_tree_laid_out_below_a_repository_that_ignores_it_is_read_whole(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit({".gitignore": b".esclusa/\n*.tmp\n"})
    repo.write({".esclusa/tree/.gitignore": b"*.tmp\n", ".esclusa/tree/forced.tmp": b"1"})
    assert read(repo.path / ".esclusa/tree") == [(".gitignore", b"*.tmp\n"), ("forced.tmp", b"1")]


def test_a_deletion_that_is_not_committed_is_no_unseen_file(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit({"a.py": b"1", "b.py": b"2"})
    (repo.path / "b.py").unlink()
    assert read(repo.path) == [("a.py", b"1")]


def test_a_file_that_a_sparse_checkout_leaves_away_is_unseen(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit({"a.py": b"1", "far/b.py": b"2"})
    repo.git("sparse-checkout", "set", "--no-cone", "/a.py")
    assert read(repo.path) == [
        ("a.py", b"1"),
        Unseen(place="far/b.py", why="it is not checked out (sparse)", mend="git sparse-checkout disable"),
    ]


def test_a_file_that_git_has_behind_a_link_is_not_read(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit({"dir/passwd": b"1", "a.py": b"2"})
    write(tmp_path, {"outside/passwd": b"s"})
    (repo.path / "dir/passwd").unlink()
    (repo.path / "dir").rmdir()
    (repo.path / "dir").symlink_to(tmp_path / "outside")
    assert read(repo.path) == [("a.py", b"2")]


@pytest.mark.parametrize("absolute", [False, True])
def test_a_file_outside_that_a_forged_index_names_is_not_read(tmp_path: Path, absolute: bool) -> None:
    repo = Repo(tmp_path / "repo")
    write(tmp_path, {"outside/passwd": b"s"})
    name = os.fsencode(tmp_path / "outside/passwd") if absolute else b"../outside/passwd"
    stand_in = "x" * len(name)
    repo.commit({"a.py": b"2", stand_in: b"1"})
    index = repo.path / ".git/index"
    forged = index.read_bytes()[:-20].replace(stand_in.encode(), name)
    index.write_bytes(forged + hashlib.sha1(forged).digest())
    (repo.path / stand_in).unlink()
    assert os.fsdecode(name) in repo.git("ls-files")
    assert read(repo.path) == [("a.py", b"2")]


def with_submodule(tmp_path: Path) -> Repo:
    inner, outer = Repo(tmp_path / "inner"), Repo(tmp_path / "outer")
    inner.commit({"in.py": b"1", ".gitignore": b"*.tmp\n"})
    outer.commit({"out.py": b"2"})
    outer.git("submodule", "--quiet", "add", str(inner.path), "libs/inner")
    outer.commit({})
    return outer


def test_a_submodule_that_is_checked_out_is_read(tmp_path: Path) -> None:
    outer = with_submodule(tmp_path)
    outer.write({"libs/inner/x.tmp": b"3"})
    found = pieces(read_tree(outer.path, (), LARGEST))
    assert set(found) == {".gitmodules", "libs/inner/.gitignore", "libs/inner/in.py", "out.py"}


def test_a_submodule_that_is_not_checked_out_is_unseen(tmp_path: Path) -> None:
    outer = with_submodule(tmp_path)
    outer.git("submodule", "--quiet", "deinit", "--all", "--force")
    missing = Unseen(place="libs/inner", why="a submodule that is not checked out", mend=INIT)
    assert read(outer.path)[1:] == [missing, ("out.py", b"2")]
    assert read(outer.path, "libs/")[1:] == [Excluded(place="libs/", pattern="libs/"), ("out.py", b"2")]


def test_a_submodule_is_missed_in_a_copy_of_the_tree_too(tmp_path: Path) -> None:
    outer = with_submodule(tmp_path)
    outer.git("checkout-index", "--all", f"--prefix={tmp_path}/copy/")
    mend = "exclude it, and scan it in its own repository: a copy of a commit has no submodules"
    missing = Unseen(place="libs/inner", why="a submodule that is not checked out", mend=mend)
    assert missing in read(tmp_path / "copy")
    write(tmp_path / "copy", {"libs/inner/in.py": b"1"})
    assert missing not in read(tmp_path / "copy")


def test_a_repository_within_the_work_tree_is_read(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit({"a.py": b"1"})
    Repo(repo.path / "nested").commit({"b.py": b"2"})
    assert read(repo.path) == [("a.py", b"1"), ("nested/b.py", b"2")]


def test_what_is_named_and_is_no_file_is_unseen() -> None:
    [found] = read_tree(Path("/dev/null"), (), LARGEST)
    assert isinstance(found, Unseen)
    assert (found.place, found.why) == ("null", "it is neither a file nor a directory")


def test_a_pointer_of_git_lfs_is_unseen(tmp_path: Path) -> None:
    write(tmp_path, {"model.bin": POINTER, "about.md": POINTER + b"x" * 1024})
    assert read(tmp_path) == [
        ("about.md", POINTER + b"x" * 1024),
        Unseen(place="model.bin", why="a pointer of git LFS: the content is elsewhere", mend="git lfs pull"),
    ]


def test_where_git_does_not_answer_that_is_said_and_everything_is_read(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit({".gitignore": b"*.tmp\n"})
    repo.write({"a.tmp": b"1", ".git/index": b"broken"})
    found = read(repo.path)
    assert isinstance(found[0], Unseen)
    assert (found[0].place, found[0].mend) == (".", "run `git fsck`")
    assert found[0].why.startswith("git ls-files: ")
    assert found[1:] == [(".gitignore", b"*.tmp\n"), ("a.tmp", b"1")]


def test_nothing_that_the_repository_s_configuration_names_is_run(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit({"a.py": b"1"})
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    repo.git("config", "core.fsmonitor", str(hook))
    assert read(repo.path) == [("a.py", b"1")]
    assert not (tmp_path / "ran").exists()
