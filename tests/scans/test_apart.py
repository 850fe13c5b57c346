"""A scan in a process of its own: however that ends, there is a report, and nothing is left running."""

import os
from datetime import date
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from esclusa.core.evidence import Place
from esclusa.core.scan import Engine, Report
from esclusa.scans.apart import scan
from esclusa.scans.request import Request
from tests.processes import wait_until
from tests.scans.strangers import install

AGAIN = "run it by itself, `esclusa scan`, and see what it says"


@pytest.fixture(autouse=True)
def _strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "site", monkeypatch)


def request(tmp_path: Path, engine: str, text: str = "badge: B-1234", **more: str) -> Request:
    root = tmp_path / "root"
    root.mkdir(exist_ok=True)
    (root / "a.txt").write_text(text)
    return Request(
        kind="secrets",
        root=str(root),
        target="here",
        today=date(2026, 11, 26),
        cache=str(tmp_path / "cache"),
        engines=(engine,),
        **more,
    )


def looked(tmp_path: Path, engine: str, **more: str) -> Report:
    return anyio.run(scan, request(tmp_path, engine, **more))


@pytest.mark.parametrize("engine", ["badges", "chatty"])
def test_the_report_comes_back_whatever_the_engine_prints(tmp_path: Path, engine: str) -> None:
    report = looked(tmp_path, engine)
    assert [(one.rule, one.place, one.excerpt) for one in report.findings] == [
        ("badge", Place(file="a.txt", line=1), "badge: •••")
    ]
    assert (report.state, report.engines, report.seen) == ("found", (Engine(name="badges", version="1"),), 1)


@pytest.mark.parametrize(
    ("engine", "trouble"),
    [
        ("killed", "its process was killed by SIGKILL"),
        ("ended", "its process ended with 7"),
        ("silent", "its process wrote no report"),
    ],
)
def test_an_engine_that_takes_the_process_with_it_is_an_error(
    tmp_path: Path, engine: str, trouble: str
) -> None:
    report = looked(tmp_path, engine)
    assert report == Report(kind="secrets", target="here", trouble=trouble, mend=AGAIN)
    assert report.state == "error"


def test_an_engine_that_raises_is_an_error_and_only_the_name_of_it_is_told(tmp_path: Path) -> None:
    report = looked(tmp_path, "fussy")
    assert (report.state, report.trouble) == ("error", "it broke off: ValueError")


def test_an_engine_that_is_not_installed_is_not_run_and_has_a_mend(tmp_path: Path) -> None:
    report = looked(tmp_path, "absent")
    assert (report.state, report.trouble, report.mend) == (
        "not run",
        "badges is not installed",
        "pip install badges",
    )


def test_an_engine_that_nobody_knows_is_not_run(tmp_path: Path) -> None:
    report = looked(tmp_path, "badgers")
    assert report.state == "not run"
    assert report.trouble.startswith("badgers: no such detector; known are absent, badges, ")


def test_a_broken_file_of_acceptances_is_not_run(tmp_path: Path) -> None:
    accepted = tmp_path / "accepted.yaml"
    accepted.write_text("accepted: all\n")
    report = looked(tmp_path, "badges", accepted=str(accepted))
    assert (report.state, report.findings) == ("not run", ())
    assert report.trouble == "accepted.yaml:1: expected the key `accepted` with a list"


def test_a_scan_that_is_cancelled_leaves_nothing_running(tmp_path: Path) -> None:
    pid = tmp_path / "cache" / "pid"

    async def cancelled() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(scan, request(tmp_path, "hanging"))
            await anyio.to_thread.run_sync(wait_until, lambda: pid.exists() and bool(pid.read_text()))
            group.cancel_scope.cancel()

    anyio.run(cancelled)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
