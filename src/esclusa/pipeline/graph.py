"""The graph of steps: what needs what, and in which order things can happen. Pure.

A step needs the steps it names, within its stage or before it, and every step of every earlier stage without
naming them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from esclusa.core.errors import ConfigurationError
from esclusa.core.project import Stage, Step


class Graph:
    """The checked graph. ConfigurationError when a need is unknown, comes later, or goes in a circle."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self.stages = tuple(stages)
        self.steps: Mapping[str, Step] = {step.id: step for stage in stages for step in stage.steps}
        self._stage_of = {step.id: i for i, stage in enumerate(stages) for step in stage.steps}
        self._check_ids()
        for step in self.steps.values():
            self._check_needs(step)
        for stage in stages:
            _check_circle(self.sorter(stage))

    def sorter(self, stage: Stage) -> TopologicalSorter[str]:
        """The order within a stage, where only needs inside of it matter."""
        names = {step.id for step in stage.steps}
        return TopologicalSorter({step.id: [n for n in step.needs if n in names] for step in stage.steps})

    def levels(self, stage: Stage) -> tuple[tuple[Step, ...], ...]:
        """The stage's steps in waves: those of one wave can run side by side."""
        sorter = self.sorter(stage)
        sorter.prepare()
        waves = []
        while sorter.is_active():
            ready = set(sorter.get_ready())
            waves.append(tuple(step for step in stage.steps if step.id in ready))
            sorter.done(*ready)
        return tuple(waves)

    def before(self, step: str) -> frozenset[str]:
        """All that must have ended when the step begins."""
        earlier = {other for other, stage in self._stage_of.items() if stage < self._stage_of[step]}
        return frozenset(earlier | _reach(self.steps[step].needs, lambda name: self.steps[name].needs))

    def after(self, *steps: str) -> frozenset[str]:
        """All that cannot begin before one of these has ended: what a failure or a change of one reaches."""
        if not steps:
            return frozenset()
        first = min(self._stage_of[step] for step in steps)
        later = {other for other, stage in self._stage_of.items() if stage > first}
        needed_by: dict[str, list[str]] = {}
        for step in self.steps.values():
            for need in step.needs:
                needed_by.setdefault(need, []).append(step.id)
        near = [other for step in steps for other in needed_by.get(step, ())]
        return frozenset(later | _reach(near, lambda name: needed_by.get(name, ())))

    def _check_ids(self) -> None:
        seen: set[str] = set()
        for stage in self.stages:
            for step in stage.steps:
                if step.id in seen:
                    raise ConfigurationError(f"there are two steps `{step.id}`", key=f"stages.{step.id}")
                seen.add(step.id)

    def _check_needs(self, step: Step) -> None:
        for need in step.needs:
            if need not in self.steps:
                raise ConfigurationError(
                    f"needs `{need}`, and there is no such step",
                    mend=f"steps are {', '.join(self.steps)}",
                    key=f"stages.{step.id}.needs",
                )
            if self._stage_of[need] > self._stage_of[step.id]:
                raise ConfigurationError(
                    f"needs `{need}`, which is of a later stage",
                    mend="stages run in the order of the file",
                    key=f"stages.{step.id}.needs",
                )


def _check_circle(sorter: TopologicalSorter[str]) -> None:
    try:
        sorter.prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))  # graphlib names it from the needed to the needing
        raise ConfigurationError(
            f"these steps need each other in a circle: {' -> '.join(circle)}",
            mend="take one of these needs away",
            key=f"stages.{circle[0]}.needs",
        ) from error


def _reach(first: Iterable[str], following: Callable[[str], Iterable[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = list(first)
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead.extend(following(name))
    return reached
