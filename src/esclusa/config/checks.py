"""Cross checks: what a project refers to must be there, and in an order that can be run.

Pure but for one question to the disk: whether a file that is named exists.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from pathlib import Path

from esclusa.config.problems import Problems, unknown
from esclusa.core.gate import Relative
from esclusa.core.project import Agent, Environment, Project, ServiceSpec, Stage, Step, StrategySpec

STAGES = ("source", "build", "test", "eval", "deploy")
"""The stages that keep this order among themselves."""
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)$", re.IGNORECASE
)
_SECRET_VALUE = re.compile(
    r"""  sk-[\w-]{16,} | gh[opsu]_\w{20,} | github_pat_\w{20,} | glpat-[\w-]{16,} | hf_\w{16,}
        | xox[abprs]-[\w-]{10,} | AKIA[0-9A-Z]{16} | AIza[\w-]{30,} | eyJ[\w-]{8,}\.[\w-]{8,}\.
        | -----BEGIN | [a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@""",
    re.VERBOSE,
)


def check_project(
    project: Project,
    lines: Mapping[str, int],
    problems: Problems,
    environ: Mapping[str, str],
    root: Path | None,
) -> None:
    """Reports everything that leads nowhere or contradicts itself; files only when there is a root."""
    _Checks(project, lines, problems).all(environ, root)


class _Checks:
    def __init__(self, project: Project, lines: Mapping[str, int], problems: Problems) -> None:
        self._project = project
        self._lines = lines
        self._problems = problems

    def all(self, environ: Mapping[str, str], root: Path | None) -> None:
        self._stages()
        for stage in self._project.stages:
            for step in stage.steps:
                self._needs(stage, step)
            self._no_cycle(stage)
        self._what_steps_need()
        self._environments()
        self._services()
        self._gates()
        for spec in self._project.strategies.values():
            self._strategy(spec)
        self._likely_mistakes()
        self._secrets(environ)
        if root is not None:
            self._files(root)

    def _line(self, key: str) -> int:
        """Where a key stands, or the nearest key around it that was written."""
        while key and key not in self._lines:
            key = key.rpartition(".")[0]
        return self._lines.get(key, 1)

    def _bad(self, key: str, message: str, mend: str = "") -> None:
        self._problems.add(message, line=self._line(key), key=key, mend=mend)

    def _odd(self, key: str, message: str, mend: str = "") -> None:
        self._problems.warn(message, line=self._line(key), key=key, mend=mend)

    # Stages and steps

    @property
    def _steps(self) -> dict[str, Step]:
        return {step.id: step for stage in self._project.stages for step in stage.steps}

    def _stages(self) -> None:
        names = [stage.name for stage in self._project.stages]
        ours = [name for name in names if name in STAGES]
        for earlier, later in pairwise(ours):
            if STAGES.index(earlier) > STAGES.index(later):
                right = ", ".join(f"`{name}`" for name in STAGES if name in names)
                self._bad(
                    f"stages.{later}",
                    f"the stage `{later}` stands after `{earlier}`",
                    f"write them as {right}",
                )
        for stage in self._project.stages:
            if not stage.steps:
                self._odd(f"stages.{stage.name}", "a stage without steps")
            message, _ = unknown("stage", stage.name, STAGES)
            if stage.name not in STAGES and "did you mean" in message:
                self._odd(
                    f"stages.{stage.name}",
                    message.removeprefix("unknown "),
                    "a stage of your own may have any name, but only the known ones have short forms",
                )

    def _needs(self, stage: Stage, step: Step) -> None:
        key = f"{_key(step)}.needs"
        order = [each.name for each in self._project.stages]
        for need in step.needs:
            if need not in self._steps:
                message, mend = unknown("step", need, self._steps)
                self._bad(key, message, mend)
            elif order.index(self._steps[need].stage) > order.index(stage.name):
                self._bad(
                    key,
                    f"`{step.id}` needs `{need}`, which runs in a later stage",
                    f"move one of them, or write the stage `{self._steps[need].stage}` before `{stage.name}`",
                )

    def _no_cycle(self, stage: Stage) -> None:
        steps = {step.id: step for step in stage.steps}
        done: set[str] = set()

        def visit(step_id: str, path: tuple[str, ...]) -> tuple[str, ...]:
            if step_id in path:
                return (*path[path.index(step_id) :], step_id)
            if step_id in done or step_id not in steps:
                return ()
            done.add(step_id)
            return next((c for need in steps[step_id].needs if (c := visit(need, (*path, step_id)))), ())

        for step in stage.steps:
            cycle = visit(step.id, ())
            if cycle:
                key = f"{_key(steps[cycle[0]])}.needs"
                self._bad(key, f"steps need each other: {' -> '.join(cycle)}", "take one of these needs away")

    def _what_steps_need(self) -> None:
        """An eval and a deployment act on a release; dependencies come from a checkout."""
        seen: set[str] = set()
        bases = {"eval": "artifact", "deploy": "artifact", "sbom": "artifact", "dependencies": "checkout"}
        for stage in self._project.stages:
            here = {step.uses for step in stage.steps}
            for step in stage.steps:
                base = bases.get(step.uses, "")
                if base and base not in seen | here:
                    home = "build" if base == "artifact" else "source"
                    self._bad(
                        _key(step),
                        f"`{step.id}` acts on what `{base}` makes, and no step before it uses `{base}`",
                        f"add `{home}: [{base}]` to the stages",
                    )
            seen |= here

    # What is referred to

    def _environments(self) -> None:
        names = [environment.name for environment in self._project.environments]
        for step in self._steps.values():
            if step.uses == "deploy" and step.settings.get("environment") not in names:
                message, mend = unknown("environment", str(step.settings.get("environment")), names)
                self._bad(_key(step), message, mend)
        ports: dict[int, str] = {}
        for environment in self._project.environments:
            key = f"environments.{environment.name}"
            if environment.strategy not in self._project.strategies:
                message, mend = unknown("strategy", environment.strategy, self._project.strategies)
                self._bad(f"{key}.strategy", message, f"declare it under `strategies`; {mend}")
            if environment.port and environment.port in ports:
                self._bad(
                    f"{key}.port",
                    f"the port {environment.port} is taken by the environment `{ports[environment.port]}`",
                    "give each environment a port of its own",
                )
            ports.setdefault(environment.port, environment.name)

    def _services(self) -> None:
        holders = dict.fromkeys(self._project.agent.variables, "agent.variables")
        for service in self._project.services:
            if service.variable in holders:
                self._bad(
                    f"services.{service.name}.variable",
                    f"the variable {service.variable} is taken by `{holders[service.variable]}`",
                    "give the address of each service a variable of its own",
                )
            holders[service.variable] = f"services.{service.name}"

    def _gates(self) -> None:
        for gate in self._project.gates:
            for source in gate.sources:
                if source not in self._steps:
                    message, mend = unknown("step", source, self._steps)
                    self._bad(f"gates.{gate.name}.from", message, mend)

    def _strategy(self, spec: StrategySpec) -> None:
        key = f"strategies.{spec.name}"
        if spec.name == "direct" and key in self._lines:
            self._bad(key, "`direct` is built in and takes no settings", "give your strategy another name")
            return
        if spec.uses == "canary" and not spec.steps:
            self._bad(key, "a canary has no steps", "add `steps: [5%, 25%, 50%, 100%]`")
        if any(step == 0 for step in spec.steps) or any(a >= b for a, b in pairwise(spec.steps)):
            self._bad(
                f"{key}.steps",
                "the steps must rise from above 0 % to at most 100 %",
                "sort them, and name each share once",
            )
        if not 0 < spec.alpha < 1:
            self._bad(f"{key}.alpha", "expected a share between 0 and 1, both excluded", "5% is usual")
        if spec.holdback == 1:
            self._bad(f"{key}.holdback", "a holdback of 100 % leaves the new release nothing", "5% is usual")
        compared = [rule.text for rule in (*spec.guard, *spec.prove) if isinstance(rule.limit, Relative)]
        if compared and spec.steps[-1:] == (1.0,) and spec.holdback == 0:
            self._bad(
                f"{key}.holdback",
                f"`{compared[0]}` needs a baseline, and a step of 100 % without a holdback leaves none",
                "keep a holdback (`holdback: 5%`), or end the steps before 100 %",
            )
        if spec.name != "direct" and not spec.guard and not spec.prove and spec.max_harmed is None:
            self._odd(
                key,
                "nothing is watched, so nothing rolls back",
                "add `guard: [error_rate <= baseline + 0.5%]`",
            )

    # What is probably not meant so

    def _likely_mistakes(self) -> None:
        project = self._project
        for name, serve in (
            ("agent", project.agent.serve),
            *((f"services.{s.name}", s.serve) for s in project.services),
        ):
            if not any("{port}" in word for word in serve):
                self._odd(
                    f"{name}.serve", "the command does not say `{port}`", "tell it which port to listen on"
                )
        for key, holder in self._holders():
            for name, value in holder.variables.items():
                if looks_secret(name, value):
                    self._odd(
                        f"{key}.variables.{name}",
                        "this looks like a secret, and variables are shown and stored in plain text",
                        f"move it to `secrets` as `{name}: env:{name}`",
                    )
        deployed = {
            step.settings.get("environment") for step in self._steps.values() if step.uses == "deploy"
        }
        for environment in project.environments:
            if environment.name not in deployed:
                self._odd(f"environments.{environment.name}", "no step deploys into this environment")

    def _secrets(self, environ: Mapping[str, str]) -> None:
        for key, holder in self._holders():
            for name, reference in holder.secrets.items():
                scheme, _, variable = reference.partition(":")
                if scheme == "env" and not environ.get(variable):
                    self._odd(
                        f"{key}.secrets.{name}",
                        f"the environment variable {variable} is not set here",
                        "set it before what needs the secret is started",
                    )

    def _holders(self) -> Iterable[tuple[str, Agent | ServiceSpec | Environment | Step]]:
        """Everything that has variables and secrets, by its key."""
        yield "agent", self._project.agent
        for service in self._project.services:
            yield f"services.{service.name}", service
        for environment in self._project.environments:
            yield f"environments.{environment.name}", environment
        for step in self._steps.values():
            yield _key(step), step

    # Files

    def _files(self, root: Path) -> None:
        for key, path, is_right, what in _named_files(self._project):
            if "*" not in path and not _holds(is_right, root / path):
                self._bad(key, f"there is no {what} `{path}`", "create it, or mend its name")


_Test = Callable[[Path], bool]


def _holds(is_right: _Test, path: Path) -> bool:
    try:
        return is_right(path)
    except OSError:  # a name that is too long for the disk, a directory that may not be entered
        return False


def _named_files(project: Project) -> Iterable[tuple[str, str, _Test, str]]:
    for part, paths in project.agent.behaviour.items():
        for path in paths:
            yield f"agent.behaviour.{part}", path, Path.exists, "file or directory"
    for service in project.services:
        for path in service.files:
            yield f"services.{service.name}.files", path, Path.exists, "file or directory"
    for environment in project.environments:
        yield from _smoke(environment)
    for stage in project.stages:
        for step in stage.steps:
            yield from _files_of(step)


def _smoke(environment: Environment) -> Iterable[tuple[str, str, _Test, str]]:
    if environment.smoke:
        yield f"environments.{environment.name}.smoke", environment.smoke, Path.is_file, "suite"


def _files_of(step: Step) -> Iterable[tuple[str, str, _Test, str]]:
    key = _key(step)
    for path in step.inputs or ():
        yield f"{key}.inputs", path, Path.exists, "file or directory"
    if step.uses == "eval" and step.settings.get("suite"):
        yield f"{key}.suite", step.settings["suite"], Path.is_file, "suite"
    if step.uses == "dependencies":
        for setting in ("requirements", "no_dependencies"):
            for path in step.settings.get(setting, ()):
                yield f"{key}.{setting}", path, Path.is_file, "requirements file"


def _key(step: Step) -> str:
    return f"stages.{step.id}"


def looks_secret(name: str, value: str) -> bool:
    """Whether a variable is probably a secret: by its name, or by a value of a known form."""
    return bool(value and _SECRET_NAME.search(name)) or bool(_SECRET_VALUE.search(value))
