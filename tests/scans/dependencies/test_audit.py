"""pip-audit, the real one: what a service says is a finding, and what it does not say is no pass.

The service is one of these tests', for the real ones are on the network.
"""

import http.server
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from esclusa.core.evidence import Finding, Place
from esclusa.core.scan import Engine, Report
from esclusa.scans.dependencies import audit
from esclusa.scans.dependencies.scan import scan
from tests.scans.dependencies.test_scan import asked

NO_ANSWER = "pip-audit had no answer about every package from "
Known = dict[tuple[str, str], list[str]]
EVERYTHING: Known = {("jinja2", "2.4.1"): ["CVE-2014-0012"], ("acme-tool", "1.0"): ["GHSA-1", "GHSA-2"]}


class Service(http.server.ThreadingHTTPServer):
    """An interface like OSV's, that knows what it is given and can be away for one package."""

    known: Known
    away: str

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.known, self.away = EVERYTHING, ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1/query"


class _Answers(http.server.BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name, version = asked["package"]["name"], asked["version"]
        found = [_advisory(one, name) for one in self.server.known.get((name, version), [])]
        said = json.dumps({"vulns": found} if found else {}).encode()
        self.send_response(500 if name == self.server.away else 200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def _advisory(name: str, package: str) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": "2.0"}]
    affected = {
        "package": {"ecosystem": "PyPI", "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    told = {"summary": f"{name} is bad", "details": "", "modified": "2026-01-01T00:00:00Z"}
    return {"id": name, "aliases": [f"CVE-{name}"], "affected": [affected], **told}


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def looked(tmp_path: Path, service: Service, lock: str, name: str = "requirements.txt") -> Report:
    return scan(asked(tmp_path, lock=lock, name=name, service=service.address), {})


def test_what_the_service_knows_is_found_in_each_version_that_is_locked(
    tmp_path: Path, service: Service
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "requirements-dev.txt").write_text("Acme.Tool==2.0\n")
    report = looked(tmp_path, service, "acme-tool==1.0\nother==1.0\n")
    assert (report.state, report.seen, len(report.findings)) == ("found", 3, 2)
    assert report.engines == (
        Engine(name="pip-audit", version=report.engines[0].version, data=service.address),
    )
    first = report.findings[0]
    assert first == Finding(
        rule="CVE-GHSA-1",
        message="acme-tool 1.0 is affected by CVE-GHSA-1 (also GHSA-1): GHSA-1 is bad; "
        "nobody says how severe it is",
        severity="high",
        place=Place(file="requirements.txt", line=1),
        fingerprint=first.fingerprint,
        mend="upgrade acme-tool to 2.0",
        metric="vulnerabilities",
    )


def test_what_the_service_knows_nothing_of_is_clean(tmp_path: Path, service: Service) -> None:
    assert looked(tmp_path, service, "other==1.0\n").state == "clean"


def test_a_service_that_does_not_answer_about_one_package_is_no_pass(
    tmp_path: Path, service: Service
) -> None:
    service.away = "other"
    report = looked(tmp_path, service, "acme-tool==1.0\nother==1.0\n")
    assert (report.state, report.trouble) == ("error", NO_ANSWER + service.address)
    assert report.mend == "see whether the network lets it through, or name a `database`"


def test_a_service_that_knows_nothing_of_what_is_known_is_not_believed(
    tmp_path: Path, service: Service
) -> None:
    service.known = {}
    report = looked(tmp_path, service, "other==1.0\n")
    assert (report.state, report.trouble) == (
        "error",
        "pip-audit does not find what it has to find: jinja2 2.4.1",
    )


def test_packages_of_npm_are_not_looked_at_by_it(tmp_path: Path, service: Service) -> None:
    lock = json.dumps({"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}})
    report = looked(tmp_path, service, lock, "package-lock.json")
    assert report.state == "error"
    assert [one.why for one in report.unseen] == ["pip-audit does not look at packages of npm"]


def test_where_it_is_not_installed_nothing_was_looked_at(
    tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PROGRAM", "no-such-program")
    report = looked(tmp_path, service, "other==1.0\n")
    assert (report.state, report.trouble, report.mend) == (
        "error",
        "no-such-program is not installed",
        "pip install 'esclusa[audit]'",
    )


@pytest.mark.parametrize(
    ("output", "trouble"),
    [
        ("not JSON", "pip-audit wrote a report that cannot be read"),
        ('{"dependencies": []}', "pip-audit says nothing about jinja2 2.4.1, other 1.0"),
        (
            '{"dependencies": [{"name": "jinja2", "version": "2.4.1", "vulns": [{"id": "X"}]}, '
            '{"name": "other", "skip_reason": "it is away"}]}',
            "pip-audit says nothing about other 1.0",
        ),
    ],
)
def test_a_report_that_leaves_something_out_is_no_pass(
    tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch, output: str, trouble: str
) -> None:
    """What it could write if it were not strict; the real one is, as the tests above show."""
    program = tmp_path / "bin" / "pip-audit"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{output}\nEND\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    report = looked(tmp_path, service, "other==1.0\n")
    assert (report.state, report.trouble) == ("error", trouble)
