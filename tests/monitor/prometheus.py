"""Prometheus itself, from Debian's package: its tool, and a server that scrapes what a test serves."""

import contextlib
import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.toy import free_port

UNPACKED = Path(__file__).parents[2] / ".venv" / "debian" / "usr" / "bin"
"""Where .ci/system-packages puts it."""


def promtool() -> str:
    """The tool that checks rules and metrics."""
    return _program("promtool")


@contextlib.contextmanager
def scraping(directory: Path, url: str, rules: str) -> Iterator["Prometheus"]:
    """A server that scrapes a metrics address every second and evaluates the rules as often."""
    port = free_port()
    directory.mkdir()
    (directory / "rules.yml").write_text(rules)
    target = urllib.parse.urlsplit(url)
    scrape = {"job_name": "esclusa", "static_configs": [{"targets": [target.netloc]}]}
    every = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    configuration = {"global": every, "rule_files": ["rules.yml"], "scrape_configs": [scrape]}
    (directory / "prometheus.yml").write_text(json.dumps(configuration))
    command = (_program("prometheus"), "--config.file=prometheus.yml", "--storage.tsdb.path=data")
    with (directory / "log").open("wb") as log:
        server = subprocess.Popen(
            (*command, f"--web.listen-address=127.0.0.1:{port}"), cwd=directory, stdout=log, stderr=log
        )
    try:
        yield Prometheus(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(30)


class Prometheus:
    """A server that is asked."""

    def __init__(self, url: str) -> None:
        self.url = url

    def value(self, query: str) -> float | None:
        """Of an expression that gives one number; None while there is none."""
        result = self._get("/api/v1/query?" + urllib.parse.urlencode({"query": query}))
        return float(result["data"]["result"][0]["value"][1]) if result and result["data"]["result"] else None

    def until(self, query: str, value: float, seconds: float = 60.0) -> None:
        """Wait until the expression is this number."""
        end = time.monotonic() + seconds
        while (found := self.value(query)) != value:
            assert time.monotonic() < end, f"{query} is {found}, not {value}"
            time.sleep(0.2)

    def alerts(self) -> set[str]:
        """The names of the alerts that fire."""
        result = self._get("/api/v1/alerts")
        alerts = result["data"]["alerts"] if result else []
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def _get(self, path: str) -> Any:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return json.load(answer)
        except OSError:
            return None  # not listening yet


def _program(name: str) -> str:
    found = shutil.which(name) or (str(UNPACKED / name) if (UNPACKED / name).exists() else "")
    if not found:
        pytest.skip(f"{name} is not there; .ci/system-packages --tests gets it")
    return found
