"""`esclusa flags`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from esclusa.cli.output import console, print_json, safe
from esclusa.core.errors import UsageError
from esclusa.workspace.flags import Answered, FlagsSeen, Told, flags
from esclusa.workspace.opened import open_project


def command(
    here: Path,
    environment: str | None,
    release: str,
    conversation: str,
    attributes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show what flags come to."""
    given = _attributes(attributes)

    async def asked() -> FlagsSeen:
        return await flags(
            open_project(here),
            environment=environment,
            release=release,
            conversation=conversation,
            attributes=given,
        )

    seen = anyio.run(asked)
    if as_json:
        print_json(seen)
    else:
        console().print(page(seen))


def page(seen: FlagsSeen) -> RenderableType:
    """One table for each file of definitions."""
    parts: list[RenderableType] = []
    for answer in seen.answers:
        parts += [_head(answer), *([_table(answer)] if answer.file else []), Text()]
    return Group(*parts[:-1])


def _head(answer: Answered) -> Text:
    release = answer.where != "work tree"
    name = f"release {answer.where[:12]}" if release else answer.where
    share = f", {answer.share:.0%} of new conversations" if answer.share is not None else ""
    role = f"  {answer.role}{share}" if answer.role else ""
    return Text.assemble((name, "name"), role, f"  {answer.file or 'has no flags'}")


def _table(answer: Answered) -> Table:
    made = Table(box=None, pad_edge=False, header_style="quiet")
    for name in ("flag", "value", "variant", "why"):
        made.add_column(name)
    for one in answer.flags:
        value = json.dumps(one.value, ensure_ascii=False) if one.variant else "-"
        why = Text(safe(_why(one)), style="wait" if one.code else "")
        made.add_row(Text(safe(one.key)), Text(safe(value)), Text(safe(one.variant or "-")), why)
    return made


def _why(told: Told) -> str:
    if told.code == "TARGETING_KEY_MISSING":
        return "the conversation decides: name one with --conversation"
    words = told.details if told.code else _REASONS.get(told.reason, told.reason)
    return words if told.variant or told.code else f"{words}: the agent takes its own default"


_REASONS = {
    "STATIC": "it has no rule",
    "DEFAULT": "no rule applies",
    "TARGETING_MATCH": "its rule says so",
    "DISABLED": "it is disabled",
}


def _attributes(given: tuple[str, ...]) -> Mapping[str, Any]:
    """`tier=gold`, `age=7`, `vip=true`: a value is JSON if it can be, else a text."""
    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not name or not equals:
            raise UsageError(f"expected NAME=VALUE, found `{one}`", mend="such as --set tier=gold")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found
