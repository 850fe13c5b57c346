"""Placeholders: what `init` writes where it could not see, and `check` finds again. They load, no more."""

from collections.abc import Iterable

from esclusa.core.project import Project

TODO = "TODO"
SERVE = "python -m your_agent --port {port}"
TEST = f"echo '{TODO}: run the tests'"


def placeholders(project: Project) -> Iterable[tuple[str, str, str]]:
    """Those that are left: key, what is wrong with it, and the mend."""
    if " ".join(project.agent.serve) == SERVE:
        yield "agent.serve", "the placeholder that `init` wrote", "say how one replica is started"
    for stage in project.stages:
        for step in stage.steps:
            if step.settings.get("run") == TEST:
                yield f"stages.{step.id}", "the placeholder that `init` wrote", "say how the tests are run"
