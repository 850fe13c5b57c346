"""`esclusa scan` and `esclusa accept`, as they are typed."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from esclusa.cli.main import main
from esclusa.sources.environments import MARKER, environment_path
from esclusa.sources.lock import Lock
from esclusa.sources.lock import Package as LockedPackage
from esclusa.stages.dependencies import kept_lock
from tests.processes import wait_until
from tests.scans.dependencies.databases import advisory, zipped
from tests.scans.dependencies.environments import environment

PASSWORD = "Tundra42" + "-marlin"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where engines keep what they compiled, once for all of these tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def root(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a password in an old commit, and none in HEAD."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    root = tmp_path / "agent"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "old.env").write_text(f"DB_PASSWORD={PASSWORD}\n")
    git(root, "add", ".")
    git(root, "commit", "-qm", "a mistake")
    (root / "old.env").unlink()
    (root / "agent.py").write_text("print('hello')\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "taken back")
    return root


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org")
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)


def esclusa(root: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(root), *words])


def scans(root: Path, *words: str) -> list[dict[str, object]]:
    report = root.parent / "report.json"
    esclusa(root, "scan", *words, "--json", str(report))
    found: list[dict[str, object]] = json.loads(report.read_text())["scans"]
    return found


def test_a_secret_in_an_old_commit_closes_the_gate_and_is_shown_nowhere(root: Path) -> None:
    files = {kind: root.parent / f"out.{kind}" for kind in ("json", "sarif", "markdown")}
    said = esclusa(
        root, "scan", "secrets", *(word for kind, file in files.items() for word in (f"--{kind}", str(file)))
    )
    assert said.exit_code == 1
    assert "✗ secrets: found" in said.output
    assert "DB_PASSWORD=•••" in said.output
    assert "old.env:1 in " in said.output
    for text in (said.output, *(file.read_text() for file in files.values())):
        assert PASSWORD not in text


def test_without_history_there_is_nothing_and_the_gate_is_open(root: Path) -> None:
    said = esclusa(root, "scan", "secrets", "--history", "none")
    assert (said.exit_code, "✓ secrets: clean" in said.output) == (0, True)


def test_what_is_excluded_is_said(root: Path) -> None:
    said = esclusa(root, "scan", "secrets", "--exclude", "old.env")
    assert said.exit_code == 0
    assert "left out by the project: old.env: excluded by `old.env`" in said.output


def test_an_accepted_finding_opens_the_gate_until_its_day_and_is_reported(root: Path) -> None:
    [report] = scans(root, "secrets")
    [finding] = report["findings"]  # type: ignore[misc]
    why = ("--reason", "the database is gone", "--until", "2999-01-31", "--by", "ana")
    said = esclusa(root, "accept", finding["fingerprint"], *why)
    assert said.output == "1 finding is accepted until 2999-01-31, in accepted.yaml; commit it\n"
    again = esclusa(root, "scan", "secrets")
    assert again.exit_code == 0
    assert "accepted until 2999-01-31 (ana): old.env:1 in " in again.output
    (root / "accepted.yaml").write_text((root / "accepted.yaml").read_text().replace("2999", "2001"))
    late = esclusa(root, "scan", "secrets")
    assert late.exit_code == 1
    assert "accepted.yaml:2: the acceptance expired on 2001-01-31" in late.output


def test_what_is_accepted_is_written_where_the_project_looks_for_it(root: Path) -> None:
    esclusa(root, "init")
    text = (root / "esclusa.yaml").read_text()
    (root / "esclusa.yaml").write_text(
        text.replace("    secrets:\n", "    secrets: {accepted: security/accepted.yaml}\n")
    )
    why = ("0123456789abcdef-0a", "--reason", "the database is gone", "--until", "2999-01-31")
    refused = esclusa(root, "accept", *why)
    assert "there is no file of acceptances `security/accepted.yaml`" in refused.output
    assert esclusa(root, "accept", *why, "--file", "security/accepted.yaml").exit_code == 0
    said = esclusa(root, "accept", "0123456789abcdef-0b", *why[1:])
    assert "in security/accepted.yaml; commit it" in said.output
    assert not (root / "accepted.yaml").exists()


def test_a_file_of_acceptances_that_cannot_be_written_is_said(root: Path) -> None:
    why = ("--reason", "the database is gone", "--until", "2999-01-31")
    said = esclusa(root, "accept", "0123456789abcdef-0a", *why, "--file", "agent.py/accepted.yaml")
    assert said.exit_code == 2
    assert "error: agent.py/accepted.yaml cannot be written: " in said.output


def test_a_file_of_acceptances_that_is_named_and_not_there_is_said(root: Path) -> None:
    said = esclusa(root, "scan", "secrets", "--accepted", "acepted.yaml")
    assert (said.exit_code, "there is no file of acceptances acepted.yaml" in said.output) == (2, True)


def test_what_accepts_nothing_is_named_unless_only_a_part_was_looked_at(root: Path) -> None:
    mark = "# esclusa: accept named-password until 2999-01-31: it was one once"
    (root / "a.py").write_text(f"print()  {mark}\n")
    gone = "0123456789abcdef-0a"
    why = ("--reason", "it was one once", "--until", "2999-01-31", "--by", "ana")
    assert esclusa(root, "accept", gone, *why, "--kind", "secrets").exit_code == 0
    assert esclusa(root, "accept", "0123456789abcdef-0b", *why).exit_code == 0
    line = {"where": "a.py:1", "what": "named-password"}
    assert scans(root, "secrets")[0]["idle"] == [line, {"where": "accepted.yaml:2", "what": gone}]
    for part in ((str(root / "a.py"),), ("--history", "none"), ("--exclude", "b"), ("--engine", "rules")):
        assert scans(root, "secrets", *part)[0]["idle"] == [line]
    assert scans(root, "pii")[0]["idle"] == []
    said = esclusa(root, "scan", "secrets", "--exclude", "old.env")
    assert (said.exit_code, "a.py:1: named-password: accepts nothing" in said.output) == (0, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("0123456789abcdef-0a", "--reason", "it is fine", "--until", "2999-01-01", "--kind", "x"),
            "x is no scan",
        ),
        (("0123", "--reason", "it is fine", "--until", "2999-01-01"), "0123 is no fingerprint"),
        (("0123456789abcdef-0a", "--reason", "ok", "--until", "2999-01-01"), "the reason says nothing"),
        (("0123456789abcdef-0a", "--reason", "it is fine", "--until", "soon"), "soon is no day"),
        (("0123456789abcdef-0a", "--reason", "it is fine", "--until", "2001-01-01"), "2001-01-01 is over"),
    ],
)
def test_what_cannot_be_accepted_is_not_written(root: Path, words: tuple[str, ...], said: str) -> None:
    result = esclusa(root, "accept", *words)
    assert (result.exit_code, said in result.output) == (2, True)
    assert not (root / "accepted.yaml").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("secret",), 2, "secret: no such scan, and no such path"),
        (("secrets", "nowhere"), 2, "there is no "),
        (("secrets", "--engine", "kingfish"), 1, "kingfish: no such detector; known are "),
        (("secrets", "--engine", "betterleaks-of-nobody"), 1, "secrets: not run"),
        (("secrets", "--history", "no-such-branch"), 1, "no-such-branch"),
    ],
)
def test_what_cannot_be_scanned_is_never_a_pass(
    root: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    result = esclusa(root, "scan", *words)
    assert (result.exit_code, said in result.output) == (code, True), result.output


def test_a_gate_of_the_project_says_what_may_be(root: Path) -> None:
    (root / "esclusa.yaml").write_text(
        'project: p\nagent: {serve: "agent {port}", ask: {openai: /}}\n'
        "stages: {source: [checkout], test: {secrets: {exclude: [nothing.txt]}}}\n"
        'gates: {security: ["secrets < 2", "secrets{severity>=critical} == 0"]}\n'
    )
    said = esclusa(root, "scan", "secrets")
    assert said.exit_code == 0
    assert "secrets: 1, " in said.output
    assert "scan  " not in said.output


def test_what_the_gates_say_is_in_the_reports_as_in_the_terminal(root: Path) -> None:
    (root / "esclusa.yaml").write_text(
        PROJECT % ("checkout", "secrets: {exclude: [nothing.txt]}")
        + 'gates: {security: ["secrets < 1", "secrets{severity>=critical} == 0 (warn)"]}\n'
    )
    files = {kind: root.parent / f"out.{kind}" for kind in ("json", "markdown")}
    said = esclusa(
        root, "scan", "secrets", *(word for kind, file in files.items() for word in (f"--{kind}", str(file)))
    )
    assert said.exit_code == 1
    [gate] = json.loads(files["json"].read_text())["gates"]
    assert (gate["gate"], gate["verdict"], gate["opens"]) == ("security", "fail", False)
    assert [(one["rule"], one["verdict"], one["mode"]) for one in gate["rules"]] == [
        ("secrets < 1", "fail", "block"),
        ("secrets{severity>=critical} == 0 (warn)", "pass", "warn"),
    ]
    rows = [
        line
        for line in files["markdown"].read_text().splitlines()
        if line.startswith("| ") and "security" in line
    ]
    assert [row.split(" | ")[:3] for row in rows] == [
        ["| ❌ fail", "security", "`secrets < 1`"],
        ["| ✅ pass", "security", "`secrets{severity>=critical} == 0 (warn)`"],
    ]
    for rule in gate["rules"]:
        assert rule["sentence"] in " ".join(said.output.split())


def test_a_part_of_the_project_has_the_same_fingerprints_as_the_whole(root: Path) -> None:
    (root / "deploy").mkdir()
    (root / "deploy" / "app.env").write_text(f"API_PASSWORD={PASSWORD}\n")
    [part] = scans(root, "secrets", str(root / "deploy"))
    [whole] = scans(root, "secrets")
    [finding] = part["findings"]  # type: ignore[misc]
    assert finding["place"]["file"] == "deploy/app.env"
    assert finding in whole["findings"]  # type: ignore[operator]


def test_a_first_word_that_is_no_kind_is_a_path_from_where_the_command_is_told_to_be(root: Path) -> None:
    (root / "deploy").mkdir()
    (root / "deploy" / "app.env").write_text(f"API_PASSWORD={PASSWORD}\n")
    said = esclusa(root, "scan", "deploy")
    assert (said.exit_code, "deploy/app.env:1" in said.output) == (1, True)


def test_a_file_alone_can_be_looked_at_and_nothing_is_left_beside_it(root: Path) -> None:
    (root / "notes.txt").write_text(f"the password is {PASSWORD}\n")
    said = esclusa(root, "scan", "secrets", str(root / "notes.txt"))
    assert (said.exit_code, "notes.txt:1" in said.output) == (1, True)
    assert sorted(path.name for path in root.iterdir()) == [".git", "agent.py", "notes.txt"]


def test_licences_are_looked_at_where_they_are_asked_for_or_the_project_says_which_may_be(root: Path) -> None:
    packages = {"node_modules/a": {"version": "1.0.0", "license": "AGPL-3.0"}}
    lock = {"lockfileVersion": 3, "packages": packages}
    (root / "package-lock.json").write_text(json.dumps(lock))
    said = esclusa(root, "scan", "licences")
    assert said.exit_code == 1
    assert "a 1.0.0: its licence, AGPL-3.0-only, is not allowed" in said.output
    assert esclusa(root, "scan", "licences", "--allow", "copyleft").exit_code == 0
    usual = ["secrets", "dependencies", "pii", "workflows"]
    assert [report["kind"] for report in scans(root)] == usual
    (root / "esclusa.yaml").write_text(
        'project: p\nagent: {serve: "agent {port}", ask: {openai: /}}\n'
        "stages: {source: [checkout], test: {licences: {allowed: [AGPL-3.0]}}}\n"
    )
    reports = {report["kind"]: report for report in scans(root)}
    assert [*reports] == ["secrets", "dependencies", "licences", "pii", "workflows"]
    assert reports["licences"]["findings"] == []


def test_an_environment_is_asked_what_is_installed_in_it(root: Path) -> None:
    place = environment(root / ".venv", {"a.dist-info": "Name: a\nVersion: 1\nLicense: Proprietary\n"})
    said = esclusa(root, "scan", "licences", str(place))
    assert said.exit_code == 1
    assert "a 1: its licence is none that is known: Proprietary" in said.output


def test_what_is_said_not_to_be_affected_is_shown_as_accepted(root: Path, tmp_path: Path) -> None:
    zipped(tmp_path / "osv.zip", advisory())
    (root / "requirements.txt").write_text("acme-tool==1.0\n")
    statement = {"vulnerability": "GHSA-1", "products": ["pkg:pypi/acme-tool"], "status": "not_affected"}
    document = {"@context": "https://openvex.dev/ns", "author": "ana", "timestamp": "2026-11-01T00:00:00Z"}
    vex = {**document, "statements": [{**statement, "impact_statement": "nobody calls it"}]}
    (root / "vex.json").write_text(json.dumps(vex))
    (root / "esclusa.yaml").write_text(
        'project: p\nagent: {serve: "agent {port}", ask: {openai: /}}\n'
        "stages: {source: [checkout], test: {vulnerabilities: {oldest: none}}}\n"
    )
    words = ("scan", "dependencies", "--database", str(tmp_path / "osv.zip"))
    assert esclusa(root, *words).exit_code == 1
    said = esclusa(root, *words, "--vex", "vex.json")
    assert said.exit_code == 0
    assert "accepted (ana): requirements.txt:1 acme-tool 1.0 is affected by GHSA-1" in said.output
    assert "not affected: nobody calls it [vex.json, statement 1]" in " ".join(said.output.split())


PROJECT = 'project: p\nagent: {serve: "agent {port}", ask: {openai: /}}\nstages: {source: [%s], test: {%s}}\n'


def test_an_environment_is_judged_by_what_the_project_says_of_databases_and_statements(root: Path) -> None:
    place = environment(root / ".venv", {"acme_tool-1.0.dist-info": "Name: acme-tool\nVersion: 1.0\n"})
    (root / "security").mkdir()
    zipped(root / "security" / "osv.zip", advisory())
    settings = "vulnerabilities: {database: [security/osv.zip], oldest: none, vex: [security/vex.json]}"
    (root / "esclusa.yaml").write_text(PROJECT % ("checkout", settings))
    statement = {"vulnerability": "GHSA-1", "products": ["pkg:pypi/acme-tool"], "status": "affected"}
    vex = {"@context": "openvex", "author": "ana", "timestamp": "2026-11-01", "statements": [statement]}
    (root / "security" / "vex.json").write_text(json.dumps(vex))
    [report] = scans(root, "dependencies", str(place))
    assert report["seen"] == 1
    [finding] = report["findings"]  # type: ignore[misc]
    assert (finding["rule"], finding["place"]["file"]) == ("GHSA-1", "acme_tool-1.0.dist-info/METADATA")
    why = ("--reason", "nobody calls it", "--until", "2999-01-31")
    assert esclusa(root, "accept", finding["fingerprint"], *why).exit_code == 0
    assert esclusa(root, "scan", "dependencies", str(place)).exit_code == 0


def test_what_clears_nothing_is_named_unless_a_run_looks_at_more(root: Path) -> None:
    zipped(root / "osv.zip", advisory())
    (root / "requirements.txt").write_text("other==1.0\n")
    statement = {"vulnerability": "GHSA-1", "products": ["pkg:pypi/acme-tool"], "status": "fixed"}
    vex = {"@context": "openvex", "author": "ana", "timestamp": "2026-11-01", "statements": [statement]}
    (root / "vex.json").write_text(json.dumps(vex))
    for source, idle in (
        ("checkout", [{"where": "vex.json, statement 1", "what": "GHSA-1"}]),
        ("checkout, dependencies", []),
    ):
        settings = "vulnerabilities: {database: [osv.zip], oldest: none, vex: [vex.json]}"
        (root / "esclusa.yaml").write_text(PROJECT % (source, settings))
        [report] = scans(root, "dependencies")
        assert (report["state"], report["idle"]) == ("clean", idle)


def test_a_database_that_is_named_is_asked_instead_of_the_service_of_the_project(root: Path) -> None:
    zipped(root.parent / "osv.zip", advisory())
    (root / "requirements.txt").write_text("acme-tool==1.0\n")
    (root / "esclusa.yaml").write_text(
        PROJECT % ("checkout", "vulnerabilities: {service: 'http://127.0.0.1:9/'}")
    )
    database = ("--database", str(root.parent / "osv.zip"))
    [report] = scans(root, "dependencies", *database)
    assert [one["rule"] for one in report["findings"]] == ["GHSA-1"]  # type: ignore[attr-defined]
    both = esclusa(root, "scan", "dependencies", *database, "--service", "osv")
    assert (both.exit_code, "a service is asked instead of databases" in both.output) == (2, True)


def test_a_part_of_the_locks_is_judged_by_what_the_project_says(root: Path) -> None:
    zipped(root / "osv.zip", advisory())
    for name in ("api", "web"):
        (root / name).mkdir()
        (root / name / "requirements.txt").write_text("acme-tool==1.0\n")
    (root / "esclusa.yaml").write_text(
        PROJECT % ("checkout", "vulnerabilities: {database: [osv.zip], oldest: none}")
    )
    for place in ("api", "api/requirements.txt"):
        [report] = scans(root, "dependencies", str(root / place))
        assert [one["place"]["file"] for one in report["findings"]] == ["api/requirements.txt"]  # type: ignore[attr-defined]


def test_licences_are_those_of_what_the_project_has_installed(root: Path) -> None:
    (root / "requirements.txt").write_text("a>=1\n")
    (root / "esclusa.yaml").write_text(PROJECT % ("checkout, dependencies", "licences: {}"))
    missing = esclusa(root, "scan", "licences")
    assert missing.exit_code == 1
    assert "`a>=1` is not pinned" in missing.output
    lock = Lock(packages=(LockedPackage(name="a", version="1.0", digests=("0" * 64,)),))
    kept = kept_lock(root / ".esclusa", root, ["requirements.txt"], [])
    kept.parent.mkdir(parents=True)
    kept.write_text(lock.text)
    place = environment_path(root / ".esclusa" / "environments", lock.hash)
    environment(place, {"a.dist-info": "Name: a\nVersion: 1.0\nLicense: MIT\n"})
    assert esclusa(root, "scan", "licences").exit_code == 1
    (place / MARKER).write_text("")
    assert esclusa(root, "scan", "licences").exit_code == 0
    assert [report["kind"] for report in scans(root)][2] == "licences"
    (root / "requirements.txt").write_text("a>=2\n")
    assert esclusa(root, "scan", "licences").exit_code == 1


def test_a_repository_is_looked_at_with_its_history_from_wherever_it_is_named(root: Path) -> None:
    for here, named in ((root.parent, "agent"), (root.parent, str(root)), (root, ".")):
        said = esclusa(here, "scan", "secrets", named)
        assert (said.exit_code, "and all of its history" in said.output) == (1, True)


def test_a_repository_within_the_project_has_a_history_of_its_own(root: Path) -> None:
    nested = root / "nested"
    nested.mkdir()
    git(nested, "init", "-q")
    (nested / "a.env").write_text(f"DB_PASSWORD={PASSWORD}\n")
    git(nested, "add", ".")
    git(nested, "commit", "-qm", "a mistake")
    git(nested, "rm", "-q", "a.env")
    git(nested, "commit", "-q", "--allow-empty", "-m", "taken back")
    nested.mkdir(exist_ok=True)
    said = esclusa(root, "scan", "secrets", str(nested))
    assert (said.exit_code, "a.env:1 in " in said.output) == (1, True)


def test_what_git_ignores_is_looked_at_where_it_is_named(root: Path) -> None:
    (root / ".gitignore").write_text("*.local\n")
    (root / "logs.local").mkdir()
    for file in ("app.local", "logs.local/a.txt"):
        (root / file).write_text(f"DB_PASSWORD={PASSWORD}\n")
    for named, found in (
        ("app.local", "app.local:1"),
        ("logs.local", "a.txt:1"),
        ("logs.local/a.txt", "a.txt:1"),
    ):
        said = esclusa(root, "scan", "secrets", named)
        assert (said.exit_code, found in said.output) == (1, True)
    assert "app.local" not in esclusa(root, "scan", "secrets", "--history", "none").output


def test_an_option_that_means_nothing_to_a_scan_is_refused(root: Path) -> None:
    said = esclusa(root, "scan", "secrets", "--allow", "MIT")
    assert (said.exit_code, "`allowed` means nothing to a scan of secrets" in said.output) == (2, True)
    assert esclusa(root, "scan", "vulnerabilities", "--history", "all").exit_code == 2


def test_two_acceptances_at_once_are_written_out(root: Path) -> None:
    two = ("0123456789abcdef-0a", "0123456789abcdef-0b")
    esclusa(root, "accept", *two, "--reason", "the database is gone", "--until", "2999-01-31", "--by", "ana")
    assert "&" not in (root / "accepted.yaml").read_text()


def children(pid: int) -> list[Path]:
    """Of any of its threads."""
    listed = (path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children"))
    return [Path(f"/proc/{child}") for one in listed for child in one]


def test_an_end_that_is_asked_for_reaches_the_scan(root: Path) -> None:
    for number in range(6):
        (root / f"{number}.txt").write_text("a line of text that takes its time\n" * 300_000)
    words = ("-m", "esclusa", "-C", str(root), "scan", "secrets", "--history", "none")
    with subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as told:
        wait_until(lambda: children(told.pid) != [])
        [child] = children(told.pid)
        told.send_signal(signal.SIGTERM)
        assert told.wait(30) != 0
    wait_until(lambda: not child.exists(), 8.0)  # by itself it would take twice as long
