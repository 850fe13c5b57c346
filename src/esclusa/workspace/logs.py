"""`esclusa logs`: the output of steps and of programs."""

from esclusa.core.errors import UsageError
from esclusa.core.run import Run, StepRecord, StepState
from esclusa.core.value import Value
from esclusa.workspace.opened import Opened
from esclusa.workspace.show import find_run, tail_of


class Log(Value, frozen=True, kw_only=True):
    """The last lines of one log."""

    name: str
    lines: tuple[str, ...]


def logs(opened: Opened, what: str, lines: int) -> tuple[Log, ...]:
    """The logs that `what` names: a step of the newest run, a run, `run/step` or an environment.

    Nothing named: the failing step of the newest run, or its last one. UsageError when nothing is named
    so, or it has no log.
    """
    if what in opened.environments:
        return _programs(opened, what, lines)
    run_name, _, step = what.rpartition("/") if "/" in what else ("", "", what)
    if step and not run_name and "." not in step:
        run_name, step = step, ""
    run = find_run(opened, run_name)
    chosen = [record for record in run.steps if record.id == step] if step else _telling(run)
    if step and not chosen:
        raise UsageError(
            f"run {run.id} has no step '{step}'", mend="its steps: " + ", ".join(one.id for one in run.steps)
        )
    if not any(record.log for record in chosen):
        what = f"step {step} of run {run.id}" if step else f"run {run.id}"
        raise UsageError(f"{what} has written no log", mend=f"esclusa show {run.id} tells how far it came")
    return tuple(
        Log(name=f"{run.id}/{record.id}", lines=tail_of(opened.state / record.log, lines))
        for record in chosen
        if record.log
    )


def _telling(run: Run) -> list[StepRecord]:
    failed = [record for record in run.steps if record.state is StepState.FAILED]
    return list(failed or [record for record in run.steps if record.log][-1:])


def _programs(opened: Opened, environment: str, lines: int) -> tuple[Log, ...]:
    directory = opened.state / "targets" / environment
    found = sorted(path for path in directory.rglob("*.log") if path.is_file() and not path.is_symlink())
    return tuple(Log(name=str(path.relative_to(directory)), lines=tail_of(path, lines)) for path in found)
