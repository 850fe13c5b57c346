"""What changed between two releases."""

from pathlib import Path

from esclusa.core.project import Agent
from esclusa.releases.build import Served, build
from esclusa.releases.diff import FileChange, PartChange, diff_releases

SERVED = Served(agent=Agent(serve=("x",), ask={}, behaviour={"prompts": ("prompts",)}))


def built(directory: Path, files: dict[str, bytes], lock: str) -> Path:
    for name, content in files.items():
        path = directory / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    build(directory / "source", lock, SERVED, directory / "out", exclude=[])
    return directory / "out"


def test_a_diff_names_parts_files_and_lines_in_order(tmp_path: Path) -> None:
    old = built(
        tmp_path / "a", {"a.py": b"1\n2\n", "gone.py": b"x\n", "prompts/p.txt": b"You\nare\n"}, "l1\n"
    )
    new = built(tmp_path / "b", {"a.py": b"1\n3\n", "prompts/p.txt": b"You\nare\n", "w.bin": b"\xff"}, "l1\n")
    assert diff_releases(old, new) == (
        PartChange(
            part="code",
            files=(
                FileChange(path="a.py", change="changed", lines=("@@ -1,2 +1,2 @@", " 1", "-2", "+3")),
                FileChange(path="gone.py", change="removed", lines=("@@ -1 +0,0 @@", "-x")),
                FileChange(path="w.bin", change="added"),
            ),
        ),
    )


def test_equal_releases_have_no_difference(tmp_path: Path) -> None:
    files = {"prompts/p.txt": b"You\n"}
    assert diff_releases(built(tmp_path / "a", files, ""), built(tmp_path / "b", files, "")) == ()


def test_a_changed_lock_is_the_lock_part(tmp_path: Path) -> None:
    files = {"prompts/p.txt": b"You\n"}
    [change] = diff_releases(built(tmp_path / "a", files, "x==1\n"), built(tmp_path / "b", files, "x==2\n"))
    assert (change.part, change.files[0].lines) == ("lock", ("@@ -1 +1 @@", "-x==1", "+x==2"))
