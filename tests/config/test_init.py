"""`esclusa init` in a repository that exists: what it sees, what it writes, what it never does."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from esclusa.config.detect import Detected, detect
from esclusa.config.init import first_file, write_first
from esclusa.config.load import check, load
from esclusa.core.errors import UsageError

AGENT = """\
import argparse
parser.add_argument("--port")
ROUTES = {"/v1/chat/completions": chat, "/healthz": health}
CONVERSATION = "X-Conversation-Id"
"""
SUITE = "dataset: cases.jsonl\nscorers:\n  - exact: {path: intent}\n"


def repository(root: Path, files: Mapping[str, str]) -> Path:
    root.mkdir(exist_ok=True)
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


FULL = {
    "pyproject.toml": '[project]\nname = "shop agent"\n',
    "requirements.txt": "",
    "src/shop_agent/__main__.py": AGENT,
    "src/model_server/__main__.py": "port",
    "prompts/answer.txt": "",
    "model.yaml": "",
    "tools.json": "",
    "tests/unit/test_a.py": "",
    "tests/integration/test_b.py": "",
    "evals/quality.yaml": SUITE,
    "evals/smoke.yaml": SUITE,
    "evals/notes.yaml": "a: b\n",
}


def test_a_full_repository_is_seen(tmp_path: Path) -> None:
    assert detect(repository(tmp_path, FULL)) == Detected(
        name="shop-agent",
        serve="python -m shop_agent --port {port}",
        served_by="src/shop_agent/__main__.py",
        chat="/v1/chat/completions",
        health="/healthz",
        sticky="x-conversation-id",
        behaviour={"prompts": ("prompts/",), "model": ("model.yaml",), "tools": ("tools.json",)},
        requirements=("requirements.txt",),
        tests={"unit": "pytest tests/unit", "integration": "pytest tests/integration"},
        suites={"quality": "evals/quality.yaml"},
        correctness=True,
        smoke="evals/smoke.yaml",
        cases=True,
    )


def test_scorers_on_one_line_say_right_or_wrong_too(tmp_path: Path) -> None:
    suite = {"evals/quality.yaml": "dataset: cases.jsonl\nscorers: [relevance, exact]\n"}
    assert detect(repository(tmp_path / "one", suite)).correctness
    assert not detect(
        repository(tmp_path / "two", {"evals/a.yaml": "dataset: x\nscorers: [relevance]\n"})
    ).correctness


def test_without_requirements_a_program_in_python_gets_a_python_of_its_own(tmp_path: Path) -> None:
    write_first(repository(tmp_path / "py", {"agent/__main__.py": "port"}))
    project = load(tmp_path / "py" / "esclusa.yaml", {}, root=tmp_path / "py")
    assert project.step("source.dependencies").settings == {"requirements": ()}
    write_first(repository(tmp_path / "js", {"Procfile": "web: npm start -- --port=$PORT\n"}))
    steps = load(tmp_path / "js" / "esclusa.yaml", {}).stages[0].steps
    assert [step.uses for step in steps] == ["checkout"]


def test_an_empty_directory_shows_only_its_name(tmp_path: Path) -> None:
    assert detect(repository(tmp_path / "My Agent!", {})) == Detected(name="My-Agent")


@pytest.mark.parametrize(
    ("files", "serve", "served_by"),
    [
        ({"Procfile": "web: gunicorn app:app --bind 0.0.0.0:$PORT\n"}, "gunicorn app:app --bind 0.0.0.0:{port}", "Procfile"),
        ({"app.py": "api = FastAPI()\n"}, "python -m uvicorn app:api --host 127.0.0.1 --port {port}", "app.py"),
        ({"src/bot/web.py": "app = FastAPI()\n"}, "python -m uvicorn bot.web:app --host 127.0.0.1 --port {port}", "src/bot/web.py"),
        ({"shop/__init__.py": "app = Flask(__name__)\n"}, "python -m flask --app shop:app run --port {port}", "shop/__init__.py"),
        ({"Dockerfile": 'CMD ["python", "serve.py", "--port", "8000"]\n'}, "python serve.py --port {port}", "Dockerfile"),
        ({"Dockerfile": "CMD npm start -- --port=${PORT:-3000}\n"}, "npm start -- --port={port}", "Dockerfile"),
        ({"Dockerfile": "CMD ./start && ./wait $X\n"}, "", ""),
        ({"Dockerfile": "CMD python serve.py\n"}, "", ""),
        ({"tests/app.py": "app = FastAPI()\n", "pyproject.toml": "not toml ["}, "", ""),
    ],
)  # fmt: skip
def test_a_start_command_is_found(tmp_path: Path, files: dict[str, str], serve: str, served_by: str) -> None:
    seen = detect(repository(tmp_path, files))
    assert (seen.serve, seen.served_by) == (serve, served_by)


def test_what_is_written_for_a_full_repository_loads_without_a_warning(tmp_path: Path) -> None:
    written = write_first(repository(tmp_path, FULL))
    checked = check(tmp_path / "esclusa.yaml", {}, root=tmp_path)
    assert written.todo == ()
    assert checked.warnings == ()
    assert checked.project.agent.serve == ("python", "-m", "shop_agent", "--port", "{port}")
    assert checked.project.agent.health.path == "/healthz"
    assert checked.project.environments[0].smoke == "evals/smoke.yaml"
    assert checked.project.strategies["canary"].sticky == "x-conversation-id"
    assert [gate.name for gate in checked.project.gates] == ["security", "quality", "performance"]
    tests = [step.id for step in checked.project.stages[2].steps]
    assert tests == [
        *("test.unit", "test.integration", "test.secrets", "test.vulnerabilities", "test.licences"),
        "test.pii",
    ]
    assert checked.project.step("test.pii").settings["paths"] == ("prompts/", "evals/")
    assert written.found == (
        "the agent starts with `python -m shop_agent --port {port}` (src/shop_agent/__main__.py)",
        "it is asked at /v1/chat/completions",
        "its behaviour is shaped by prompts/, model.yaml, tools.json",
        "its dependencies are in requirements.txt",
        "it is tested with `pytest tests/unit`",
        "it is tested with `pytest tests/integration`",
        "it is evaluated with evals/quality.yaml",
    )


def test_what_nobody_can_see_is_marked_and_loads_all_the_same(tmp_path: Path) -> None:
    written = write_first(repository(tmp_path / "empty", {}))
    assert load(tmp_path / "empty" / "esclusa.yaml", {}, root=tmp_path / "empty").name == "empty"
    assert [line.partition(":")[0] for line in written.todo] == [
        "agent.serve",
        "agent.ask",
        "agent.health",
        "stages.source",
        "stages.test",
        "stages.eval",
    ]
    assert all(f"# TODO: {line}." in written.text for line in written.todo)


def test_every_key_that_is_commented_out_can_be_switched_on(tmp_path: Path) -> None:
    text = first_file(Detected(name="p", tests={"unit": "pytest"})).text
    path = tmp_path / "esclusa.yaml"
    path.write_text(re.sub(r"^( *)#(?=\S| {2})", r"\1", text, flags=re.MULTILINE).replace("\n#\n", "\n\n"))
    project = load(path, {})
    assert project.store == "sqlite:////var/lib/esclusa/support-agent.db"
    assert project.step("test.integration").needs == ("test.unit",)


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "esclusa.yaml").write_text("mine")
    with pytest.raises(UsageError) as raised:
        write_first(tmp_path)
    assert str(raised.value) == (
        f"{tmp_path}/esclusa.yaml is there already\n"
        "  mend: edit it, or move it away first; nothing was overwritten"
    )
    assert (tmp_path / "esclusa.yaml").read_text() == "mine"
