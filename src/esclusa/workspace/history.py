"""`esclusa history`: the runs of the project and what people ordered by hand, newest first."""

from esclusa.core.folds import fold_runs
from esclusa.core.orders import Order, fold_orders
from esclusa.core.run import Run
from esclusa.system import alive
from esclusa.workspace.opened import Opened


def history(opened: Opened, *, limit: int | None = None) -> tuple[Run, ...]:
    """The runs as the journal tells them; one whose process is gone is `interrupted`, not `running`."""
    runs = fold_runs(opened.store.journal.read(), alive=alive, now=opened.clock.now())
    return tuple(reversed(runs))[:limit]


def chronicle(opened: Opened, *, limit: int | None = None) -> tuple[Run | Order, ...]:
    """The runs, and among them the releases that a person took somewhere without one."""
    events, now = opened.store.journal.read(), opened.clock.now()
    both: list[Run | Order] = [*fold_runs(events, alive=alive, now=now), *fold_orders(events, now=now)]
    return tuple(sorted(both, key=lambda one: one.started, reverse=True))[:limit]
