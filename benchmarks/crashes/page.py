"""docs/reliability.md, written from what was kept: what is promised, how it is tested, and what came out."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from statistics import median

from benchmarks.crashes.catalogue import ELSEWHERE, FAULTS
from benchmarks.crashes.cells import (
    BAKE,
    KILL,
    MOMENTS,
    NOBODY,
    PROCESSES,
    STOP,
    STRATEGIES,
    Cell,
    matrix,
)
from benchmarks.crashes.faults import Ended
from benchmarks.crashes.play import STOPPED, Outcome
from benchmarks.crashes.results import Results
from esclusa.deploy import stops

HEAD = """# Reliability

What may die, stand still or lie while a release is on its way, and what comes of it. This page is written by
`python -m benchmarks.crashes --write docs/reliability.md` from the outcomes kept beside the benchmark. A test
holds both together, and fails when the product has a stop point that the table has not.

## What is promised

Whatever dies or stands still at whatever moment of a rollout, and comes back:

- the rollout ends as it would have ended: the same state, the same replicas, the same traffic;
- every operation is intended once and done once, and no replica is started for nothing;
- no request is taken by an older generation once a newer one was in force;
- the statistics are those that one look at the whole log gives, bit by bit (where lines came too late to be
  betted on: the requests exposed and harmed);
- every request is answered but those that were inside what was killed;
- where it does not end well, it ends with a named reason, and without evidence it never goes on.

## How it is tested

Every cell is a rollout of its own: real Envoy, supervisord, SQLite and replicas (two of each release), and
customers in sticky conversations at 25 requests a second all the time. The controller is held at a moment by
a stop point of the product (`src/esclusa/deploy/stops.py`); one process gets SIGKILL, or SIGSTOP for
{stopped:g} s, which is longer than the lease, and then SIGCONT; the controller is let go. Afterwards the
journal, the replicas' own record of their starts, the target, the statistics and every single request are
held against each other: what each customer was answered against the line of the router's log with its id.

The moments of one operation, in their order:

{moments}

`in bake` lies between two operations. *Leader of two* is a controller with a second one waiting for its
lease: while it stands still the other takes over, and when it wakes it must find itself fenced off.
"""

LEGEND = """`same` is the promise above with no request lost. `same, n cut`: n requests were inside what was
killed (a request to an Envoy that is away; one that a dead replica had begun to answer, or that was meant for
the only replica of its release) and failed, and nothing else did. `taken back`: these failures were enough
for the guard, which rolled the candidate back. An empty cell: the process is not there at that moment, or
takes no part in it.
"""


LIMITS = """## What is not promised

- **The only replica of a release** takes its customers' requests down with it until another is in its
  place. If a guard is shown to be violated by these, it rolls the release back: `taken back` is a matter of
  how many came.
- **Two faults at once** can be one too many. A spec under `supervisor/spec/` that is torn *and* whose
  program has to be started by supervisord waits for the next operation, which writes it anew; a router is
  away until then. A record that is torn *and* a supervisord that dies leave a program that `down` does not
  find.
- **A router that dies within two seconds of its start** is taken to be unable to start, and supervisord
  starts it once more.
- **A program that stands still while its supervisord is killed** is ended by the kernel (SIGHUP to an
  orphaned group that is stopped). A controller that goes this way is back with the next verb.
- **On a full disk** the router may lose lines of its log. A request whose end is missing counts as failed
  after the strategy's `deadline`.
- **A clock that only the controller has** (it was set by an hour for one process here) leaves the log
  without sense to it: nothing is promoted, and the timeout, which counts lived seconds, takes the release
  back.
"""


def page(results: Results) -> str:
    """The whole page."""
    return "\n".join(
        (
            HEAD.format(stopped=STOPPED, moments="\n".join(_moments())),
            "## Moment x process x outcome\n",
            LEGEND,
            *_tables(results.cells),
            "## In numbers\n",
            *_numbers(results.cells),
            *_again(results.cells),
            "## The other faults\n",
            "Each injected for real into a rollout of its own, with the same customers. Every request must",
            "be answered, but those inside what was killed; they are not held against the log, which is hurt",
            "itself in some of these.\n",
            *_faults(results.faults),
            "## Tested elsewhere\n",
            *(f"- {what}: `{test}` in `{file}`" for what, file, test in ELSEWHERE),
            "",
            LIMITS.rstrip(),
            "",
        )
    )


def _moments() -> Iterator[str]:
    """The stop points with what their module says of them."""
    told = {
        words[0]: " ".join(words[1:])
        for line in (stops.__doc__ or "").splitlines()
        if (words := line.split())
    }
    return (f"- `{moment}`: {told[moment]}" for moment in MOMENTS)


def _tables(outcomes: Sequence[Outcome]) -> Iterator[str]:
    known = {outcome.cell: outcome for outcome in outcomes}
    for signal, title in (
        (KILL, "Killed (SIGKILL)"),
        (STOP, f"Stopped for {STOPPED:g} s (SIGSTOP, SIGCONT)"),
    ):
        cells = [cell for cell in matrix() if cell.signal == signal]
        there = [process for process in PROCESSES if any(cell.process == process for cell in cells)]
        for strategy in STRATEGIES:
            mine = [cell for cell in cells if cell.strategy == strategy]
            if mine:
                yield f"### {title}: {strategy}\n"
                yield from _table(mine, there, known)
                yield ""


def _table(cells: Sequence[Cell], processes: Sequence[str], known: dict[Cell, Outcome]) -> Iterator[str]:
    yield f"| operation | moment | {' | '.join(processes)} |"
    yield "|---|---|" + "---|" * len(processes)
    for (operation, moment), row in groupby(cells, lambda cell: (cell.operation, cell.moment)):
        by_process = {cell.process: cell for cell in row}
        words = (
            _word(known.get(by_process[process])) if process in by_process else "" for process in processes
        )
        yield f"| {'' if operation == BAKE else operation} | {moment} | {' | '.join(words)} |"


def _word(outcome: Outcome | None) -> str:
    if outcome is None:
        return "not played"
    if outcome.complaints:
        return "**" + outcome.complaints[0].replace("|", "/") + "**"
    word = "same" if outcome.same else "taken back"
    return f"{word}, {outcome.inherent} cut" if outcome.inherent else word


def _numbers(outcomes: Sequence[Outcome]) -> Iterator[str]:
    hurt = [outcome for outcome in outcomes if outcome.cell.process != NOBODY]
    good = sum(outcome.same and not outcome.complaints for outcome in hurt)
    answered, cut = sum(one.answered for one in hurt), sum(one.inherent for one in hurt)
    yield f"{good} of {len(hurt)} cells ended as if nothing had happened.\n"
    yield f"- {answered:,} requests were answered, and {cut} cut with what was killed."
    yield f"- {sum(one.failed for one in hurt) - cut} requests failed for any other reason."
    yield f"- {sum(one.twice for one in hurt)} operations or starts were done twice."
    yield f"- {sum(one.lower for one in hurt)} requests were taken by a lower generation.\n"
    yield "Seconds from SIGKILL until another process was in its place (the controller: until it held the"
    yield "lease; Envoy: until it answered a request), and requests cut, on two cores that others shared:\n"
    yield "| process | signal | cells | same | s, median | s, longest | cut, median | cut, most |"
    yield "|---|---|---|---|---|---|---|---|"
    for process in PROCESSES:
        for signal in (KILL, STOP):
            mine = [one for one in hurt if (one.cell.process, one.cell.signal) == (process, signal)]
            if mine:
                yield _number(process, signal, mine)
    yield ""


def _number(process: str, signal: str, mine: Sequence[Outcome]) -> str:
    seconds, cut = [one.recovered for one in mine], [one.inherent for one in mine]
    same = sum(one.same and not one.complaints for one in mine)
    measured = f"{median(seconds):.1f} | {max(seconds):.1f}" if any(seconds) else "|"
    return f"| {process} | {signal} | {len(mine)} | {same} | {measured} | {median(cut):g} | {max(cut)} |"


def _again(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Cells that were played more than once, with all that came out."""
    again = [outcome for outcome in outcomes if outcome.earlier]
    if again:
        yield "Played more than once, and what came out before:\n"
    for outcome in again:
        yield f"- {', '.join(outcome.cell.key)}: {' / '.join(outcome.earlier)}"
    yield from [""] if again else []


def _faults(ended: Sequence[Ended]) -> Iterator[str]:
    known = {(one.family, one.name): one for one in ended}
    yield "| fault | | ended | what is said | failed requests |"
    yield "|---|---|---|---|---|"
    for fault in FAULTS:
        one = known.get((fault.family, fault.name))
        if one is None:
            yield f"| {fault.family} | {fault.name} | not played | | |"
            continue
        said = f"**{one.complaints[0]}**" if one.complaints else one.reason if fault.telling else ""
        yield f"| {fault.family} | {fault.name} | {one.ended} | {said.replace('|', '/')} | {one.failed} |"
    yield ""
