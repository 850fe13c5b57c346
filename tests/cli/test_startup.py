"""Start-up is a feature: the parser knows every command and none of our rooms."""

import json
import subprocess
import sys

from click.testing import CliRunner

from esclusa.cli.main import main

COMMANDS = [
    *("init", "check", "run", "eval", "scan", "accept"),
    *("status", "history", "show", "why", "releases", "diff", "flags"),
    *(
        "promote",
        "pause",
        "resume",
        "abort",
        "approve",
        "deploy",
        "rollback",
        "lock",
        "unlock",
        "restart",
        "logs",
        "down",
        "doctor",
        "prune",
        "plan-samples",
        "pii",
        "rollout",
        "dataset",
        "monitor",
        "judge",
    ),
]


def test_help_lists_every_command_in_the_order_of_a_life() -> None:
    said = CliRunner().invoke(main, ["--help"])
    assert said.exit_code == 0
    listed = said.output.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == COMMANDS


def test_building_the_parser_imports_none_of_our_rooms() -> None:
    code = "import sys, json, esclusa.cli.main; print(json.dumps([m for m in sys.modules if 'esclusa' in m]))"
    loaded = json.loads(subprocess.run((sys.executable, "-c", code), check=True, capture_output=True).stdout)
    assert set(loaded) == {"esclusa", "esclusa.cli", "esclusa.cli.main"}


def test_every_command_has_a_module_of_its_name_or_steers() -> None:
    for name in COMMANDS:
        module = {"unlock": "lock", **dict.fromkeys(("promote", "pause", "resume", "abort"), "steer")}.get(
            name, name.replace("-", "_")
        )
        code = f"from esclusa.cli.commands.{module} import command"
        subprocess.run((sys.executable, "-c", code), check=True)
