"""Plays the sample agent's history: a good version, one a gate stops, one taken back for its errors, a better
one, one taken back for its answers while nothing errs, and one with a key in an old commit, which is stopped.

    python -m demo [--directory DIR] [--order first,quicker-prompt,...]

Everything it shows at the end is read from the journal. It leaves nothing running.
"""

import argparse
import asyncio
import contextlib
import json
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from demo.customers import Tally, play, read_conversations

HISTORY = {
    "first": "promoted",
    "quicker-prompt": "blocked",
    "order-numbers": "rolled_back",
    "better": "promoted",
    "no-repeats": "rolled_back",
    "leaked-key": "blocked",
}
"""The sample's tags in order, and what should become of each."""
LEAK = "leaked-key"
CUSTOMERS = 6
"""How many talk to the agent at once."""
console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)


def main() -> int:
    """Set the stage, play, show, and clear away; 0 when the lock did what the history asks for."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__.partition("\n\n")[0])
    parser.add_argument("--directory", type=Path, default=Path(".demo/support-agent"))
    parser.add_argument("--order", default=",".join(HISTORY), help="the tags to play, in this order")
    chosen = parser.parse_args()
    agent: Path = chosen.directory.resolve()
    began = time.monotonic()
    _fresh(agent)
    try:
        tally = asyncio.run(_play(agent, chosen.order.split(",")))
    finally:
        esclusa(agent, "down")
    tags = chosen.order.split(",")
    outcomes = _show(agent, tally, time.monotonic() - began)
    amiss = [
        f"{tag} {outcome}" for tag, outcome in zip(tags, outcomes, strict=True) if HISTORY[tag] != outcome
    ]
    console.print(f"not as it should be: {', '.join(amiss)}" if amiss else "every version met what it should")
    return 1 if amiss else 0


def esclusa(agent: Path, *words: str, check: bool = False) -> subprocess.CompletedProcess[str]:
    """One command, as a user would type it; its output goes to the terminal unless it is JSON."""
    quiet = "--json" in words
    return subprocess.run(
        [sys.executable, "-m", "esclusa", "-C", str(agent), *words],
        check=check,
        capture_output=quiet,
        text=True,
    )


def _fresh(agent: Path) -> None:
    if agent.exists():
        esclusa(agent, "down")
        # What was downloaded and built for the same lock is kept: it is the slow part and never changes.
        for entry in agent.iterdir():
            if entry.name != ".esclusa":
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        for entry in (agent / ".esclusa").glob("*"):
            if entry.name not in ("environments", "locks"):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        kept = agent.with_name(f".{agent.name}-kept")
        (agent / ".esclusa").rename(kept)
        agent.rmdir()
        _init(agent)
        kept.rename(agent / ".esclusa")
    else:
        _init(agent)


def _init(agent: Path) -> None:
    command = [sys.executable, "-m", "esclusa", "init", str(agent), "--template", "support-agent"]
    subprocess.run(command, check=True)


async def _play(agent: Path, tags: Sequence[str]) -> Tally:
    tally = Tally()
    async with contextlib.AsyncExitStack() as customers:
        open_for_business = False
        for tag in tags:
            console.rule(f"[bold]{tag}")
            if tag == LEAK:
                leak(agent)
            await asyncio.to_thread(esclusa, agent, "run", "--commit", tag)
            url = _production(agent)
            if url and not open_for_business:
                console.print(f"customers begin to arrive at {url}\n")
                await customers.enter_async_context(_customers(agent, url, tally))
                open_for_business = True
    return tally


def leak(agent: Path) -> None:
    """Two commits as they happen: one that has a key in it, and one that takes it out again.

    They are made only when their turn comes: a scan looks at every branch and tag, so that with them in the
    repository no version would get through.
    """
    settings = agent / "search.env"
    settings.write_text(f"SEARCH_URL=https://search.internal\nSEARCH_API_KEY={secrets.token_urlsafe(30)}\n")
    _commit(agent, "add", "Look answers up in the search service")
    settings.unlink()
    _commit(agent, "rm", "The key of the search service comes from outside")
    _git(agent, "tag", LEAK)


def _commit(agent: Path, verb: str, message: str) -> None:
    _git(agent, verb, "-q" if verb == "rm" else "-f", "search.env")
    _git(agent, "-c", "user.name=Support", "-c", "user.email=support@example.com", "commit", "-qm", message)


def _git(agent: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=agent, check=True)


@contextlib.asynccontextmanager
async def _customers(agent: Path, url: str, tally: Tally) -> AsyncIterator[None]:
    scripts = read_conversations(agent / "live" / "customers.jsonl")
    playing = asyncio.create_task(
        play(f"{url}/v1/chat/completions", scripts, at_once=CUSTOMERS, seed=7, tally=tally)
    )
    try:
        yield
    finally:
        playing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await playing


def _production(agent: Path) -> str:
    for environment in _json(agent, "status"):
        if environment["name"] == "production" and environment.get("serving"):
            return str(environment["observation"]["endpoint"]["url"])
    return ""


def _json(agent: Path, *words: str) -> Any:
    return json.loads(esclusa(agent, *words, "--json", check=True).stdout)


def _show(agent: Path, tally: Tally, seconds: float) -> list[str]:
    """The table, from the journal; the outcomes, oldest first."""
    table = Table(title="What the journal says", title_justify="left", box=None, header_style="bright_black")
    for name in ("commit", "release", "outcome"):
        table.add_column(name, no_wrap=True)
    table.add_column("why", ratio=1)
    for name in ("exposed", "harmed", "seconds"):
        table.add_column(name, justify="right")
    runs = list(reversed(_json(agent, "history")))
    for run in runs:
        rollout = _production_rollout(agent, run)
        table.add_row(
            f"{run['commit'][:8]} {run['subject'][:30]}",
            run["release"][:12],
            Text(run["outcome"], style="green" if run["outcome"] == "promoted" else "red"),
            Text(run["reason"]),
            str(rollout.get("exposed", 0)),
            str(rollout.get("harmed", 0)),
            f"{run['seconds']:.0f}",
        )
    console.print()
    console.print(table)
    console.print(
        f"\n{tally.requests} requests of synthetic customers: {tally.answered} answered,"
        f" {tally.failed} failed by a release, {tally.unreached} reached nobody."
        f" {seconds / 60:.1f} minutes in all."
    )
    return [run["outcome"] for run in runs]


def _production_rollout(agent: Path, run: dict[str, Any]) -> dict[str, Any]:
    names = [name for name in run["rollouts"] if name.endswith(".production")]
    return dict(_json(agent, "why", names[-1])["rollout"]) if names else {}


if __name__ == "__main__":
    sys.exit(main())
