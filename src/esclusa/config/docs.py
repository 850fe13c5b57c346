"""`docs/configuration.md`, written from the reference. `python -m esclusa.config.docs` prints it."""

import re
from collections.abc import Iterable, Mapping

from esclusa.config import reference
from esclusa.config.reference import Field

_INTRODUCTION = """\
# Configuration

<!-- Written from src/esclusa/config/reference by `python -m esclusa.config.docs`; a test compares them. -->

Everything about a project stands in one file, `esclusa.yaml`, at the root of its repository. `esclusa init`
writes a first one, `esclusa check` reads it strictly and shows what a run would do.

* A key that is not described here is an error, as is a key that stands twice.
* `${NAME}` in a value is filled in from the environment of `esclusa`, `${NAME:-default}` has a default for
  when it is unset or empty, and `$$` is a single `$`.
* Durations are written `60 s`, `200 ms`, `10m` or `1h30m`, shares `5%` or `0.05`. Paths start at the root of
  the repository.
* Secrets never stand in the file, only where to find them: `env:NAME` or `file:PATH`.
* Top-level keys that begin with `x-` are yours: a place for anchors (`&name`), for `*name` and `<<: *name`.
"""
_ACTIONS = """\
## The built-in actions

What a step `uses`, and the settings that its long form takes beside the keys of every step.
"""
_TYPE = re.compile(r"\s+# [^#]+$")


def documentation() -> str:
    """The whole page."""
    parts = [_INTRODUCTION]
    parts += [_section(field) for field in reference.sections().values()]
    parts += [_ACTIONS]
    parts += [_action(field) for field in reference.actions().values()]
    return "\n".join(parts)


def _section(field: Field) -> str:
    return "\n".join(
        [
            f"## `{field.name}`",
            "",
            field.doc,
            "",
            "```yaml",
            *_example(field),
            "```",
            "",
            *_table(field.fields),
        ]
    )


def _example(field: Field) -> Iterable[str]:
    """The reference without its comments."""
    for line in reference.text(field.name).splitlines():
        if line.strip() and not line.strip().startswith("#"):
            yield _TYPE.sub("", line)


def _table(fields: Mapping[str, Field]) -> list[str]:
    rows = [row for field in fields.values() for row in _rows(field, "")]
    if not rows:
        return []
    return ["| key | kind | left out | |", "|---|---|---|---|", *rows, ""]


def _rows(field: Field, around: str) -> Iterable[str]:
    name = f"{around}{field.name}"
    if not field.fields:
        yield f"| `{name}` | {_kind(field)} | {_left_out(field)} | {_cell(field.doc)} |"
    elif field.doc:
        yield f"| `{name}` | {_kind(field)} | | {_cell(field.doc)} |"
    for inner in field.fields.values():
        yield from _rows(inner, f"{name}.")


def _left_out(field: Field) -> str:
    if field.presence == "required":
        return "an error"
    return f"`{_shown(field)}`" if field.presence == "default" else ""


def _shown(field: Field) -> str:
    top = field.path.split(".")[0]
    lines = reference.text(top if top in reference.SECTIONS else reference.ACTIONS).splitlines()
    return _TYPE.sub("", lines[field.last - 1]).split(": ", 1)[1]


def _kind(field: Field) -> str:
    return re.sub(
        r"^one of (.+)$", lambda match: " or ".join(f"`{w}`" for w in match[1].split("/")), field.kind
    )


def _action(field: Field) -> str:
    waits = f" It waits for a step of its stage that uses `{field.after}`." if field.after else ""
    return "\n".join([f"### `{field.name}`", "", field.doc + waits, "", *_table(field.fields)])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    print(documentation(), end="")
