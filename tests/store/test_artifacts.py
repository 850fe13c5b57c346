"""Artifacts: the same content is the same artifact, whole or not there."""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from esclusa.core.errors import OutsideError, StateError, UsageError
from esclusa.core.evidence import Artifact
from esclusa.store import artifacts as module
from esclusa.store.artifacts import Artifacts, content_digest


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path / "artifacts")


def tree(root: Path) -> Path:
    (root / "prompts").mkdir(parents=True)
    (root / "prompts" / "system.md").write_text("be kind")
    (root / "empty").mkdir()
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    (root / "link").symlink_to("prompts/system.md")
    return root


def content(root: Path) -> dict[str, object]:
    return {
        str(path.relative_to(root)): os.readlink(path)
        if path.is_symlink()
        else "directory"
        if path.is_dir()
        else (path.read_bytes(), bool(path.stat().st_mode & 0o100))
        for path in root.rglob("*")
    }


def test_a_directory_comes_out_as_it_went_in(artifacts: Artifacts, tmp_path: Path) -> None:
    given = tree(tmp_path / "given")
    artifact = artifacts.put(given)
    kept = artifacts.path(artifact.digest)
    assert artifact == Artifact(digest=artifact.digest, path=str(kept), media_type="inode/directory")
    assert content(kept) == content(given)
    assert content_digest(kept) == artifact.digest


def test_a_file_is_kept_under_the_hash_that_anybody_would_compute(
    artifacts: Artifacts, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    assert artifacts.put(tmp_path / "file").digest == digest
    assert artifacts.path(digest).read_bytes() == b"content"


def test_the_digest_is_the_same_in_two_places_with_other_times_and_masks(tmp_path: Path) -> None:
    one, two = tree(tmp_path / "one"), tmp_path / "two"
    shutil.copytree(one, two, symlinks=True)
    (two / "prompts" / "system.md").chmod(0o600)
    os.utime(two / "run.sh", (0, 0))
    assert content_digest(one) == content_digest(two)


def change_bytes(root: Path) -> None:
    (root / "prompts" / "system.md").write_text("be rude")


def change_name(root: Path) -> None:
    (root / "run.sh").rename(root / "go.sh")


def change_mode(root: Path) -> None:
    (root / "run.sh").chmod(0o644)


def change_link(root: Path) -> None:
    (root / "link").unlink()
    (root / "link").symlink_to("run.sh")


def change_link_to_file(root: Path) -> None:
    (root / "link").unlink()
    (root / "link").write_text("prompts/system.md")


def drop_empty(root: Path) -> None:
    (root / "empty").rmdir()


@pytest.mark.parametrize(
    "change", [change_bytes, change_name, change_mode, change_link, change_link_to_file, drop_empty]
)
def test_any_change_is_another_digest(change: Callable[[Path], None], tmp_path: Path) -> None:
    root = tree(tmp_path / "root")
    before = content_digest(root)
    change(root)
    assert content_digest(root) != before


def test_a_program_and_a_plain_file_of_the_same_bytes_are_two_artifacts(
    artifacts: Artifacts, tmp_path: Path
) -> None:
    (tmp_path / "plain").write_text("x")
    (tmp_path / "program").write_text("x")
    (tmp_path / "program").chmod(0o755)
    plain, program = artifacts.put(tmp_path / "plain"), artifacts.put(tmp_path / "program")
    assert plain.digest != program.digest
    assert os.access(artifacts.path(program.digest), os.X_OK)


def test_the_same_content_is_kept_once(artifacts: Artifacts, tmp_path: Path) -> None:
    first = artifacts.put(tree(tmp_path / "one"))
    inode = artifacts.path(first.digest).stat().st_ino
    assert artifacts.put(tree(tmp_path / "two")) == first
    assert artifacts.path(first.digest).stat().st_ino == inode


def test_a_copy_that_breaks_off_leaves_nothing(
    artifacts: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, after some files have been copied."""
    copy_file = module._copy_file

    def full(source: Path, target: Path) -> None:
        if source.name == "run.sh":
            raise OSError(28, "No space left on device", str(target))
        copy_file(source, target)

    monkeypatch.setattr(module, "_copy_file", full)
    given = tree(tmp_path / "given")
    with pytest.raises(OutsideError, match="No space left on device") as caught:
        artifacts.put(given)
    assert "free some space" in caught.value.mend
    left = [path for path in (tmp_path / "artifacts").rglob("*") if path.name != "incoming"]
    assert left == []


def test_content_that_is_not_what_it_should_be_is_not_kept(artifacts: Artifacts, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("changed")
    expected = hashlib.sha256(b"original").hexdigest()
    with pytest.raises(StateError, match="is not what it should be"):
        artifacts.put(tmp_path / "file", digest=expected)
    with pytest.raises(StateError, match="is gone"):
        artifacts.path(expected)


def test_a_removed_artifact_is_gone_and_can_be_kept_again(artifacts: Artifacts, tmp_path: Path) -> None:
    given = tree(tmp_path / "given")
    artifact = artifacts.put(given)
    artifacts.remove(artifact.digest)
    with pytest.raises(StateError, match=f"artifact {artifact.digest[:12]} is gone"):
        artifacts.path(artifact.digest)
    artifacts.remove(artifact.digest)
    assert artifacts.put(given) == artifact


def test_a_path_is_never_made_of_what_is_no_digest(artifacts: Artifacts) -> None:
    with pytest.raises(StateError, match="is not an artifact's digest"):
        artifacts.path("../../../etc/passwd")


def test_what_cannot_be_kept_is_said(artifacts: Artifacts, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file or directory"):
        artifacts.put(tmp_path / "nothing")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "folder" / "pipe")
    with pytest.raises(UsageError, match="neither a file nor a directory"):
        artifacts.put(tmp_path / "folder")
