"""Hints: what is probably not meant so. Nothing here stops a run; `esclusa check` shows it."""

import re
from collections.abc import Iterable, Mapping

from esclusa.config.problems import Places
from esclusa.config.providers import COUNTS
from esclusa.core.project import Agent, Environment, Project, ServiceSpec, Step
from esclusa.core.scan import ACTIONS
from esclusa.gates.told import scored

_SECRET_NAME = re.compile(
    r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)$", re.IGNORECASE
)
_SECRET_VALUE = re.compile(
    r"""  sk-[\w-]{16,} | gh[opsu]_\w{20,} | github_pat_\w{20,} | glpat-[\w-]{16,} | hf_\w{16,}
        | xox[abprs]-[\w-]{10,} | AKIA[0-9A-Z]{16} | AIza[\w-]{30,} | eyJ[\w-]{8,}\.[\w-]{8,}\.
        | -----BEGIN | [a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@""",
    re.VERBOSE,
)

_SECRET_PART = re.compile(r"^https?://.*[A-Za-z0-9_-]{20,}")
"""A webhook's address with a part that nobody would write by hand."""

Holder = Agent | ServiceSpec | Environment | Step
"""What has variables and secrets."""


def give_hints(project: Project, places: Places, environ: Mapping[str, str]) -> None:
    """Warns of everything odd in a project."""
    _ports(project, places)
    for key, holder in _holders(project):
        _variables(key, holder, places)
        _secrets(key, holder, places, environ)
    _unused(project, places)
    _unasked(project, places)
    _told(project, places, environ)
    for spec in project.strategies.values():
        if spec.name != "direct" and not spec.guard and not spec.prove and spec.max_harmed is None:
            beside = spec.uses in ("canary", "rolling")
            limit = "baseline + 0.5%" if beside else "2%"
            mend = f"add `guard: [error_rate <= {limit}]`"
            places.odd(f"strategies.{spec.name}", "nothing is watched, so nothing rolls back", mend)
        if spec.score and not scored(spec):
            mend = "add a rule such as `relevance >= baseline - 10%` to `guard`"
            places.odd(
                f"strategies.{spec.name}.score", "conversations are scored and no rule asks for it", mend
            )


def looks_secret(name: str, value: str) -> bool:
    """Whether a variable is probably a secret: by its name, or by a value of a known form."""
    return bool(value and _SECRET_NAME.search(name)) or bool(_SECRET_VALUE.search(value))


def _ports(project: Project, places: Places) -> None:
    serving = {"agent": project.agent.serve}
    serving |= {f"services.{service.name}": service.serve for service in project.services}
    for key, serve in serving.items():
        if not any("{port}" in word for word in serve):
            places.odd(f"{key}.serve", "the command does not say `{port}`", "tell it which port to listen on")


def _variables(key: str, holder: Holder, places: Places) -> None:
    for name, value in holder.variables.items():
        if looks_secret(name, value):
            places.odd(
                f"{key}.variables.{name}",
                "this looks like a secret, and variables are shown and stored in plain text",
                f"move it to `secrets` as `{name}: env:{name}`",
            )


def _secrets(key: str, holder: Holder, places: Places, environ: Mapping[str, str]) -> None:
    for name, reference in holder.secrets.items():
        scheme, _, variable = reference.partition(":")
        if scheme == "env" and not environ.get(variable):
            places.odd(
                f"{key}.secrets.{name}",
                f"the environment variable {variable} is not set here",
                "set it before what needs the secret is started",
            )


def _unused(project: Project, places: Places) -> None:
    steps = [step for stage in project.stages for step in stage.steps]
    deployed = {step.settings.get("environment") for step in steps if step.uses == "deploy"}
    for environment in project.environments:
        if environment.name not in deployed:
            by_hand = (
                f"name it in the stage `deploy`, or go there by hand: esclusa deploy -e {environment.name}"
            )
            places.odd(f"environments.{environment.name}", "no step deploys into this environment", by_hand)


def _unasked(project: Project, places: Places) -> None:
    """A scan counts; what it counts stops nobody unless a gate asks."""
    asked = {rule.metric for gate in project.gates for rule in gate.rules}
    for step in (step for stage in project.stages for step in stage.steps if step.uses in ACTIONS):
        metric = COUNTS[step.uses][0]
        if metric not in asked:
            mend = f"add `security: [{metric} == 0]` to `gates`"
            places.odd(f"stages.{step.id}", f"no gate asks how many {metric} it finds", mend)


def _told(project: Project, places: Places, environ: Mapping[str, str]) -> None:
    for channel in project.notify:
        key = f"notify.{channel.name.removesuffix('.command')}"
        if _SECRET_PART.search(channel.webhook):
            places.odd(
                f"{key}.webhook", "this address looks like a password", "write `env:NAME` or `file:PATH`"
            )
        for text in (channel.webhook, *channel.headers.values(), *channel.secrets.values()):
            scheme, _, variable = text.partition(":")
            if scheme == "env" and not environ.get(variable):
                mend = "set it before a run that deploys is started"
                places.odd(key, f"the environment variable {variable} is not set here", mend)
        for name, text in channel.headers.items():
            if name.lower() in ("authorization", "cookie", "x-api-key") and not text.startswith(
                ("env:", "file:")
            ):
                places.odd(f"{key}.headers.{name}", "this looks like a secret", "write `env:NAME`")


def _holders(project: Project) -> Iterable[tuple[str, Holder]]:
    yield "agent", project.agent
    for service in project.services:
        yield f"services.{service.name}", service
    for environment in project.environments:
        yield f"environments.{environment.name}", environment
    for stage in project.stages:
        for step in stage.steps:
            yield f"stages.{step.id}", step
