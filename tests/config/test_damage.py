"""Whatever happens to a file: it loads, or it is told what is wrong with it, with a line that exists."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from esclusa.config import reference
from esclusa.config.load import check
from esclusa.config.plan import plan_lines, plan_of
from esclusa.core.errors import ConfigurationError, ConfigurationErrors

WHOLE = "\n".join(reference.text(name) for name in reference.SECTIONS)
LINES = [line for line in WHOLE.splitlines() if line.strip() and not line.strip().startswith("#")]
VALUES = [
    "",
    "~",
    "[]",
    "{}",
    "[a, b]",
    "{a: b}",
    "-1",
    "1e400",
    "9999999999999999999999",
    "5%",
    "text",
    "a.b",
    "true",
    "${HOME}",
    "'",
    "&a [*a]",
    "[[]]",
    "2001-01-01",
    "!!binary x",
    "{? [x] : y}",
]

positions = some.integers(0, len(LINES) - 1)
damages = some.lists(
    some.one_of(
        some.tuples(some.just("drop"), positions, some.just("")),
        some.tuples(some.just("twice"), positions, some.just("")),
        some.tuples(some.just("value"), positions, some.sampled_from(VALUES)),
        some.tuples(some.just("key"), positions, some.text("abcx_-. {}", min_size=1, max_size=4)),
        some.tuples(some.just("indent"), positions, some.just("  ")),
    ),
    min_size=1,
    max_size=3,
)


def damaged(lines: list[str], damage: tuple[str, int, str]) -> list[str]:
    what, at, text = damage
    before, line, after = lines[:at], lines[at % len(lines)], lines[at + 1 :]
    key, _, rest = line.partition(":")
    match what:
        case "drop":
            return before + after
        case "twice":
            return [*before, line, line, *after]
        case "value":
            return [*before, f"{key}: {text}", *after]
        case "key":
            return [*before, f"{key}{text}:{rest}", *after]
        case _:
            return [*before, text + line, *after]


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.booleans(), damages)
def test_a_damaged_file_is_a_project_or_a_configuration_error(
    tmp_path: Path, rooted: bool, damages: list[tuple[str, int, str]]
) -> None:
    lines = LINES
    for damage in damages:
        lines = damaged(lines, damage)
    path = tmp_path / "esclusa.yaml"
    path.write_text("\n".join(lines))
    try:
        checked = check(path, {"HOME": "/home"}, root=tmp_path if rooted else None)
    except ConfigurationError as error:
        told = error.errors if isinstance(error, ConfigurationErrors) else (error,)
        for each in told:
            if not 1 <= each.line <= len(lines) + 1:
                pytest.fail(f"no such line: {each}")
    else:
        plan_lines(plan_of(checked))
