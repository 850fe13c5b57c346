"""`esclusa history`: the runs of the project, newest first."""

from esclusa.core.folds import fold_runs
from esclusa.core.run import Run
from esclusa.system import alive
from esclusa.workspace.opened import Opened


def history(opened: Opened, *, limit: int | None = None) -> tuple[Run, ...]:
    """The runs as the journal tells them; one whose process is gone is `interrupted`, not `running`."""
    runs = fold_runs(opened.store.journal.read(), alive=alive, now=opened.clock.now())
    return tuple(reversed(runs))[:limit]
