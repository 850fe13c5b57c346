"""The actions that scan: what they look at in a run, and what a gate is handed."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest

from esclusa.core.action import Task
from esclusa.core.case import Case
from esclusa.core.errors import StepFailed
from esclusa.core.evidence import Count, Evidence, Failure, Place
from esclusa.core.project import Step
from esclusa.stages.scan import Scan
from esclusa.workspace.content import content_key
from tests.scans.dependencies.databases import advisory, zipped
from tests.scans.dependencies.environments import environment
from tests.scans.strangers import install
from tests.stages.workshops import task, workshop


@pytest.fixture(autouse=True)
def _strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "site", monkeypatch)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a badge in its commit, another in its past, and another that is not committed."""
    root = tmp_path / "project"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    commit(root, "old.txt", "was B-0001")
    (root / "old.txt").unlink()
    commit(root, "a.txt", "one\nbadge: B-1234\n")
    (root / "b.txt").write_text("B-9999")
    return root


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org")
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)


def commit(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text)
    git(root, "add", "-u")
    git(root, "add", name)
    git(root, "commit", "-qm", name)


def step(**settings: object) -> Step:
    settings = {"engines": ("badges",), "history": "none", **settings}
    return Step(id="test.secrets", stage="test", uses="secrets", settings=settings)


def run(root: Path, asked: Step, said: list[str] | None = None) -> Evidence:
    one = task(asked, root, commit="HEAD")
    if said is not None:
        one = Task(**{**{name: getattr(one, name) for name in one.__struct_fields__}, "say": said.append})
    return anyio.run(Scan(workshop(root), asked).run, one)


def places(evidence: Evidence) -> list[Place | None]:
    return [finding.place for finding in evidence.findings]


def test_the_commit_is_looked_at_and_not_what_lies_beside_it(root: Path) -> None:
    said: list[str] = []
    evidence = run(root, step(), said)
    assert evidence.measurements == {"secrets": Count(n=1)}
    assert places(evidence) == [Place(file="a.txt", line=2)]
    assert evidence.failure is None
    assert said == [
        f"commit {head(root)[:12]}: 1 file; by badges 1",
        "high: a badge number [badge] a.txt:2",
        "found",
    ]


def head(root: Path) -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_reports_are_kept_and_the_tree_is_not(root: Path) -> None:
    evidence = run(root, step())
    kept = {name: artifact.media_type for name, artifact in evidence.artifacts.items()}
    assert kept == {"report": "application/json", "sarif": "application/sarif+json"}
    directory = root / ".esclusa" / "runs" / "run-1" / "test.secrets"
    assert sorted(path.name for path in directory.iterdir()) == ["scan.json", "scan.sarif"]
    [sarif] = json.loads((directory / "scan.sarif").read_text())["runs"]
    assert [one["ruleId"] for one in sarif["results"]] == ["badge"]


def test_what_was_found_is_written_nowhere(root: Path) -> None:
    run(root, step())
    held = [
        path for path in (root / ".esclusa").rglob("*") if path.is_file() and b"1234" in path.read_bytes()
    ]
    assert held == []


def test_answers_and_logs_of_steps_before_it_are_looked_at_too(root: Path) -> None:
    asked = step(answers=("eval.quality",), logs=("test.unit",))
    place = workshop(root)
    place.cases.add("run-1", "eval.quality", [Case(id="one", answer="fine"), Case(id="two", answer="B-5678")])
    log = root / ".esclusa" / "runs" / "run-1" / "test.unit" / "log"
    log.parent.mkdir(parents=True)
    log.write_text("passed\nfor B-4321\n")
    evidence = anyio.run(Scan(place, asked).run, task(asked, root, commit="HEAD"))
    assert places(evidence) == [
        Place(file="a.txt", line=2),
        Place(file="answers/eval.quality.jsonl", line=2),
        Place(file="logs/test.unit.log", line=2),
    ]


@pytest.mark.parametrize("named", [True, False])
def test_a_submodule_is_no_part_of_a_commit_that_is_laid_out_and_no_pass(root: Path, named: bool) -> None:
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{head(root)},parts/inner")
    if named:
        commit(root, ".gitmodules", '[submodule "inner"]\n\tpath = parts/inner\n\turl = ../inner\n')
    else:
        git(root, "commit", "-qm", "a repository in a repository")
    evidence = run(root, step())
    assert evidence.failure is not None
    assert evidence.failure.message.startswith("1 thing could not be looked at: parts/inner (a submodule")
    shutil.rmtree(root / ".esclusa")
    assert run(root, step(exclude=("parts/",))).failure is None


def test_the_log_says_what_mends_it(root: Path, tmp_path: Path) -> None:
    clone = tmp_path / "shallow"
    commit(root, "b.txt", "a second commit")
    git(tmp_path, "clone", "-q", "--depth=1", root.as_uri(), str(clone))
    said: list[str] = []
    run(clone, step(history="all"), said)
    assert any(one.endswith("(git fetch --unshallow; in CI, fetch-depth: 0)") for one in said)


def test_a_log_that_is_not_there_is_no_clean_one(root: Path) -> None:
    with pytest.raises(StepFailed, match=r"there is no log of test.unit to look at"):
        run(root, step(logs=("test.unit",)))
    assert not (root / ".esclusa" / "runs" / "run-1" / "test.secrets" / "tree").exists()


@pytest.mark.parametrize("name", ["logs/test.unit.log", "logs"])
def test_what_is_committed_is_not_hidden_by_what_the_run_made(root: Path, name: str) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    commit(root, name, "badge: B-4321\n")
    log = root / ".esclusa" / "runs" / "run-1" / "test.unit" / "log"
    log.parent.mkdir(parents=True)
    log.write_text("passed\n")
    with pytest.raises(StepFailed, match=r"logs/test.unit.log of the commit is where the scan puts"):
        run(root, step(logs=("test.unit",)))


def test_what_the_run_made_is_put_nowhere_through_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (root / "answers").symlink_to(tmp_path / "outside")
    git(root, "add", "answers")
    git(root, "commit", "-qm", "a link")
    asked = step(answers=("eval.quality",))
    place = workshop(root)
    place.cases.add("run-1", "eval.quality", [Case(id="one", answer="fine")])
    with pytest.raises(StepFailed, match=r"answers/eval.quality.jsonl of the commit is where the scan puts"):
        anyio.run(Scan(place, asked).run, task(asked, root, commit="HEAD"))
    assert list((tmp_path / "outside").iterdir()) == []


def test_what_somebody_answers_for_is_read_from_the_commit(root: Path) -> None:
    [finding] = run(root, step()).findings
    entry = f"{{fingerprint: {finding.fingerprint}, reason: a test badge, expires: 2999-01-01}}"
    commit(root, "accepted.yaml", f"accepted:\n  - {entry}\n")
    asked = step(accepted="accepted.yaml")
    evidence = anyio.run(Scan(workshop(root), asked).run, task(asked, root, commit="HEAD", run="run-2"))
    assert evidence.measurements == {"secrets": Count(n=0)}
    assert evidence.coverage is not None
    assert "1 finding was accepted by somebody" in evidence.coverage.notes
    report = json.loads((root / ".esclusa" / "runs" / "run-2" / "test.secrets" / "scan.json").read_text())
    assert [one["where"] for one in report["accepted"]] == ["accepted.yaml:2"]


def test_what_accepts_nothing_in_the_commit_and_in_its_history_is_named_and_closes_nothing(
    root: Path,
) -> None:
    entries = [
        f"{{fingerprint: 0123456789abcdef-0{n}, reason: it is fine, expires: 2999-01-01, kind: {kind}}}"
        for n, kind in enumerate(("secrets", "pii"))
    ]
    commit(root, "accepted.yaml", "accepted:\n" + "".join(f"  - {entry}\n" for entry in entries))
    said: list[str] = []
    evidence = run(root, step(accepted="accepted.yaml", history="all"), said)
    assert (evidence.failure, evidence.measurements) == (None, {"secrets": Count(n=2)})
    remark = "accepted.yaml:2: 0123456789abcdef-00: accepts nothing that was found; remove it"
    assert [line for line in said if "accepts" in line] == [remark]
    part = step(accepted="accepted.yaml", history="HEAD")
    anyio.run(Scan(workshop(root), part).run, task(part, root, commit="HEAD", run="run-2"))
    report = json.loads((root / ".esclusa" / "runs" / "run-2" / "test.secrets" / "scan.json").read_text())
    assert "idle" not in report


def test_a_scan_that_could_not_be_done_fails_the_step(root: Path) -> None:
    assert run(root, step(engines=("absent",))).failure == Failure(
        reason="step", message="nothing was scanned: badges is not installed", mend="pip install badges"
    )


def test_a_scan_is_never_taken_from_before(root: Path) -> None:
    needs = {"source.checkout": Evidence(outputs={"tree": "t", "source": str(root)})}
    for uses in ("secrets", "vulnerabilities", "pii", "workflows"):
        assert content_key(Step(id="test.x", stage="test", uses=uses), needs) is None


def kept(root: Path, files: dict[str, str], name: str = "built") -> Mapping[str, Evidence]:
    built = root.parent / name
    for file, text in files.items():
        (built / file).parent.mkdir(parents=True, exist_ok=True)
        (built / file).write_text(text)
    return {"build.artifact": Evidence(artifacts={"release": workshop(root).artifacts.put(built)})}


def made(root: Path, needs: Mapping[str, Evidence], **settings: object) -> list[str]:
    """Files of the artifact in which something is found."""
    asked = step(artifacts=("build.artifact",), **settings)
    evidence = anyio.run(Scan(workshop(root), asked).run, task(asked, root, commit="HEAD", needs=needs))
    assert evidence.failure is None
    found = [place.file for place in places(evidence) if place]
    return [one.removeprefix(HELD) for one in found if one.startswith(HELD.rstrip("/"))]


HELD = "artifacts/build.artifact/release/"


def test_what_a_build_made_that_is_not_in_the_commit_is_looked_at_too(root: Path) -> None:
    files = {"code/a.txt": "one\nbadge: B-1234\n", "code/deep/made.txt": "B-7777", "a.txt": "now B-1234"}
    assert made(root, kept(root, files)) == ["a.txt", "code/deep/made.txt"]


def test_what_the_project_leaves_out_of_the_commit_is_looked_at_in_an_artifact(root: Path) -> None:
    commit(root, "fixture.txt", "B-5555")
    assert made(root, kept(root, {"code/settings.txt": "B-5555"}), exclude=("fixture.txt",)) == [
        "code/settings.txt"
    ]


def test_what_is_of_git_in_an_artifact_is_looked_at(root: Path) -> None:
    assert made(root, kept(root, {"code/.git/config": "B-6666"})) == ["code/dot-git/config"]


def test_a_link_in_an_artifact_is_not_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.txt").write_text("B-8888")
    built = tmp_path / "built"
    built.mkdir()
    (built / "link").symlink_to(tmp_path / "elsewhere.txt")
    assert made(root, kept(root, {"x.txt": "nothing"})) == []


def test_an_artifact_may_be_one_file(root: Path, tmp_path: Path) -> None:
    one = tmp_path / "image.txt"
    one.write_text("B-4444")
    needs = {"build.artifact": Evidence(artifacts={"release": workshop(root).artifacts.put(one)})}
    assert made(root, needs) == [HELD.rstrip("/")]


def test_an_artifact_that_is_not_there_is_no_clean_one(root: Path) -> None:
    with pytest.raises(StepFailed) as caught:
        run(root, step(artifacts=("build.artifact",)))
    assert (caught.value.message, caught.value.mend) == (
        "there is no artifact of build.artifact to look at",
        "correct `artifacts`",
    )


def test_licences_of_what_the_run_installed_are_looked_at(root: Path, tmp_path: Path) -> None:
    place = environment(
        tmp_path / "venv", {"a.dist-info": "Name: a\nVersion: 1.0\nLicense-Expression: AGPL-3.0-only\n"}
    )
    lock = tmp_path / "lock.txt"
    lock.write_text("a==1.0\n")
    asked = Step(id="test.licences", stage="test", uses="licences", settings={})
    outputs = {"lock_file": str(lock), "environment": str(place)}
    needs = {"source.dependencies": Evidence(outputs=outputs)}
    evidence = anyio.run(Scan(workshop(root), asked).run, task(asked, root, commit="HEAD", needs=needs))
    assert evidence.failure is None
    assert evidence.measurements == {"licences": Count(n=1)}
    assert places(evidence) == [Place(file="a.dist-info/METADATA")]
    lock.write_text("a==1.0\nnot-installed==1.0\n")
    again = task(asked, root, run="run-2", commit="HEAD", needs=needs)
    failure = anyio.run(Scan(workshop(root), asked).run, again).failure
    assert failure is not None
    assert "lock of this run.txt (nothing says the licence of not-installed 1.0)" in failure.message


def test_an_environment_in_the_commit_hides_no_lock(root: Path, tmp_path: Path) -> None:
    zipped(tmp_path / "osv.zip", advisory())
    (root / "requirements.txt").write_text("acme-tool==1.0\n")
    environment(root, {"b.dist-info": "Name: b\nVersion: 1\n"})
    git(root, "add", "-A", "-f")
    git(root, "commit", "-qm", "an environment")
    settings = {"database": (str(tmp_path / "osv.zip"),), "oldest": None}
    asked = Step(id="test.vulnerabilities", stage="test", uses="vulnerabilities", settings=settings)
    evidence = run(root, asked)
    assert evidence.measurements == {"vulnerabilities": Count(n=1)}
