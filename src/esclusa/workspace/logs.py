"""`esclusa logs`: the output of steps and of programs."""

from esclusa.core.errors import UsageError
from esclusa.core.run import Run, StepRecord, StepState
from esclusa.core.value import Value
from esclusa.stages.serve import trial
from esclusa.workspace.history import history
from esclusa.workspace.opened import Opened
from esclusa.workspace.show import find_run, tail_of


class Log(Value, frozen=True, kw_only=True):
    """The last lines of one log."""

    name: str
    lines: tuple[str, ...]


def logs(opened: Opened, what: str, lines: int) -> tuple[Log, ...]:
    """The logs that `what` names: a step of the newest run, a run, `run/step` or an environment.

    Nothing named: the failing step of the newest run, or its last one. Of an eval those of the release that
    it had served, too; of a step whose result was used again, those of the run that it is from. UsageError
    when nothing is named so, or it has no log.
    """
    if what in opened.environments:
        return _programs(opened, what, lines)
    run_name, _, step = what.rpartition("/") if "/" in what else ("", "", what)
    if step and not run_name and not _names_step(opened, step):
        run_name, step = step, ""
    run = find_run(opened, run_name)
    chosen = [record for record in run.steps if step in _names(record)] if step else _telling(run)
    if step and not chosen:
        raise UsageError(
            f"run {run.id} has no step '{step}'", mend="its steps: " + ", ".join(one.id for one in run.steps)
        )
    found = tuple(log for record in chosen for log in _of_step(opened, run, record, lines))
    if not found:
        what = f"step {chosen[0].id} of run {run.id}" if step else f"run {run.id}"
        raise UsageError(f"{what} has written no log", mend=f"esclusa show {run.id} tells how far it came")
    return found


def _names_step(opened: Opened, name: str) -> bool:
    """Whether this is rather a step of the newest run than a run."""
    return "." in name or any(
        name in _names(record) for run in history(opened, limit=1) for record in run.steps
    )


def _names(record: StepRecord) -> tuple[str, ...]:
    return record.id, record.id.partition(".")[2]


def _of_step(opened: Opened, run: Run, record: StepRecord, lines: int) -> tuple[Log, ...]:
    """What the step wrote, and what the programs wrote that were started for it alone."""
    maker = record.cached_from or run.id
    name, written = f"{maker}/{record.id}", record.log
    if record.cached_from:
        written = next((one.log for one in find_run(opened, maker).steps if one.id == record.id), "")
    own = (Log(name=name, lines=tail_of(opened.state / written, lines)),) if written else ()
    served = opened.state / "targets" / trial(record.id, maker) / "logs"
    programs = sorted(path for path in served.glob("*.log") if path.stem != "router")
    return (*own, *(Log(name=f"{name}: {path.stem}", lines=tail_of(path, lines)) for path in programs))


def _telling(run: Run) -> list[StepRecord]:
    failed = [record for record in run.steps if record.state is StepState.FAILED]
    return list(failed or [record for record in run.steps if record.log or record.cached_from][-1:])


def _programs(opened: Opened, environment: str, lines: int) -> tuple[Log, ...]:
    directory = opened.state / "targets" / environment
    found = sorted(path for path in directory.rglob("*.log") if path.is_file() and not path.is_symlink())
    return tuple(Log(name=str(path.relative_to(directory)), lines=tail_of(path, lines)) for path in found)
