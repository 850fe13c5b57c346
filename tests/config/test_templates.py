"""Samples as git repositories: the same everywhere, and never over somebody's files."""

import subprocess
from pathlib import Path

import pytest

from esclusa.config.load import check
from esclusa.config.plan import plan_of
from esclusa.config.templates import HERE, Commit, Sample, materialise
from esclusa.core.errors import OutsideError, UsageError
from esclusa.evals.suite import load_suite, metrics

FIRST = "3e45ee627ce1a527fb89f73f188733140c1ed265"
SECOND = "ae4a04a266d25be64156b8bdf96cf3d1488ceacb"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A directory with one template of two commits."""
    place = tmp_path / "shelf" / "little_agent"
    for name, content in {
        "history.yaml": (
            '- {name: 01-first, files: files, message: "A first version\\n\\nThat is all."}\n'
            "- {name: 02-second, files: history/02, message: 'A second: version'}\n"
        ),
        "files/.gitignore": ".esclusa/\n",
        "files/prompts/a.txt": "one",
        "files/__pycache__/x.pyc": "compiled",
        "history/02/prompts/a.txt": "two",
    }.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(content)
    return place.parent


def git(directory: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=directory, capture_output=True, text=True, check=True).stdout


@pytest.mark.anyio
async def test_a_template_becomes_a_repository_with_its_history(shelf: Path, tmp_path: Path) -> None:
    there = tmp_path / "new" / "agent"
    sample = await materialise("little-agent", there, shelf)
    assert sample == Sample(
        directory=there,
        commits=(
            Commit(name="01-first", commit=FIRST, subject="A first version"),
            Commit(name="02-second", commit=SECOND, subject="A second: version"),
        ),
    )
    assert git(there, "log", "--format=%H %an %aI %cI %D %s|%b", "--reverse") == (
        f"{FIRST} Esclusa 2026-01-05T09:00:00+00:00 2026-01-05T09:00:00+00:00 tag: 01-first"
        " A first version|That is all.\n\n"
        f"{SECOND} Esclusa 2026-01-06T09:00:00+00:00 2026-01-06T09:00:00+00:00 HEAD -> main, tag: 02-second"
        " A second: version|\n"
    )
    assert git(there, "show", "01-first:prompts/a.txt") == "one"
    assert git(there, "ls-tree", "-r", "--name-only", "main").split() == [".gitignore", "prompts/a.txt"]
    assert git(there, "status", "--porcelain") == ""
    assert (there / "prompts" / "a.txt").read_text() == "two"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["agent"]


@pytest.mark.anyio
async def test_nobodys_git_settings_are_read(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n name = Me\n[core]\n excludesFile = ~/ignored\n autocrlf = true\n"
    )
    (home / "ignored").write_text("prompts\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    sample = await materialise("little-agent", tmp_path / "agent", shelf)
    assert sample.commits[-1].commit == SECOND


@pytest.mark.anyio
async def test_an_empty_directory_is_filled_and_kept(shelf: Path, tmp_path: Path) -> None:
    there = tmp_path / "agent"
    there.mkdir()
    before = there.stat().st_ino
    await materialise("little-agent", there, shelf)
    assert there.stat().st_ino == before
    assert git(there, "status", "--porcelain") == ""


@pytest.mark.anyio
async def test_a_directory_that_holds_anything_is_not_touched(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "agent").mkdir()
    (tmp_path / "agent" / ".hidden").touch()
    with pytest.raises(UsageError, match="agent is not empty\n  mend: name a directory that is new or empty"):
        await materialise("little-agent", tmp_path / "agent", shelf)
    assert [path.name for path in (tmp_path / "agent").iterdir()] == [".hidden"]


@pytest.mark.anyio
async def test_a_file_is_not_overwritten(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "agent").write_text("mine")
    with pytest.raises(UsageError, match="agent is there already, and is no directory"):
        await materialise("little-agent", tmp_path / "agent", shelf)
    assert (tmp_path / "agent").read_text() == "mine"


@pytest.mark.anyio
async def test_an_unknown_template_names_the_known_ones(shelf: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        await materialise("litle-agent", tmp_path / "agent", shelf)
    assert str(raised.value) == (
        "unknown template `litle-agent`; did you mean `little-agent`?\n  mend: known here: `little-agent`"
    )


@pytest.mark.anyio
async def test_when_git_fails_nothing_is_left(shelf: Path, tmp_path: Path) -> None:
    (shelf / "little_agent" / "history.yaml").write_text("- {name: 'not a tag', files: files, message: x}\n")
    with pytest.raises(OutsideError, match="git tag failed"):
        await materialise("little-agent", tmp_path / "agent", shelf)
    assert [path.name for path in tmp_path.iterdir()] == ["shelf"]


@pytest.mark.anyio
async def test_the_support_agent_declares_itself_without_a_warning(tmp_path: Path) -> None:
    sample = await materialise("support-agent", tmp_path / "agent")
    assert [commit.name for commit in sample.commits] == [
        "first",
        "quicker-prompt",
        "order-numbers",
        "better",
        "no-repeats",
    ]
    for commit in sample.commits:
        git(sample.directory, "checkout", "--quiet", commit.name)
        path = sample.directory / "esclusa.yaml"
        checked = check(
            path, {}, root=sample.directory, suite_metrics=lambda suite: metrics(load_suite(suite))
        )
        assert checked.warnings == ()
        plan = plan_of(checked)
        assert [stage.name for stage in plan.stages] == ["source", "build", "test", "eval", "deploy"]
        assert plan.notes == (
            "no gate asks for vulnerabilities; `esclusa scan` shows what there is",
            "rules that mention `baseline` are not applicable until a release serves",
            "the first release of an environment always goes the direct way",
        )


def test_every_block_of_the_support_agents_file_is_explained() -> None:
    text = (HERE / "support_agent" / "files" / "esclusa.yaml").read_text()
    assert [block for block in text.split("\n\n") if "#" not in block] == []
