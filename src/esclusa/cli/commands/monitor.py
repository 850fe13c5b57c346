"""`esclusa monitor`."""

import sys
from pathlib import Path

from esclusa.cli.output import console
from esclusa.workspace.monitor import alert_rules, metrics, serve_metrics
from esclusa.workspace.opened import open_project


def command(here: Path | None, port: int | None = None) -> None:
    """The rules without a project, its metrics once without a port, else served there."""
    if here is None:
        sys.stdout.write(alert_rules())
    elif port is None:
        sys.stdout.write(metrics(open_project(here)).decode())
    else:
        serve_metrics(open_project(here), port, lambda url: console().print(f"metrics at {url}"))
