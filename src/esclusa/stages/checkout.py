"""`uses: checkout`: the commit's tree, clean, in the run's own directory."""

import shutil

import anyio.to_thread

from esclusa.core.action import Task
from esclusa.core.evidence import Evidence
from esclusa.core.project import Step
from esclusa.sources.git import lay_out, lay_out_again
from esclusa.stages.named import named_commit
from esclusa.stages.workshop import Workshop


class Checkout:
    """Lays the commit out; with `--dirty` the work tree as it is, which the release then says."""

    def __init__(self, workshop: Workshop, step: Step) -> None:
        self._workshop = workshop
        self._step = step

    async def run(self, task: Task) -> Evidence:
        """Outputs: `source` (a directory), `commit`, `tree` (a content hash) and `subject`."""
        root = self._workshop.root
        commit = await named_commit(root, task.commit)
        source = task.directory / "source"
        shutil.rmtree(source, ignore_errors=True)
        if self._workshop.snapshot is not None:
            tree = await anyio.to_thread.run_sync(lay_out_again, self._workshop.snapshot, source)
            task.say(f"work tree over {commit.sha[:12]}, uncommitted changes included")
        else:
            await lay_out(root, commit, source)
            tree = commit.tree
            task.say(f"{commit.sha[:12]} {commit.subject}")
        return Evidence(
            outputs={"source": str(source), "commit": commit.sha, "tree": tree, "subject": commit.subject}
        )
