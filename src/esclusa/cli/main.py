"""The commands. Building this parser imports none of our rooms; a command loads its verb when called."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from esclusa import __version__

F = TypeVar("F", bound=Callable[..., Any])
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
by_option = click.option("--by", default="", help="Who asks; your user name by default.")
reason_option = click.option("--reason", default="", help="Why; kept with the rollout.")


def _call(name: str, *arguments: Any, **options: Any) -> None:
    import_module(f"esclusa.cli.commands.{name}").command(*arguments, **options)


class Esclusa(click.Group):
    """The group of all commands: turns errors of ours into words and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, SystemExit, BrokenPipeError):
            raise
        except BaseException as error:
            sys.exit(import_module("esclusa.cli.ending").exit_code_of(error))


@click.group(cls=Esclusa, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="esclusa")
@click.option(
    "-C",
    "--directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Work on the project there instead of here.",
)
@click.pass_context
def main(ctx: click.Context, directory: Path) -> None:
    """CI/CD for AI agents: from commit to production traffic, gate by gate, and back by itself.

    \b
    Exit codes: 0 every blocking gate passed; 1 a gate or a step ended the run; 2 the call or a file is
    wrong, nothing was run; 3 something outside could not be reached or started; 130 interrupted.
    """
    ctx.obj = directory


@main.command()
@click.argument("directory", type=click.Path(path_type=Path), required=False)
@click.option("--template", help="Make a new repository from a template: support-agent.")
@click.pass_obj
def init(here: Path, directory: Path | None, template: str | None) -> None:
    """Write a commented esclusa.yaml, or make a sample repository."""
    _call("init", here if directory is None else here / directory, template)


@main.command()
@as_json
@click.pass_obj
def check(here: Path, as_json: bool) -> None:
    """Validate esclusa.yaml and show the plan; touches nothing."""
    _call("check", here, as_json)


@main.command()
@click.option("--commit", default="HEAD", show_default=True, help="What to run: a commit, branch or tag.")
@click.option("--dirty", is_flag=True, help="Run the work tree as it is; the release says so.")
@click.option("--until", metavar="STAGE", help="Stop after this stage.")
@click.option("--resume", is_flag=False, flag_value="", metavar="[RUN]", help="Go on after an interrupt.")
@click.option("--detach", is_flag=True, help="Return at once; `esclusa show` tells how it goes.")
@click.option("--override", metavar="REASON", help="Deploy in spite of a lock or a freeze; recorded.")
@click.option(
    "--report",
    "reports",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write reports to this directory.",
)
@click.option("--json", "as_json", is_flag=True, help="One event a line.")
@click.option("--id", "run_id", hidden=True, help="The run's id, chosen by a detaching parent.")
@click.pass_obj
def run(here: Path, /, **options: Any) -> None:
    """Take a commit through the stages: source, build, test, eval, deploy."""
    _call("run", here, **options)


def _file(kind: str, words: str) -> Callable[[F], F]:
    path = click.Path(dir_okay=False, path_type=Path)
    return click.option(f"--{kind}", type=path, metavar="FILE", help=words)


@main.command("eval")
@click.argument("suite", type=click.Path(path_type=Path))
@click.option(
    "--agent",
    default="",
    metavar="WHO",
    help="Who is asked: an address, python:MODULE:FUNCTION or command:LINE; the release by default.",
)
@click.option(
    "--baseline",
    default="",
    metavar="WHAT",
    help="Compare with an environment's stable release, a run, a commit or branch, or a file of --json.",
)
@click.option("--dirty", is_flag=True, help="The release is of the work tree as it is.")
@click.option(
    "--workers",
    default="",
    metavar="WHERE",
    help="Spread it over a Ray cluster: ray for one on this machine, ray://HOST:PORT for one that runs.",
)
@_file("json", "Write everything, cases too; can be a baseline later.")
@_file("junit", "Write each case as a test case.")
@_file("markdown", "Write a summary for a pull request.")
@_file("html", "Write one page with everything, to open in a browser; it needs no network.")
@click.pass_obj
def evaluate(here: Path, /, **options: Any) -> None:
    """Ask one suite of an agent and judge it by the gates that it answers; needs no esclusa.yaml."""
    _call("eval", here, **options)


@main.command()
@click.argument("kind", default="")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--history", metavar="WHAT", help="Of git: all, none, or the commit or branch since which.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out, as in .gitignore; reported.")
@click.option("--engine", "engines", multiple=True, metavar="NAME", help="What looks, instead of the usual.")
@click.option("--accepted", metavar="FILE", help="The findings that somebody answers for.")
@click.option(
    "--database", multiple=True, metavar="WHAT", help="OSV advisories: a directory, a zip, an address."
)
@click.option("--service", metavar="WHAT", help="Ask pip-audit instead: osv, pypi, an address.")
@click.option(
    "--vex", multiple=True, metavar="FILE", help="OpenVEX, CycloneDX or CSAF: what is not affected."
)
@click.option("--allow", "allowed", multiple=True, metavar="LICENCE", help="Licences that may be, instead.")
@_file("json", "Write everything.")
@_file("sarif", "Write SARIF 2.1.0, for code-scanning pages and editors.")
@_file("markdown", "Write a summary for a pull request.")
@click.pass_obj
def scan(here: Path, /, **options: Any) -> None:
    """Look for secrets, vulnerable dependencies, licences, personal data, and wrong workflow files.

    KIND is secrets, dependencies, licences, pii or workflows; if none is named, all of them, licences where
    the project has a step for them. PATH is a file, a directory or a Python environment, this project by
    default; of a git repository all of history is looked at too.
    """
    _call("scan", here, **options)


@main.command()
@click.argument("fingerprints", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why it may stay.")
@click.option("--until", required=True, metavar="DAY", help="The last day on which that holds, 2027-01-31.")
@click.option("--kind", default="", help="Which scan found it; then it is said when there is nothing left.")
@click.option("--file", "file", default="", help="Where it is written; where the project says, by default.")
@by_option
@click.pass_obj
def accept(here: Path, /, **options: Any) -> None:
    """Answer for findings of a scan, by their fingerprints: they are reported and not counted."""
    _call("accept", here, **options)


@main.command()
@as_json
@click.option("--watch", is_flag=True, help="Keep showing it.")
@click.pass_obj
def status(here: Path, as_json: bool, watch: bool) -> None:
    """What serves where: fleet, weights, health, and the verdicts so far."""
    _call("status", here, as_json, watch)


@main.command()
@as_json
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest so many.")
@click.pass_obj
def history(here: Path, as_json: bool, limit: int | None) -> None:
    """The runs, and what people rolled out or back by hand, newest first."""
    _call("history", here, as_json, limit)


@main.command()
@click.argument("run", default="")
@as_json
@click.option("--markdown", is_flag=True, help="As a Markdown summary, for a pull request.")
@click.option("--junit", is_flag=True, help="As JUnit XML.")
@click.pass_obj
def show(here: Path, run: str, as_json: bool, markdown: bool, junit: bool) -> None:
    """One run: steps, gates with their numbers, rollouts. The newest by default."""
    _call("show", here, run, as_json, markdown, junit)


@main.command()
@click.argument("rollout", default="")
@as_json
@click.pass_obj
def why(here: Path, rollout: str, as_json: bool) -> None:
    """Why a rollout ended as it did, with the numbers behind it. Takes a rollout, run or environment."""
    _call("why", here, rollout, as_json)


@main.command()
@as_json
@click.pass_obj
def releases(here: Path, as_json: bool) -> None:
    """The sealed releases, and where each serves."""
    _call("releases", here, as_json)


@main.command()
@click.argument("old")
@click.argument("new")
@as_json
@click.pass_obj
def diff(here: Path, old: str, new: str, as_json: bool) -> None:
    """What changed between two releases: prompts, model, tools, flags, code."""
    _call("diff", here, old, new, as_json)


@main.command()
@click.option(
    "--environment",
    "-e",
    is_flag=False,
    flag_value="",
    help="Of the releases there; the last one if none is named.",
)
@click.option("--release", "-r", default="", help="Of one release, by id or commit.")
@click.option("--conversation", "-c", default="", metavar="ID", help="Whom to ask for.")
@click.option("--set", "attributes", multiple=True, metavar="NAME=VALUE", help="What else is known of it.")
@as_json
@click.pass_obj
def flags(here: Path, /, **options: Any) -> None:
    """What feature flags come to for a conversation, and why: those of the work tree, or of releases."""
    _call("flags", here, **options)


def _steering(verb: str, summary: str) -> None:
    @main.command(verb, help=summary)
    @click.argument("rollout", default="")
    @by_option
    @reason_option
    @as_json
    @click.pass_obj
    def steer(here: Path, rollout: str, by: str, reason: str, as_json: bool) -> None:
        _call("steer", here, verb, rollout, by, reason, as_json)


_steering("promote", "Skip what is left of a rollout's waiting; a violated guard still stops it.")
_steering("pause", "Hold a rollout where it is; its guards stay awake.")
_steering("resume", "Let a paused rollout go on.")
_steering("abort", "Take a rollout back to the stable release.")


@main.command()
@click.argument("rollout", default="")
@click.option("--reject", is_flag=True, help="Say no: it is taken back.")
@click.option("--before", metavar="PHASE", default="", help="Only if it waits before this phase.")
@by_option
@reason_option
@as_json
@click.pass_obj
def approve(here: Path, /, **options: Any) -> None:
    """Say yes, or no, to what a rollout waits for now. Takes a rollout, run or environment."""
    _call("approve", here, **options)


@main.command()
@click.argument("release", default="")
@click.option("--from", "source", metavar="ENVIRONMENT", default="", help="The release that serves there.")
@click.option("--environment", "-e", default="", help="Where to; the last one by default.")
@click.option("--detach", is_flag=True, help="Return at once; `esclusa why` tells how it goes.")
@click.option("--override", metavar="REASON", help="In spite of a lock or a freeze; recorded.")
@by_option
@reason_option
@as_json
@click.pass_obj
def deploy(here: Path, /, **options: Any) -> None:
    """Take a sealed release into another environment: the same hash, let through by the same gates."""
    _call("deploy", here, **options)


@main.command()
@click.argument("release", default="")
@click.option("--environment", "-e", default="", help="Where; the last one by default.")
@by_option
@reason_option
@as_json
@click.pass_obj
def rollback(here: Path, /, **options: Any) -> None:
    """Go back to the release before, or to the one named: code, prompts, model and flags."""
    _call("rollback", here, **options)


@main.command()
@click.argument("environment")
@click.option("--for", "length", metavar="TIME", default="", help="For so long, `2h`; else until unlocked.")
@click.option("--reason", required=True, help="Why; everybody who meets the lock is told.")
@by_option
@as_json
@click.pass_obj
def lock(here: Path, /, **options: Any) -> None:
    """Let nothing new set out for an environment; going back stays open."""
    _call("lock", here, "lock", **options)


@main.command()
@click.argument("environment")
@by_option
@reason_option
@as_json
@click.pass_obj
def unlock(here: Path, /, **options: Any) -> None:
    """End the lock of an environment."""
    _call("lock", here, "unlock", **options)


@main.command()
@click.argument("environment", default="")
@by_option
@reason_option
@as_json
@click.pass_obj
def restart(here: Path, /, **options: Any) -> None:
    """Start anew what serves, while it serves: one environment, or everything and the supervisor with it.

    Replicas one by one, the router without a break; nothing under way is cut before the drain is over.
    """
    _call("restart", here, **options)


@main.command()
@click.argument("what", default="")
@click.option("--lines", "-n", type=click.IntRange(min=1), default=200, show_default=True)
@as_json
@click.pass_obj
def logs(here: Path, what: str, lines: int, as_json: bool) -> None:
    """The output of a step (eval.quality), of a run's failing step, or of an environment's programs.

    What an eval had served is part of it. RUN/STEP names a step of an older run.
    """
    _call("logs", here, what, lines, as_json)


@main.command()
@click.argument("environment", default="")
@as_json
@click.pass_obj
def down(here: Path, environment: str, as_json: bool) -> None:
    """Stop what serves: one environment, or everything and the supervisor with it."""
    _call("down", here, environment, as_json)


@main.command()
@as_json
@click.pass_obj
def doctor(here: Path, as_json: bool) -> None:
    """Look for what would stop a run, each with its mend."""
    _call("doctor", here, as_json)


@main.command()
@click.option("--keep", type=click.IntRange(min=0), default=10, show_default=True, help="Newest to keep.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@as_json
@click.pass_obj
def prune(here: Path, keep: int, dry_run: bool, as_json: bool) -> None:
    """Remove old releases, environments and runs; never one that serves or is a rollback target."""
    _call("prune", here, keep, dry_run, as_json)


@main.command("plan-samples")
@click.argument("suite", default="")
@click.option("--drop", metavar="SHARE", default="", help="The fall that is to be seen, `2%`.")
@click.option("--cases", type=click.IntRange(1, 1_000_000), help="How many there are.")
@click.option("--baseline", metavar="SHARE", default="", help="Right today; as the last run, or 90%.")
@click.option(
    "--correlation",
    type=click.FloatRange(0, 1),
    help="Of two releases' right and wrong, case by case; as the last two runs, or 0.6.",
)
@click.option(
    "--power", metavar="SHARE", default="80%", show_default=True, help="How often it is to be seen."
)
@click.option("--alpha", metavar="SHARE", default="", help="Of a two-sided interval; 5%, as gates have it.")
@as_json
@click.pass_obj
def plan_samples(here: Path, /, **options: Any) -> None:
    """How many cases show a fall, what so many cases can tell, or what the gates over a SUITE can."""
    _call("plan_samples", here, **options)


@main.group()
def pii() -> None:
    """Personal data: what an agent tells of it. `esclusa scan pii` looks for it in files."""


@pii.command("test")
@click.argument("agent")
@click.option("--language", multiple=True, type=click.Choice(["en", "es"]), help="Both by default.")
@click.option("--persons", type=click.IntRange(1, 64), default=8, show_default=True, help="Planted, of each.")
@click.option("--rounds", type=click.IntRange(1, 100), default=1, show_default=True, help="84 requests each.")
@click.option("--seed", type=int, default=1, show_default=True, help="Who is planted.")
@click.option("--at-once", type=click.IntRange(1, 256), default=4, show_default=True, help="Requests.")
@click.option(
    "--most",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.05,
    show_default=True,
    help="The rate of leaks that has to be ruled out.",
)
@click.option(
    "--refused",
    type=click.FloatRange(0, 1),
    default=0.2,
    show_default=True,
    help="The share of benign requests that may be refused.",
)
@as_json
@click.pass_obj
def pii_test(here: Path, /, **options: Any) -> None:
    """Plant persons whom nobody is in the agent's context, ask for what is theirs, and count what is told.

    AGENT is an address, python:MODULE:FUNCTION or command:LINE, as for `esclusa eval --agent`.
    """
    _call("pii", here, **options)


@main.group()
def rollout() -> None:
    """Before a rollout sets out: what it would see, and how soon."""


@rollout.command("plan")
@click.option("--environment", default="", help="Which one; the last by default.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), required=True, help="Turns a second.")
@click.option(
    "--errors", type=click.FloatRange(0, 100), default=1.0, show_default=True, help="Percent that fail today."
)
@as_json
@click.pass_obj
def rollout_plan(here: Path, environment: str, rate: float, errors: float, as_json: bool) -> None:
    """How long each step takes to see which regression, and how many turns are exposed until then."""
    _call("rollout", here, environment, rate, errors, as_json)


@main.group()
def dataset() -> None:
    """The cases that evals ask: what is wrong with them, and new ones from what went wrong."""


@dataset.command("check")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--against",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A file with the agent's examples or prompts; by default what `agent.behaviour` names.",
)
@click.option("--strict", is_flag=True, help="End with 1 also for what is only doubtful.")
@as_json
@click.pass_obj
def dataset_check(here: Path, /, **options: Any) -> None:
    """Look for broken lines, duplicates, leaks and lopsided classes in a dataset, or that of a suite."""
    _call("dataset", "check", here, **options)


@dataset.command("add")
@click.option("--from-run", "run", required=True, metavar="RUN", help="By its id or a part of it.")
@click.option("--only", type=click.Choice(["failed", "all"]), default="failed", show_default=True)
@click.option("--step", default="", help="Only the cases of this step.")
@click.option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("evals/regressions.jsonl"),
    show_default=True,
    help="The dataset, made if it is not there.",
)
@as_json
@click.pass_obj
def dataset_add(here: Path, /, **options: Any) -> None:
    """Append cases of a run to a dataset, tagged `to-review`; those that are there already are not."""
    _call("dataset", "add", here, **options)


@main.group()
def monitor() -> None:
    """What Prometheus and Grafana need: metrics to scrape, rules that alert, a dashboard."""


@monitor.command("serve")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=9465,
    show_default=True,
    help="On the loopback address; 0 for any.",
)
@click.pass_obj
def monitor_serve(here: Path, port: int) -> None:
    """Serve the metrics at /metrics until stopped."""
    _call("monitor", "serve", here, port)


@monitor.command("metrics")
@click.pass_obj
def monitor_metrics(here: Path) -> None:
    """Print the metrics once, as a textfile collector wants them."""
    _call("monitor", "metrics", here)


@monitor.command("rules")
@click.pass_obj
def monitor_rules(here: Path) -> None:
    """Print alert rules for Prometheus."""
    _call("monitor", "rules", here)


@monitor.command("dashboard")
@click.pass_obj
def monitor_dashboard(here: Path) -> None:
    """Print a dashboard for Grafana."""
    _call("monitor", "dashboard", here)


@main.group()
def judge() -> None:
    """How far a suite's judge says what people say."""


@judge.command("calibrate")
@click.argument("suite", type=click.Path(path_type=Path))
@click.argument("labels", type=click.Path(path_type=Path))
@click.option("--scorer", default="", metavar="NAME", help="Which judge, where the suite has several.")
@click.option(
    "--at-least",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.4,
    show_default=True,
    help="Cohen's kappa that it has to reach.",
)
@as_json
@click.pass_obj
def judge_calibrate(here: Path, /, **options: Any) -> None:
    """Compare a suite's judge with a file of labels that people gave, and keep what comes of it."""
    _call("judge", here, **options)


@main.command(hidden=True)
@click.pass_obj
def controller(here: Path) -> None:
    """Drive this project's rollouts; started by the supervisor, not by people."""
    _call("controller", here)
