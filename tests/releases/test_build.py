"""Building releases: what goes where, and the same bytes every time."""

import hashlib
import os
from pathlib import Path

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.core.project import Agent, ServiceSpec
from esclusa.core.release import PARTS, Manifest
from esclusa.core.value import replace
from esclusa.releases.build import Served, build, file_of, manifest_of, part_digests, part_of, served_of

AGENT = Agent(
    serve=("python", "agent.py"),
    ask={"openai": "/v1/chat/completions"},
    behaviour={"prompts": ("prompts",), "model": ("model.yaml",)},
)
SERVED = Served(
    agent=AGENT, services=(ServiceSpec(name="model", serve=("python", "m.py"), variable="MODEL_URL"),)
)
FILES = {
    "agent.py": "print()",
    "prompts/one.txt": "You are",
    "model.yaml": "k: 3",
    "tests/test_a.py": "",
    "esclusa.yaml": "",
}


def source(directory: Path, files: dict[str, str] | None = None) -> Path:
    for name, text in (files or FILES).items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory


def built(directory: Path, files: dict[str, str] | None = None, lock: str = "# python 3.11\n") -> Manifest:
    return build(
        source(directory / "source", files),
        lock,
        SERVED,
        directory / "out",
        exclude=["tests", "esclusa.yaml"],
    )


def tree(directory: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(directory).as_posix(): (path.read_bytes(), path.stat().st_mode)
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_every_file_is_in_the_part_that_declares_it_and_excluded_ones_in_none(tmp_path: Path) -> None:
    manifest = built(tmp_path)
    assert {part: sorted(files) for part, files in manifest.parts.items()} == {
        "code": ["agent/agent.py"],
        "lock": ["lock.txt"],
        "prompts": ["agent/prompts/one.txt"],
        "model": ["agent/model.yaml"],
        "tools": [],
        "flags": [],
        "configuration": ["served.json"],
    }


def test_built_twice_in_two_directories_it_has_the_same_bytes_and_the_same_id(tmp_path: Path) -> None:
    first = built(tmp_path / "a")
    old_times = tmp_path / "b"
    source(old_times / "source")
    for path in (old_times / "source").rglob("*"):
        os.utime(path, (0, 0))
        if path.is_file():
            path.chmod(0o600)
    second = built(old_times)
    assert first.id == second.id
    assert tree(tmp_path / "a" / "out") == tree(tmp_path / "b" / "out")


@pytest.mark.parametrize(
    ("files", "lock", "part"),
    [
        ({**FILES, "agent.py": "print(1)"}, "# python 3.11\n", "code"),
        ({**FILES, "prompts/one.txt": "You were"}, "# python 3.11\n", "prompts"),
        ({**FILES, "model.yaml": "k: 6"}, "# python 3.11\n", "model"),
        (FILES, "# python 3.12\n", "lock"),
    ],
)
def test_a_change_of_one_part_is_another_release_that_differs_in_that_part_alone(
    tmp_path: Path, files: dict[str, str], lock: str, part: str
) -> None:
    before, after = built(tmp_path / "a"), built(tmp_path / "b", files, lock)
    assert before.id != after.id
    digests = part_digests(before), part_digests(after)
    assert [name for name in PARTS if digests[0][name] != digests[1][name]] == [part]


def test_a_change_of_tests_or_of_the_pipeline_is_not_another_release(tmp_path: Path) -> None:
    changed = {**FILES, "tests/test_a.py": "assert True", "esclusa.yaml": "gates: {}"}
    assert built(tmp_path / "a").id == built(tmp_path / "b", changed).id


def test_what_was_built_can_be_read_back(tmp_path: Path) -> None:
    manifest = built(tmp_path)
    assert manifest_of(tmp_path / "out") == manifest
    assert served_of(tmp_path / "out") == SERVED
    file = manifest.parts["prompts"]["agent/prompts/one.txt"]
    assert file.digest == hashlib.sha256(b"You are").hexdigest()


def test_the_longest_declared_path_decides_the_part() -> None:
    behaviour = {"prompts": ("data",), "tools": ("data/tools.json",)}
    assert [part_of(name, behaviour) for name in ("data/a.txt", "data/tools.json", "database.txt")] == [
        "prompts",
        "tools",
        "code",
    ]


def test_a_declared_path_that_the_commit_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        built(tmp_path, {"agent.py": "", "model.yaml": ""})
    assert caught.value.key == "agent.behaviour.prompts"
    assert "'prompts' is declared as prompts, but the commit has no such file" in caught.value.message


def test_a_name_that_no_manifest_can_hold_is_refused_unless_it_is_left_out(tmp_path: Path) -> None:
    files = source(tmp_path / "source")
    (files / "odd").mkdir()
    (files / "odd" / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    with pytest.raises(ConfigurationError, match=r"whose name is not UTF-8: odd/caf\\xe9.txt"):
        build(files, "", SERVED, tmp_path / "out", exclude=[])
    build(files, "", SERVED, tmp_path / "other", exclude=["odd/"])


def test_executables_and_links_stay_what_they_are(tmp_path: Path) -> None:
    files = source(tmp_path / "source")
    (files / "run.sh").write_text("#!/bin/sh\n")
    (files / "run.sh").chmod(0o700)
    (files / "link").symlink_to("agent.py")
    manifest = built(tmp_path)
    assert manifest.parts["code"]["agent/run.sh"].executable
    assert (tmp_path / "out" / "agent" / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "out" / "agent" / "link").readlink() == Path("agent.py")


def test_flags_that_the_release_would_leave_out_are_refused(tmp_path: Path) -> None:
    flagged = Served(agent=replace(AGENT, behaviour={"flags": ("conf/f.json",)}, flags="conf/f.json"))
    files = source(tmp_path / "source", {"agent.py": "", "conf/f.json": "{}"})
    manifest = build(files, "", flagged, tmp_path / "in", exclude=[])
    assert file_of(manifest, "conf/f.json") == manifest.parts["flags"]["agent/conf/f.json"]
    with pytest.raises(ConfigurationError) as caught:
        build(files, "", flagged, tmp_path / "out", exclude=["conf"])
    assert str(caught.value) == (
        "agent.flags: 'conf/f.json' holds the flags, and the release leaves it out\n"
        "  mend: take it out of the artifact's `exclude`, and name no path through a symbolic link"
    )
