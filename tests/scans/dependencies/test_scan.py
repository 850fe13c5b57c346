"""The scan of dependencies: old packages are found, and nothing passes for having been looked at that was not."""

import http.server
import json
import os
import threading
import zipfile
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from esclusa.core.evidence import Finding, Place
from esclusa.core.scan import Engine, Report, Unseen
from esclusa.core.value import replace
from esclusa.scans.acceptance import Acceptance
from esclusa.scans.dependencies.inventory import NO_LOCK
from esclusa.scans.dependencies.scan import scan
from esclusa.scans.request import Request
from tests.scans.dependencies.databases import advisory, zipped

LOCK = "acme-tool==1.0\nother==1.0\n"
NOTHING_KNOWN = "of packages of PyPI nothing is found that the database itself says is affected"
TODAY = date(2026, 11, 26)


def asked(
    tmp_path: Path, lock: str | None = LOCK, name: str = "requirements.txt", **settings: Any
) -> Request:
    root = tmp_path / "root"
    root.mkdir(exist_ok=True)
    if lock is not None:
        (root / name).write_text(lock)
    return Request(
        kind="dependencies",
        root=str(root),
        target="here",
        today=TODAY,
        cache=str(tmp_path / "cache"),
        settings={"database": str(tmp_path / "osv.zip"), **settings},
    )


def looked(tmp_path: Path, *advisories: dict[str, Any], **more: Any) -> Report:
    zipped(tmp_path / "osv.zip", *(advisories or (advisory(),)))
    return scan(asked(tmp_path, **more), {})


def test_an_old_package_is_found_with_its_names_its_severity_and_its_mend(tmp_path: Path) -> None:
    other = advisory("PYSEC-1", aliases=["CVE-2026-1", "GHSA-1"], severity=[])
    report = looked(tmp_path, advisory(), other)
    [finding] = report.findings
    assert finding == Finding(
        rule="CVE-2026-1",
        message="acme-tool 1.0 is affected by CVE-2026-1 (also GHSA-1, PYSEC-1): it can be made to run anything",
        severity="critical",
        place=Place(file="requirements.txt", line=1),
        fingerprint=finding.fingerprint,
        mend="upgrade acme-tool to 2.0",
        metric="vulnerabilities",
    )
    assert (report.state, report.seen, report.notes) == ("found", 2, ("2 packages in 1 file",))
    [engine] = report.engines
    assert (engine.name, engine.data.startswith("2 advisories, the newest of 2026-11-20, sha256 ")) == (
        "osv",
        True,
    )


def test_the_version_that_mends_it_is_clean(tmp_path: Path) -> None:
    report = looked(tmp_path, lock="acme_tool==2.0\n")
    assert (report.state, report.findings) == ("clean", ())


def test_what_was_withdrawn_does_not_count(tmp_path: Path) -> None:
    gone = advisory("GHSA-2", withdrawn="2026-11-21T00:00:00Z", package="other")
    assert [one.rule for one in looked(tmp_path, advisory(), gone).findings] == ["GHSA-1"]


def test_where_nobody_says_how_bad_it_is_it_is_taken_to_be_high(tmp_path: Path) -> None:
    [finding] = looked(tmp_path, advisory(severity=[])).findings
    assert (finding.severity, finding.message.endswith("; nobody says how severe it is")) == ("high", True)
    [finding] = looked(tmp_path, advisory(severity=[], database_specific={"severity": "MODERATE"})).findings
    assert finding.severity == "medium"


def test_packages_of_npm_are_looked_at_by_their_own_order(tmp_path: Path) -> None:
    lock = json.dumps({"lockfileVersion": 3, "packages": {"node_modules/@a/b": {"version": "1.9.0"}}})
    known = advisory("GHSA-3", package="@a/b", ecosystem="npm", fixed="1.10.0")
    report = looked(tmp_path, known, lock=lock, name="package-lock.json")
    assert [(one.rule, one.mend) for one in report.findings] == [("GHSA-3", "upgrade @a/b to 1.10.0")]


def test_a_finding_can_be_accepted_until_a_day(tmp_path: Path) -> None:
    [finding] = looked(tmp_path).findings
    accepted = Acceptance(reason="we never call it", expires=TODAY, where="accepted.yaml:2")
    report = scan(asked(tmp_path), {finding.fingerprint: accepted})
    assert (report.state, report.findings, report.accepted) == ("clean", (), (accepted.of(finding),))
    late = Acceptance(reason="we never call it", expires=date(2026, 11, 25), where="accepted.yaml:2")
    report = scan(asked(tmp_path), {finding.fingerprint: late})
    assert (report.state, report.findings) == ("error", (finding,))


def test_what_is_not_pinned_is_not_looked_at_and_that_is_no_pass(tmp_path: Path) -> None:
    report = looked(tmp_path, lock="acme-tool>=1\n")
    assert report.state == "error"
    assert [(one.place, one.why) for one in report.unseen] == [
        ("requirements.txt:1", "`acme-tool>=1` is not pinned")
    ]


def test_what_the_lock_of_the_run_was_resolved_from_need_not_be_pinned(tmp_path: Path) -> None:
    request = asked(tmp_path, lock="acme-tool>=1\n", resolved=("requirements.txt",))
    zipped(tmp_path / "osv.zip", advisory())
    (Path(request.root) / "lock of this run.txt").write_text(
        "# python 3.11\nacme-tool==1.1 \\\n    --hash=sha256:aa\n"
    )
    report = scan(request, {})
    assert (report.state, [one.place for one in report.findings]) == (
        "found",
        [Place(file="lock of this run.txt", line=2)],
    )


@pytest.mark.parametrize(
    ("lock", "name", "place", "why"),
    [
        ("{", "package-lock.json", "package-lock.json:1", "it is no JSON: "),
        ("acme-tool==latest\n", "requirements.txt", "requirements.txt:1", "acme-tool latest: `latest` has no place"),
        ('{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}', "package-lock.json",
         "package-lock.json", "the database has no advisory on packages of npm"),
    ],
)  # fmt: skip
def test_what_cannot_be_matched_is_an_error(
    tmp_path: Path, lock: str, name: str, place: str, why: str
) -> None:
    report = looked(tmp_path, lock=lock, name=name)
    assert report.state == "error"
    assert [one.place for one in report.unseen] == [place]
    assert report.unseen[0].why.startswith(why)


@pytest.mark.parametrize("name", ["pnpm-lock.yaml", "go.sum", "Cargo.lock"])
def test_a_lock_of_a_kind_that_cannot_be_read_is_an_error(tmp_path: Path, name: str) -> None:
    report = looked(tmp_path, lock="anything", name=name)
    assert report.state == "error"
    assert report.unseen == (
        Unseen(
            place=name,
            why="no lock file of this kind can be read",
            mend="exclude it, or write a bill of materials",
        ),
    )


def test_without_a_lock_nothing_was_scanned(tmp_path: Path) -> None:
    report = looked(tmp_path, lock=None)
    assert (report.state, report.trouble) == ("not run", "there is no lock file")


def test_a_lock_that_is_named_and_not_there_is_an_error(tmp_path: Path) -> None:
    report = looked(tmp_path, **{"from": ("requirements.txt", "other.lock")})
    assert report.state == "error"
    assert report.unseen == (Unseen(place="other.lock", why="there is no such file", mend="correct `from`"),)


def test_a_directory_that_is_named_and_has_no_lock_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "root" / "empty").mkdir(parents=True)
    report = looked(tmp_path, **{"from": ("requirements.txt", "empty")})
    assert report.unseen == (Unseen(place="empty", why="there is no lock file in it", mend=NO_LOCK),)


def test_what_requirements_take_in_is_looked_at_whatever_it_is_called(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for directory in ("deps", "requirements"):
        (root / directory).mkdir(parents=True)
    (root / "deps" / "base.txt").write_text("-r more.txt\nrequests>=1\n")
    (root / "deps" / "more.txt").write_text("-r base.txt\nacme-tool==1.0\n")
    (root / "requirements" / "prod.txt").write_text("other==1.0\n")
    report = looked(tmp_path, lock="-r deps/base.txt\n--requirement=requirements/prod.txt\n")
    assert [one.place for one in report.findings] == [Place(file="deps/more.txt", line=2)]
    assert [one.place for one in report.unseen] == ["deps/base.txt:2"]
    assert report.notes[0] == "2 packages in 4 files"


@pytest.mark.parametrize("target", ["deps/gone.txt", "../beside.txt", "https://example.org/base.txt"])
def test_what_requirements_take_in_and_is_not_there_is_an_error(tmp_path: Path, target: str) -> None:
    (tmp_path / "beside.txt").write_text("acme-tool==1.0\n")
    report = looked(tmp_path, lock=f"other==1.0\n-r {target}\n")
    assert report.state == "error"
    assert [one.place for one in report.unseen] == ["requirements.txt:2"]
    assert report.unseen[0].why.startswith("it takes in `")


def test_what_is_left_out_is_not_taken_in(tmp_path: Path) -> None:
    (tmp_path / "root" / "deps").mkdir(parents=True)
    (tmp_path / "root" / "deps" / "base.txt").write_text("acme-tool==1.0\n")
    zipped(tmp_path / "osv.zip", advisory())
    request = replace(asked(tmp_path, lock="other==1.0\n-r deps/base.txt\n"), excluded=("deps/",))
    assert scan(request, {}).state == "clean"


def test_a_database_from_the_future_is_an_error(tmp_path: Path) -> None:
    report = looked(tmp_path, advisory(modified="2026-12-01T00:00:00Z"), advisory("OLD"))
    assert (report.state, report.trouble) == (
        "error",
        "the database says that an advisory is of 2026-12-01, which is still to come",
    )


def test_a_database_that_is_stale_is_an_error_unless_any_age_will_do(tmp_path: Path) -> None:
    old = advisory(modified="2026-10-01T00:00:00Z")
    report = looked(tmp_path, old)
    assert (report.state, report.trouble) == (
        "error",
        "the database is stale: its newest advisory is of 2026-10-01, 56 days ago",
    )
    assert looked(tmp_path, old, oldest=60 * 86_400.0).state == "found"
    assert looked(tmp_path, old, oldest=None).state == "found"


def broken(path: Path, how: str) -> None:
    zipped(path, advisory())
    data = path.read_bytes()
    match how:
        case "missing":
            path.unlink()
        case "truncated":
            path.write_bytes(data[: len(data) // 2])
        case "empty":
            zipped(path)
        case "of another schema":
            zipped(path, {"id": "X", "modified": "2026-11-20T10:00:00Z", "affected": "everything"})
        case "of a later schema":
            zipped(path, advisory(schema_version="2.0.0"))
        case "no date":
            zipped(path, advisory(modified="yesterday"))
        case "of another ecosystem":
            zipped(path, advisory(ecosystem="crates.io"))
        case "not UTF-8":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("X.json", b'{"id": "X\xc2", "modified": "2026-11-20T10:00:00Z"}')
        case "damaged":
            at = data.index(b"ACME") if b"ACME" in data else 60
            path.write_bytes(data[:at] + b"\xff\xff\xff" + data[at + 3 :])


@pytest.mark.parametrize(
    ("how", "trouble"),
    [
        ("missing", "there is no database "),
        ("of a later schema", "GHSA-1.json is of version 2.0.0 "),
        ("truncated", "osv.zip is no database of advisories, or is cut off"),
        ("empty", "osv.zip has no advisory on a package of PyPI or npm"),
        ("of another schema", "X.json is no advisory in the OSV format: "),
        ("not UTF-8", "X.json is no advisory in the OSV format: "),
        ("no date", "GHSA-1.json does not say when it was modified"),
        ("of another ecosystem", "osv.zip has no advisory on a package of PyPI or npm"),
        ("damaged", "osv.zip cannot be read: "),
    ],
)
def test_what_is_no_database_is_never_a_pass(tmp_path: Path, how: str, trouble: str) -> None:
    broken(tmp_path / "osv.zip", how)
    report = scan(asked(tmp_path), {})
    assert report.state == "error"
    assert report.trouble.startswith(trouble)
    assert report.mend


@pytest.mark.parametrize("answer", [True, False])
def test_a_matcher_that_tells_nothing_apart_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bool
) -> None:
    monkeypatch.setattr("esclusa.scans.dependencies.matching.is_affected", lambda *_: answer)
    report = looked(tmp_path)
    assert (report.state, report.trouble) == ("error", NOTHING_KNOWN)


def test_a_database_that_names_no_versions_is_no_pass(tmp_path: Path) -> None:
    commits = {"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "8badf00d"}]}
    named = {"package": {"ecosystem": "PyPI", "name": "acme-tool"}, "ranges": [commits]}
    assert looked(tmp_path, advisory(affected=[named])).trouble == NOTHING_KNOWN


def test_a_database_may_be_a_directory_of_yaml_or_one_file(tmp_path: Path) -> None:
    vulns = tmp_path / "vulns" / "acme"
    vulns.mkdir(parents=True)
    (vulns / "PYSEC-1.yaml").write_text(json.dumps(advisory("PYSEC-1")))
    assert [one.rule for one in scan(asked(tmp_path, database=str(tmp_path / "vulns")), {}).findings] == [
        "PYSEC-1"
    ]
    single = tmp_path / "all.json"
    single.write_text(json.dumps([advisory("A-1"), advisory("A-2", package="other")]))
    assert [one.rule for one in scan(asked(tmp_path, database=str(single)), {}).findings] == ["A-1", "A-2"]


def test_several_databases_are_one_and_each_has_to_be_new_enough(tmp_path: Path) -> None:
    other = zipped(tmp_path / "npm.zip", advisory("GHSA-3", package="a", ecosystem="npm"))
    zipped(tmp_path / "osv.zip", advisory())
    lock = json.dumps({"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}})
    both = (str(tmp_path / "osv.zip"), str(other))
    request = asked(tmp_path, lock=lock, name="package-lock.json", database=both)
    (Path(request.root) / "requirements.txt").write_text("acme-tool==1.0\n")
    report = scan(request, {})
    assert (report.state, [one.rule for one in report.findings]) == ("found", ["GHSA-3", "GHSA-1"])
    assert len(report.engines) == 2
    zipped(other, advisory("GHSA-3", package="a", ecosystem="npm", modified="2026-01-01T00:00:00Z"))
    assert scan(request, {}).trouble.startswith("the database is stale: its newest advisory is of 2026-01-01")


class Shelf(http.server.SimpleHTTPRequestHandler):
    """Serves a directory, and says nothing about it."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[tuple[Path, http.server.ThreadingHTTPServer]]:
    served = tmp_path / "served"
    served.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Shelf, directory=str(served)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield served, server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_database_is_downloaded_and_its_copy_used_while_the_server_is_away(
    tmp_path: Path, shelf: tuple[Path, http.server.ThreadingHTTPServer]
) -> None:
    served, server = shelf
    zipped(served / "all.zip", advisory())
    address = f"http://127.0.0.1:{server.server_address[1]}/all.zip"
    assert scan(asked(tmp_path, database=address), {}).state == "found"
    (served / "all.zip").unlink()
    again = scan(asked(tmp_path, database=address), {})
    assert again.state == "found"
    assert (
        again.notes[0] == f"{address} cannot be had (the server answered 404); this is the copy from before"
    )
    never = scan(asked(tmp_path, database=f"{address}.other"), {})
    assert (never.state, never.trouble) == (
        "error",
        f"{address}.other cannot be had: the server answered 404",
    )


@pytest.mark.parametrize("part", [b"<html>please log in</html>", None])
def test_what_is_no_database_does_not_take_the_place_of_the_copy(
    tmp_path: Path, shelf: tuple[Path, http.server.ThreadingHTTPServer], part: bytes | None
) -> None:
    served, server = shelf
    file = served / "all.zip"
    zipped(file, advisory())
    address = f"http://127.0.0.1:{server.server_address[1]}/all.zip"
    assert scan(asked(tmp_path, database=address), {}).state == "found"
    file.write_bytes(part or file.read_bytes()[:300])
    later = file.stat().st_mtime + 60
    os.utime(file, (later, later))
    again = scan(asked(tmp_path, database=address), {})
    why = "what came is no zip, or only a part of one"
    assert (again.state, again.notes[0]) == (
        "found",
        f"{address} cannot be had ({why}); this is the copy from before",
    )


def test_an_excluded_lock_is_said_and_not_looked_at(tmp_path: Path) -> None:
    zipped(tmp_path / "osv.zip", advisory())
    request = asked(tmp_path)
    (Path(request.root) / "old").mkdir()
    (Path(request.root) / "old" / "requirements.txt").write_text("acme-tool>=0\n")
    report = scan(
        Request(
            **{**{name: getattr(request, name) for name in request.__struct_fields__}, "excluded": ("old/",)}
        ),
        {},
    )
    assert report.state == "found"
    assert report.excluded == (Unseen(place="old/", why="excluded by `old/`"),)
    assert report.engines == (Engine(name="osv", data=report.engines[0].data),)
