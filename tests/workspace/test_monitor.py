"""`esclusa monitor`, scraped by a real Prometheus while a rollout goes wrong."""

import asyncio
import contextlib
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from esclusa.monitor.rules import alert_rules
from tests.monitor.dashboard import ROWS, Panel
from tests.monitor.prometheus import Prometheus, scraping
from tests.toy import COMMAND, Toy, customers

pytestmark = pytest.mark.real


@contextlib.contextmanager
def served(toy: Toy) -> Iterator[str]:
    """The address of the metrics; ended as a person ends it."""
    process = subprocess.Popen(
        (*COMMAND, "monitor", "serve", "--port", "0"), cwd=toy.root, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("metrics at http://127.0.0.1:")
        yield line.split()[-1]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()


def test_prometheus_sees_a_rollback_and_alerts(toy: Toy, tmp_path: Path) -> None:
    assert toy.esclusa("run").returncode == 0
    bug = toy.write("prompts/manner.txt", "bug\n", "Be bug")
    with served(toy) as url, scraping(tmp_path / "prometheus", url, alert_rules()) as prometheus:
        prometheus.until('esclusa_rollout_state{environment="production",state="promoted"}', 1)
        prometheus.until('esclusa_replicas{environment="production",role="stable",state="healthy"}', 2)
        prometheus.until("esclusa_controller_up", 1)
        prometheus.until('esclusa_rollouts_total{environment="production",state="rolled_back"}', 0)
        asyncio.run(rolled_back(toy, bug))
        prometheus.until('esclusa_rollout_state{environment="production",state="rolled_back"}', 1)
        prometheus.until('esclusa_rollouts_total{environment="production",state="rolled_back"}', 1)
        prometheus.until("sum(cicd_pipeline_run_duration_seconds_count)", 2)
        until_alert(prometheus, "EsclusaRolledBack")
        story = toy.json("why")["rollout"]
        assert (
            prometheus.value('esclusa_rollout_exposed_failures{environment="production"}') == story["harmed"]
        )
        assert prometheus.value("esclusa_rollout_evidence_log10 >= esclusa_rollout_evidence_threshold_log10")
        blank = [panel.title for row in ROWS.values() for panel in row if not shown(prometheus, panel)]
        assert blank == []


def shown(prometheus: Prometheus, panel: Panel) -> bool:
    """Whether every query of a panel gives something, asked as Grafana asks it."""
    variables = {"$environment": "production", "$__range": "10m"}
    for query in panel.queries:
        expression = query.expression
        for name, value in variables.items():
            expression = expression.replace(name, value)
        if prometheus.value(expression) is None:
            return False
    return True


async def rolled_back(toy: Toy, commit: str) -> None:
    async with customers(toy.url):
        done = await asyncio.to_thread(toy.esclusa, "run", "--commit", commit)
    assert done.returncode == 1, done.stdout


def until_alert(prometheus: Prometheus, name: str) -> None:
    prometheus.until(f'count(ALERTS{{alertname="{name}",alertstate="firing"}})', 1)


def test_what_is_asked_for_elsewhere_and_a_port_that_is_taken_are_said_in_words(toy: Toy) -> None:
    with served(toy) as url:
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(url.removesuffix("metrics"))
        port = url.rpartition(":")[2].partition("/")[0]
        second = toy.esclusa("monitor", "serve", "--port", port)
        assert second.returncode == 3
        assert f"port {port} cannot be listened on: Address already in use" in second.stderr
    assert "esclusa_build_info{" in toy.esclusa("monitor", "metrics").stdout
    assert "alert: EsclusaRolledBack" in toy.esclusa("monitor", "rules").stdout
