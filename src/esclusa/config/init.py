"""A first `esclusa.yaml`: the reference with what was detected filled in, the rest commented out.

What nobody can see from outside is marked with TODO; the file loads all the same. A line that begins with `#`
and no space after it is a key that may be used by removing that `#`.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from esclusa.config import reference
from esclusa.config.detect import Detected, detect
from esclusa.config.load import FILE
from esclusa.config.placeholders import SERVE, TEST, TODO
from esclusa.config.reference import Field
from esclusa.core.errors import UsageError
from esclusa.core.value import Value


class Written(Value, frozen=True, kw_only=True):
    """The file that was written, and what it took from where, or could not know."""

    text: str
    found: tuple[str, ...]
    todo: tuple[str, ...]


def write_first(root: Path) -> Written:
    """Write `esclusa.yaml` into a repository; UsageError if there is one already."""
    written = first_file(detect(root))
    try:
        with (root / FILE).open("x", encoding="utf-8") as file:
            file.write(written.text)
    except FileExistsError:
        raise UsageError(
            f"{root / FILE} is there already", mend="edit it, or move it away first; nothing was overwritten"
        ) from None
    except OSError as error:
        raise UsageError(f"{root / FILE} cannot be written: {error.strerror}") from None
    return written


def first_file(seen: Detected) -> Written:
    """The file's text for what was detected."""
    todo = tuple(_todo(seen))
    blocks = [
        _section("project", seen.name),
        _section("agent", _agent(seen)),
        _section("services", None),
        _section("environments", _environments(seen)),
        _stages(seen),
        _gates(seen),
        _section("strategies", {"canary": _canary(seen)}),
        _section("prices", None),
        _section("store", None),
    ]
    head = ["# Written by `esclusa init` from what it saw here. `esclusa check` reads it and shows the plan."]
    head += [
        "# To use a key that is commented out, remove the `#` in front of it, and of the lines below it."
    ] + [f"# {TODO}: {each}." for each in todo]
    text = "\n\n".join("\n".join(block) for block in (head, *blocks)) + "\n"
    return Written(text=text, found=tuple(_found(seen)), todo=todo)


# What goes in


def _agent(seen: Detected) -> Mapping[str, Any]:
    agent: dict[str, Any] = {
        "serve": seen.serve or SERVE,
        "ask": {"openai": seen.chat or "/v1/chat/completions"},
    }
    if seen.behaviour:
        agent["behaviour"] = {part: list(paths) for part, paths in seen.behaviour.items()}
    if seen.health and seen.health != "/health":
        agent["health"] = {"path": seen.health}
    return agent


def _environments(seen: Detected) -> Mapping[str, Any]:
    smoke = {"smoke": seen.smoke} if seen.smoke else {}
    return {"staging": smoke, "production": {"port": 8080, "replicas": 2, "strategy": "canary"}}


def _canary(seen: Detected) -> Mapping[str, Any]:
    sticky = {"sticky": seen.sticky} if seen.sticky else {}
    guard = ["error_rate <= baseline + 0.5%"]
    return {"steps": ["5%", "25%", "50%", "100%"], **sticky, "bake": "60 s", "max_harmed": 20, "guard": guard}


def _found(seen: Detected) -> Iterable[str]:
    if seen.served_by:
        yield f"the agent starts with `{seen.serve}` ({seen.served_by})"
    if seen.chat:
        yield f"it is asked at {seen.chat}"
    if seen.behaviour:
        yield f"its behaviour is shaped by {', '.join(p for paths in seen.behaviour.values() for p in paths)}"
    for name in seen.requirements:
        yield f"its dependencies are in {name}"
    for command in seen.tests.values():
        yield f"it is tested with `{command}`"
    for path in seen.suites.values():
        yield f"it is evaluated with {path}"


def _todo(seen: Detected) -> Iterable[str]:
    if not seen.serve:
        yield "agent.serve: no start command was found; say how one replica is started"
    if not seen.chat:
        yield "agent.ask: no chat endpoint was found; check how the agent is asked"
    if not seen.health:
        yield "agent.health: no health endpoint was found; it must answer GET /health, or name another path"
    if not seen.requirements:
        yield "stages.source: there is no requirements.txt; when there is one, name it in `dependencies`"
    if not seen.tests:
        yield "stages.test: no tests were found; replace the placeholder"
    if not seen.suites:
        yield "stages.eval: no eval suite was found; without one, nothing is known about the answers"


# How it is written


def _section(name: str, value: Any) -> list[str]:
    """A section of the reference with values filled in; all of it commented out if there is none."""
    field = reference.sections()[name]
    return list(_commented(field, 0) if value is None else _filled(field, value, 0))


def _filled(field: Field, value: Any, indent: int) -> Iterable[str]:
    yield from _doc(field, indent)
    pad = " " * indent
    if " for each " in field.kind and field.fields:
        yield f"{pad}{field.name}:"
        for number, (name, values) in enumerate(value.items()):
            if number:
                yield ""
            yield from _entry(field, name, values, indent + 2, documented=number == 0)
    elif field.fields:
        yield f"{pad}{field.name}:"
        yield from _keys(field.fields, value, indent + 2, documented=True)
    else:
        yield f"{pad}{field.name}: {flow(value)}"


def _entry(
    field: Field, name: str, values: Mapping[str, Any], indent: int, *, documented: bool
) -> Iterable[str]:
    pad = " " * indent
    yield f"{pad}{name}:"
    yield from _keys(field.fields, values, indent + 2, documented=documented)


def _keys(
    fields: Mapping[str, Field], values: Mapping[str, Any], indent: int, *, documented: bool
) -> Iterable[str]:
    """The given keys, each with its documentation; in a documented section also the others, commented out."""
    first = True
    for name, field in fields.items():
        given = name in values
        if not given and not documented:
            continue
        if documented and not first:
            yield ""
        first = False
        if not given:
            yield from _commented(field, indent)
        elif documented:
            yield from _filled(field, values[name], indent)
        else:
            yield f"{' ' * indent}{name}: {flow(values[name])}"


def _doc(field: Field, indent: int) -> Iterable[str]:
    return (f"{' ' * indent}# {line}" for line in field.doc.splitlines())


def _commented(field: Field, indent: int) -> Iterable[str]:
    """A key as the reference has it, switched off."""
    yield from _doc(field, indent)
    top = field.path.split(".")[0]
    lines = reference.text(top).splitlines()[field.first : field.last]
    body = lines[len(field.doc.splitlines()) :]
    margin = len(body[0]) - len(body[0].lstrip())
    for line in body:
        yield f"{' ' * indent}#{line[margin:].rstrip()}" if line.strip() else f"{' ' * indent}#"


def _stages(seen: Detected) -> list[str]:
    field = reference.find("stages")
    lines = [*_doc(field, 0), "stages:"]
    lines += [f"  source: {flow(_source(seen))}", f"  build: {flow(['artifact', 'sbom'])}", "  test:"]
    tests = seen.tests or {"placeholder": TEST}
    lines += [f"    {name}: {flow(command)}" for name, command in tests.items()]
    lines += list(_scans(seen))
    lines += list(_commented(field.fields["integration"], 4))
    if seen.suites:
        lines += ["  eval:", *(f"    {name}: {flow(path)}" for name, path in seen.suites.items())]
    else:
        lines += ["  #eval:", "  #  quality: evals/quality.yaml"]
    return [*lines, f"  deploy: {flow(['staging', 'production'])}"]


def _scans(seen: Detected) -> Iterable[str]:
    yield "    # Scans: secrets in the commit and its history; advisories on what the lock names, and its"
    yield "    # licences; personal data where people's words are kept; what is wrong with workflow files."
    yield "    secrets:"
    yield "    vulnerabilities:" if seen.requirements else "    #vulnerabilities:"
    yield "    licences:" if seen.requirements else "    #licences:"
    said = list(_said(seen))
    yield f"    pii: {flow({'paths': said})}" if said else "    #pii: {paths: [prompts/, evals/]}"
    yield "    workflows:" if seen.workflows else "    #workflows:"


def _said(seen: Detected) -> Iterable[str]:
    """Where people's words are kept: prompts, and the cases of suites."""
    yield from seen.behaviour.get("prompts", ())
    if seen.cases:
        yield "evals/"


def _source(seen: Detected) -> Any:
    """Without requirements, a program in Python still gets a Python of its own, without packages."""
    if seen.requirements:
        return ["checkout", "dependencies"]
    if (seen.serve or SERVE).startswith("python"):
        return {"checkout": {}, "dependencies": {"requirements": []}}
    return ["checkout"]


def _gates(seen: Detected) -> list[str]:
    field = reference.find("gates")
    security = ["secrets == 0"]
    security += ["vulnerabilities{severity>=high} == 0"] if seen.requirements else []
    security += ["licences == 0"] if seen.requirements else []
    security += ["pii == 0"] if any(_said(seen)) else []
    security += ["misconfigurations{severity>=high} == 0"] if seen.workflows else []
    lines = [*_doc(field, 0), "gates:", f"  security: {flow(security)}"]
    if not seen.suites:
        return lines
    if seen.correctness:
        lines += [f"  quality: {flow(['accuracy > 85%', 'accuracy >= baseline - 2%'])}"]
    return [*lines, f"  performance: {flow(['error_rate < 1%', 'latency.p95 < 10 s'])}"]


def flow(value: Any) -> str:
    """A value on one line, quoted only where YAML needs it."""
    written = yaml.dump(
        value,
        Dumper=yaml.SafeDumper,
        default_flow_style=True,
        sort_keys=False,
        width=10_000,
        allow_unicode=True,
    )
    return written.removesuffix("\n").removesuffix("\n...")
