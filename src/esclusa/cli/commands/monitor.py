"""`esclusa monitor`."""

import sys
from pathlib import Path
from typing import Literal

from esclusa.cli.output import console
from esclusa.workspace.monitor import alert_rules, dashboard, metrics, serve_metrics
from esclusa.workspace.opened import open_project


def command(what: Literal["serve", "metrics", "rules", "dashboard"], here: Path, port: int = 0) -> None:
    """Serve the metrics of a project, or print them; or print what belongs to the metrics of any."""
    match what:
        case "rules":
            sys.stdout.write(alert_rules())
        case "dashboard":
            sys.stdout.write(dashboard())
        case "metrics":
            sys.stdout.write(metrics(open_project(here)).decode())
        case _:
            serve_metrics(open_project(here), port, lambda url: console().print(f"metrics at {url}"))
