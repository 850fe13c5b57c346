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

from esclusa.core.errors import ConfigurationError
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
    assert report.engines == (Engine(name="pip-audit", version=report.engines[0].version, data="127.0.0.1"),)
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
    assert (report.state, report.trouble) == ("error", NO_ANSWER + "127.0.0.1")
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
        ("not JSON", "pretender wrote a report that cannot be read"),
        ('{"dependencies": []}', "pretender says nothing about jinja2 2.4.1, other 1.0"),
        (
            '{"dependencies": [{"name": "jinja2", "version": "2.4.1", "vulns": [{"id": "X"}]}, '
            '{"name": "other", "version": "1.0", "vulns": [], "skip_reason": "it is away"}]}',
            "pretender says nothing about other 1.0",
        ),
    ],
)
def test_a_report_that_leaves_something_out_is_no_pass(
    tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch, output: str, trouble: str
) -> None:
    """What it could write if it were not strict; the real one is, as the tests above show."""
    pretend(tmp_path, monkeypatch, f"cat <<'END'\n{output}\nEND")
    report = looked(tmp_path, service, "other==1.0\n")
    assert (report.state, report.trouble) == ("error", trouble)


def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Another program is called pip-audit."""
    program = tmp_path / "bin" / "pretender"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(audit, "PROGRAM", "pretender")
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


ONE = '{"name": "jinja2", "version": "2.4.1", "vulns": [{"id": "X"}]}'


def test_what_is_said_twice_of_a_package_is_all_kept(
    tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = '{"name": "other", "version": "1.0", "vulns": [{"id": "Y"}]}, {"name": "other", "version": "1", "vulns": []}'
    twice += ', {"name": "Other", "version": "1.0", "vulns": []}'
    pretend(tmp_path, monkeypatch, f"echo '{{\"dependencies\": [{ONE}, {twice}]}}'")
    assert [one.rule for one in looked(tmp_path, service, "other==1.0\n").findings] == ["Y"]


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        ("exit 0", "pretender had no answer about every package from 127.0.0.1"),
        ("echo '{}'; exit 2", "pretender had no answer about every package from 127.0.0.1"),
        ("sleep 60", "pretender took too long"),
        ("yes", "pretender said too much"),
    ],
)
def test_a_program_that_does_not_end_well_is_no_pass(
    tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch, script: str, trouble: str
) -> None:
    pretend(tmp_path, monkeypatch, script)
    monkeypatch.setattr(audit, "LONGEST", 1.0)
    monkeypatch.setattr(audit, "LARGEST", 10_000)
    report = looked(tmp_path, service, "other==1.0\n")
    assert (report.state, report.trouble) == ("error", trouble)


def test_it_is_strict_and_gets_nothing_of_ours_but_the_way_to_the_network(
    tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", "not for others")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    pretend(tmp_path, monkeypatch, f'env > {tmp_path}/env; echo "$@" > {tmp_path}/words; exit 1')
    looked(tmp_path, service, "other==1.0\n")
    passed = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    assert passed["https_proxy"] == "http://127.0.0.1:1"
    network = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
    of_shells = {"PWD", "OLDPWD", "SHLVL", "_", "ESCLUSA_SHELL"}
    assert {one.upper() for one in passed.keys() - of_shells} <= {"PATH", "HOME", *network}
    words = (tmp_path / "words").read_text().split()
    assert {"--strict", "--disable-pip", "--no-deps"} <= set(words)


def test_a_version_is_asked_about_as_the_world_knows_it(tmp_path: Path, service: Service) -> None:
    service.known = {**EVERYTHING, ("acme-tool", "1.0b1"): ["GHSA-3"]}
    report = looked(tmp_path, service, "acme-tool==1.0+cpu\nacme_tool==v1.0-beta1\n")
    assert {one.message.split(":")[0] for one in report.findings} == {
        "acme-tool 1.0+cpu is affected by CVE-GHSA-1 (also GHSA-1)",
        "acme-tool 1.0+cpu is affected by CVE-GHSA-2 (also GHSA-2)",
        "acme-tool v1.0-beta1 is affected by CVE-GHSA-3 (also GHSA-3)",
    }


def test_what_is_no_name_or_version_is_not_asked_about(tmp_path: Path, service: Service) -> None:
    lock = '[[package]]\nname = "a\\n-r /etc/passwd"\nversion = "1.0"\n[[package]]\nname = "b"\nversion = "1\\n--pre"\n'
    report = looked(tmp_path, service, lock, "uv.lock")
    assert report.state == "error"
    assert [one.why.endswith("has no place in the order of versions") for one in report.unseen] == [
        True,
        True,
    ]


@pytest.mark.parametrize("word", ["osvv", "--help", "file:///etc/passwd"])
def test_a_service_is_one_that_is_known_or_an_address(tmp_path: Path, word: str) -> None:
    request = asked(tmp_path, service=word)
    with pytest.raises(ConfigurationError) as caught:
        scan(request, {})
    assert (caught.value.message, caught.value.mend) == (
        f"`{word}` is no service",
        "osv, pypi, or an address",
    )


def test_who_asks_is_not_shown(tmp_path: Path, service: Service) -> None:
    address = service.address.replace("http://", "http://ana:tundra@")
    report = scan(asked(tmp_path, lock="other==1.0\n", service=address), {})
    assert "tundra" not in repr(report)
