"""What a repository shows of itself: how its agent starts and is asked, what it is tested and evaluated with.

It only looks. What it cannot see stays empty; nobody is asked.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from esclusa.config.kinds import words
from esclusa.config.shapes import part_named
from esclusa.core.value import EMPTY, Value

_ASGI = re.compile(r"^(\w+)\s*=\s*(?:FastAPI|Starlette|Quart|Litestar)\(", re.MULTILINE)
_WSGI = re.compile(r"^(\w+)\s*=\s*Flask\(", re.MULTILINE)
_HEALTH = re.compile(r"""["'](/(?:health|healthz|ready|readyz|livez|up|ping)(?:/\w+)?)["']""")
_CHAT = re.compile(r"""["']((?:/[\w.-]+)*/chat/completions)["']""")
_CONVERSATION = re.compile(r"""["']([Xx]-(?:[Cc]onversation|[Ss]ession|[Tt]hread)(?:-[Ii][Dd])?)["']""")
_SCORER = re.compile(
    r"(?:^\s*-?|[\[,{])\s*(?:exact|contains|regex|numeric|json_schema|tool_calls)\b", re.MULTILINE
)
_CORRECT_KEYS = re.compile(r"^dataset\s*:.*^scorers\s*:|^scorers\s*:.*^dataset\s*:", re.MULTILINE | re.DOTALL)
_WORKFLOWS = (".github/workflows/*.y*ml", ".gitlab-ci.yml", "**/Dockerfile", "**/Containerfile")
_SKIPPED = frozenset(
    {"tests", "test", "evals", "docs", "examples", "node_modules", "venv", "env", "build", "dist"}
)
_MOST = 500
"""Source files that are looked into, at most."""


class Detected(Value, frozen=True, kw_only=True):
    """What was seen. Paths are relative to the repository."""

    name: str
    serve: str = ""
    served_by: str = ""
    """What told how the agent starts: `Procfile`, `support_agent/__main__.py`."""
    chat: str = ""
    health: str = ""
    sticky: str = ""
    behaviour: Mapping[str, tuple[str, ...]] = EMPTY
    requirements: tuple[str, ...] = ()
    tests: Mapping[str, str] = EMPTY
    suites: Mapping[str, str] = EMPTY
    correctness: bool = False
    """Whether a suite has a scorer that says right or wrong."""
    smoke: str = ""
    cases: bool = False
    """Whether there is a directory of cases, `evals/`."""
    workflows: bool = False
    """Whether there are files of workflows, pipelines or containers."""


def detect(root: Path) -> Detected:
    """Look at a repository."""
    sources = {path: _text(root / path) for path in _python_files(root)}
    serve, served_by = _serve(root, sources)
    everything = "\n".join(sources.values())
    suites = {
        path.stem: path.as_posix() for path in _relative(root, "evals/*.y*ml") if _is_suite(root / path)
    }
    smoke = next((suites.pop(name) for name in list(suites) if name.startswith("smoke")), "")
    return Detected(
        name=_name(root),
        serve=serve,
        served_by=served_by,
        chat=_first(_CHAT, everything),
        health=_first(_HEALTH, everything),
        sticky=_first(_CONVERSATION, everything).lower(),
        behaviour=_behaviour(root),
        requirements=("requirements.txt",) if (root / "requirements.txt").is_file() else (),
        tests=_tests(root),
        suites=suites,
        correctness=any(_SCORER.search(_text(root / path)) for path in suites.values()),
        smoke=smoke,
        cases=(root / "evals").is_dir(),
        workflows=any(any(root.glob(pattern)) for pattern in _WORKFLOWS),
    )


def _name(root: Path) -> str:
    project = _pyproject(root).get("name", "")
    written = project if isinstance(project, str) and project else root.resolve().name
    return re.sub(r"[^A-Za-z0-9_-]+", "-", written).strip("-_") or "agent"


def _pyproject(root: Path) -> Mapping[str, object]:
    try:
        found = tomllib.loads(_text(root / "pyproject.toml")).get("project", {})
    except tomllib.TOMLDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


# How it starts


def _serve(root: Path, sources: Mapping[Path, str]) -> tuple[str, str]:
    """The command and what told it; the most explicit source first."""
    for look in (_procfile, _package, _application, _dockerfile):
        command, told_by = look(root, sources)
        if command:
            return command, told_by
    return "", ""


def _procfile(root: Path, _sources: Mapping[Path, str]) -> tuple[str, str]:
    web = re.search(r"^web:\s*(.+)$", _text(root / "Procfile"), re.MULTILINE)
    return (_with_port(web[1].strip()), "Procfile") if web else ("", "")


def _package(root: Path, sources: Mapping[Path, str]) -> tuple[str, str]:
    """A package that can be run; of several the one with the project's name, then one called an agent."""
    found = {}
    for path, text in sources.items():
        inside = path.parts[1:-1] if path.parts[0] == "src" else path.parts[:-1]
        if path.name == "__main__.py" and len(inside) == 1 and ("port" in text.lower() or len(text) < 400):
            found[inside[0]] = path.as_posix()
    if not found:
        return "", ""
    wanted = _name(root).replace("-", "_").lower()
    name = min(
        found, key=lambda each: (each.lower() != wanted, "agent" not in each and "bot" not in each, each)
    )
    return f"python -m {name} --port {{port}}", found[name]


def _application(_root: Path, sources: Mapping[Path, str]) -> tuple[str, str]:
    for path, text in sources.items():
        inside = path.parts[1:] if path.parts[0] == "src" else path.parts
        module = ".".join((*inside[:-1], Path(inside[-1]).stem)).removesuffix(".__init__") if inside else ""
        asgi, wsgi = _ASGI.search(text), _WSGI.search(text)
        if asgi and module:
            return f"python -m uvicorn {module}:{asgi[1]} --host 127.0.0.1 --port {{port}}", path.as_posix()
        if wsgi and module:
            return f"python -m flask --app {module}:{wsgi[1]} run --port {{port}}", path.as_posix()
    return "", ""


def _dockerfile(root: Path, _sources: Mapping[Path, str]) -> tuple[str, str]:
    commands = re.findall(r"^(?:CMD|ENTRYPOINT)\s+(.+)$", _text(root / "Dockerfile"), re.MULTILINE)
    if not commands:
        return "", ""
    last = str(commands[-1]).strip()
    if last.startswith("["):
        last = " ".join(re.findall(r'"((?:[^"\\]|\\.)*)"', last))
    return _with_port(last), "Dockerfile"


def _with_port(command: str) -> str:
    """With `{port}` where the port was; empty when it is no plain command."""
    command = re.sub(r"\$\{PORT(?::-[0-9]+)?\}|\$PORT\b", "{port}", command)
    command = re.sub(r"(--port[ =]|-p |--bind [\w.]*:|-b [\w.]*:|:)[0-9]{2,5}\b", r"\g<1>{port}", command)
    try:
        words(command)
    except ValueError:
        return ""
    return "" if "$" in command or "&&" in command or "{port}" not in command else command


# What it is made of


def _behaviour(root: Path) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for pattern in (
        "prompts",
        "prompt*.*",
        "model*.y*ml",
        "model*.json",
        "tools*.json",
        "tools*.y*ml",
        "flags*.*",
    ):
        for path in _relative(root, pattern):
            if (root / path).is_dir() != (pattern == "prompts") or path.suffix == ".py":
                continue
            written = f"{path.as_posix()}/" if (root / path).is_dir() else path.as_posix()
            part = part_named(written)
            found[part] = (*found.get(part, ()), written)
    return found


def _tests(root: Path) -> Mapping[str, str]:
    named = {
        name: f"pytest tests/{name}" for name in ("unit", "integration") if (root / "tests" / name).is_dir()
    }
    if named:
        return named
    for directory in ("tests", "test"):
        if any((root / directory).glob("test_*.py")) or any((root / directory).glob("*_test.py")):
            return {"unit": f"pytest {directory}"}
    return {}


def _is_suite(path: Path) -> bool:
    return _CORRECT_KEYS.search(_text(path)) is not None


def _python_files(root: Path) -> Iterable[Path]:
    """Sources, the shallowest first, at most three directories deep."""
    found: list[Path] = []
    for depth in ("*.py", "*/*.py", "*/*/*.py"):
        for path in _relative(root, depth):
            if not _SKIPPED.intersection(path.parts[:-1]) and not any(
                part.startswith(".") for part in path.parts
            ):
                found.append(path)
    return found[:_MOST]


def _relative(root: Path, pattern: str) -> list[Path]:
    return sorted(path.relative_to(root) for path in root.glob(pattern))


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace") if path.stat().st_size < 1_000_000 else ""
    except OSError:
        return ""
