"""Every shape of `esclusa.yaml` that is understood, and every kind of error, word for word."""

from pathlib import Path

import pytest

from esclusa.config import reference
from esclusa.config.load import WITHOUT_DECLARATION, check, load
from esclusa.config.shapes import Known
from esclusa.core.errors import ConfigurationError, ConfigurationErrors
from esclusa.core.fleet import Health
from esclusa.core.gate import Absolute, Gate, Mode, Relative, Rule
from esclusa.core.metric import Metric
from esclusa.core.project import Agent, Environment, Price, Project, ServiceSpec, Stage, Step, StrategySpec
from esclusa.core.value import replace
from esclusa.gates.catalogue import BUILT_IN
from esclusa.workspace.project import planned_by

HERE = Path(__file__).parent
KNOWN = Known(
    actions=("checkout", "command", "fuzzer"),
    targets=("local", "moon"),
    strategies=("direct", "canary", "blue-green", "rolling", "shadow", "ab"),
    subjects=("openai", "http", "grpc"),
)
ENVIRON = {"PROJECT": "filled", "PORT": "8088", "EMPTY": "", "API_KEY": "not-to-be-shown"}


def good(name: str) -> Project:
    return load(HERE / "good" / f"{name}.yaml", ENVIRON, known=KNOWN)


def step(stage: str, name: str, uses: str = "command", **more: object) -> Step:
    return Step(id=f"{stage}.{name}", stage=stage, uses=uses, **more)  # type: ignore[arg-type]


def deploy(environment: str, **more: object) -> Step:
    return step(
        "deploy",
        environment,
        "deploy",
        settings={"environment": environment},
        **{"timeout": None, "cache": False, **more},
    )


ACCURACY = Rule(
    text="accuracy > 85%", metric="accuracy", operator=">", limit=Absolute(value=0.85), estimator="mean"
)


def test_the_smallest_file() -> None:
    assert good("smallest") == Project(
        name="tiny",
        agent=Agent(serve=("./serve", "{port}"), ask={"http": {"path": "/ask"}}, behaviour={}),
        stages=(Stage(name="test", steps=(step("test", "unit", settings={"run": "pytest"}),)),),
        strategies={"direct": WITHOUT_DECLARATION},
    )


def test_short_forms() -> None:
    assert good("short_forms") == Project(
        name="short",
        agent=Agent(
            serve=("python", "-m", "short", "--port={port}"),
            ask={"openai": "/v1/chat/completions"},
            behaviour={
                "prompts": ("prompts/",),
                "model": ("model.yaml",),
                "tools": ("tools.json",),
                "flags": ("flags.yaml",),
                "configuration": ("limits.yaml",),
            },
            health=Health(path="/ready"),
        ),
        environments=(Environment(name="staging"), Environment(name="production", port=8080)),
        stages=(
            Stage(
                name="source",
                steps=(
                    step("source", "checkout", "checkout"),
                    step(
                        "source",
                        "dependencies",
                        "dependencies",
                        settings={"requirements": ("requirements.txt",)},
                        needs=("source.checkout",),
                    ),
                ),
            ),
            Stage(
                name="build",
                steps=(
                    step("build", "artifact", "artifact", settings={"exclude": ("tests/", "evals/")}),
                    step("build", "sbom", "sbom", needs=("build.artifact",)),
                ),
            ),
            Stage(name="test", steps=(step("test", "unit", settings={"run": "pytest tests/unit"}),)),
            Stage(
                name="eval",
                steps=(
                    step("eval", "quality", "eval", settings={"suite": "evals/quality.yaml"}),
                    step("eval", "report", settings={"run": "python report.py"}),
                ),
            ),
            Stage(name="deploy", steps=(deploy("staging"), deploy("production", needs=("deploy.staging",)))),
        ),
        gates=(
            Gate(
                name="quality",
                rules=(
                    ACCURACY,
                    Rule(
                        text="accuracy{lang=es} > 80% (warn)",
                        metric="accuracy",
                        operator=">",
                        limit=Absolute(value=0.8),
                        estimator="mean",
                        slice="lang=es",
                        mode=Mode.WARN,
                    ),
                ),
            ),
        ),
        strategies={"direct": WITHOUT_DECLARATION},
    )


def test_long_forms() -> None:
    assert good("long_forms") == Project(
        name="long",
        agent=Agent(
            serve=("python", "-m", "long", "--port", "{port}"),
            ask={"openai": "/v1/chat/completions"},
            behaviour={"prompts": ("prompts/",), "configuration": ("a.yaml", "b.yaml")},
            health=Health(path="/ready", start=90.0),
            variables={"MODE": "no", "RATE": "1.10"},
            secrets={"KEY": "file:/run/secrets/key"},
        ),
        services=(
            ServiceSpec(
                name="model",
                serve=("python", "model.py", "--port", "{port}"),
                variable="MODEL_URL",
                files=("model.py",),
                health=Health(timeout=0.5),
            ),
        ),
        environments=(
            Environment(
                name="production", replicas=2, strategy="careful", smoke="evals/smoke.yaml", drain=5.0
            ),
        ),
        stages=(
            Stage(
                name="build", steps=(step("build", "artifact", "artifact", settings={"exclude": ("docs/",)}),)
            ),
            Stage(
                name="lint",
                steps=(
                    step(
                        "lint",
                        "style",
                        settings={"run": "ruff check"},
                        inputs=("src/",),
                        timeout=None,
                        retries=2,
                        allow_failure=True,
                        cache=False,
                    ),
                ),
            ),
            Stage(
                name="eval",
                steps=(
                    step(
                        "eval",
                        "quality",
                        "eval",
                        settings={"suite": "evals/quality.yaml"},
                        variables={"A": "b"},
                        secrets={"C": "env:D"},
                    ),
                ),
            ),
            Stage(
                name="deploy",
                steps=(
                    deploy("production", timeout=7200.0),
                    step(
                        "deploy",
                        "tell",
                        settings={"run": "./tell.sh"},
                        needs=("deploy.production", "lint.style"),
                    ),
                ),
            ),
        ),
        gates=(Gate(name="quality", rules=(ACCURACY,), sources=("eval.quality",), mode=Mode.WARN),),
        strategies={
            "direct": WITHOUT_DECLARATION,
            "careful": StrategySpec(
                name="careful",
                uses="canary",
                steps=(0.1, 1.0),
                guard=(
                    Rule(
                        text="error_rate <= baseline + 0.5%",
                        metric="error_rate",
                        operator="<=",
                        limit=Relative(plus=0.005),
                        estimator="mean",
                    ),
                ),
                alpha=0.01,
                timeout=600.0,
                on_timeout="pause",
                watch=3600.0,
            ),
        },
        prices={"org/model-1.5": Price(input=0.0, output=0.6)},
        store="postgresql+psycopg://db/esclusa",
    )


def test_anchors_are_kept_in_keys_of_ones_own() -> None:
    assert good("anchors").agent == Agent(
        serve=("python", "-m", "anchored", "--port", "{port}"),
        ask={"openai": "/v1"},
        behaviour={},
        health=Health(path="/up", start=5.0),
    )


def test_the_settings_of_a_plugin_are_its_own_business() -> None:
    project = good("plugin")
    assert project.agent.ask == {
        "grpc": {"service": "Chat", "retries": 3, "tls": True, "name": "007", "nothing": None}
    }
    assert project.environments == (Environment(name="far", target="moon"),)
    assert project.stages[0].steps == (
        step("test", "fuzz", "fuzzer", settings={"rounds": 100, "deep": {"seeds": [1, 2.5]}}, timeout=300.0),
        step("test", "fuzzer", "fuzzer"),
    )


def test_references_to_the_environment_are_filled_in() -> None:
    project = good("filled_in")
    assert (project.name, project.agent.serve[2], project.agent.ask) == (
        "filled",
        "agent",
        {"openai": "/v1/chat"},
    )
    assert project.agent.variables == {
        "PRICE": "$5",
        "LATER": "${LATER}",
        "EMPTY": "",
        "BOTH": "filled-full",
    }
    assert project.environments == (Environment(name="here", port=8088),)
    assert project.step("test.unit").settings == {"run": "echo $HOME"}


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + (HERE / "good" / "smallest.yaml").read_bytes())
    assert load(path, {}).name == "tiny"


def test_the_whole_reference_is_a_file_that_loads_and_warns_of_what_cannot_be_proven_yet(
    tmp_path: Path,
) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_text("\n".join(reference.text(name) for name in reference.SECTIONS))
    secrets = {"SHOP_API_KEY": "a", "STAGING_SHOP_API_KEY": "b", "TEST_SHOP_API_KEY": "c"}
    checked = check(path, secrets)
    [warning] = checked.warnings
    assert "nothing proves a rule on live traffic yet" in warning
    assert [stage.name for stage in checked.project.stages] == ["source", "build", "test", "eval", "deploy"]


@pytest.mark.parametrize("path", sorted((HERE / "bad").glob("*.yaml")), ids=lambda path: path.stem)
def test_an_error_says_where_what_was_expected_and_the_mend(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    with pytest.raises(ConfigurationError) as raised:
        load(Path(path.name), ENVIRON, known=KNOWN, plan_rollout=planned_by)
    assert f"{raised.value}\n" == path.with_suffix(".txt").read_text()
    assert raised.value.exit_code == 2


def test_several_errors_come_at_once_in_the_order_of_the_file() -> None:
    with pytest.raises(ConfigurationErrors) as raised:
        load(HERE / "bad" / "wrong_kinds.yaml", {})
    lines = [error.line for error in raised.value.errors]
    assert len(lines) > 20
    assert lines == sorted(lines)


def test_a_secret_never_reaches_a_message() -> None:
    with pytest.raises(ConfigurationErrors) as raised:
        load(HERE / "bad" / "a_literal_secret.yaml", ENVIRON)
    assert "sk-123456" not in str(raised.value)
    assert "not-to-be-shown" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            None,
            "{path}: there is no such file\n  mend: write one with `esclusa init`",
        ),
        (b"project: \xe9t\xe9\n", "{path}:1: this is not UTF-8"),
        ("a: ñ\nb: \x07".encode(), "{path}:2: the character 0x0007 is not allowed in YAML"),
        (
            b"--- 1\n--- 2\n",
            "{path}:2: not valid YAML: expected a single document in the stream but found another document",
        ),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "esclusa.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError) as raised:
        load(path, {})
    assert str(raised.value).startswith(message.format(path=path))


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(tmp_path, {})
    assert str(raised.value) == f"{tmp_path}: this is a directory\n  mend: name the esclusa.yaml in it"


FILES = """\
project: p
agent:
  serve: ./serve {port}
  ask: {openai: /v1}
  behaviour: {prompts: prompts/}
services:
  model: {serve: "./m {port}", variable: MODEL_URL, files: [model.py]}
environments:
  here: {smoke: evals/smoke.yaml}
stages:
  source: [checkout, dependencies]
  build: [artifact]
  test: {unit: {run: pytest, inputs: [src/, "*.py"]}}
  eval: {quality: evals/quality.yaml}
  deploy: [here]
"""


def test_files_that_are_named_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("esclusa.yaml")
    path.write_text(FILES)
    with pytest.raises(ConfigurationErrors) as raised:
        load(path, {}, root=Path())
    mend = "\n  mend: create it, or mend its name"
    assert [str(error) for error in raised.value.errors] == [
        f"esclusa.yaml:5: agent.behaviour.prompts: there is no file or directory `prompts/`{mend}",
        f"esclusa.yaml:7: services.model.files: there is no file or directory `model.py`{mend}",
        f"esclusa.yaml:9: environments.here.smoke: there is no suite `evals/smoke.yaml`{mend}",
        "esclusa.yaml:11: stages.source.dependencies.requirements:"
        f" there is no requirements file `requirements.txt`{mend}",
        f"esclusa.yaml:13: stages.test.unit.inputs: there is no file or directory `src/`{mend}",
        f"esclusa.yaml:14: stages.eval.quality.suite: there is no suite `evals/quality.yaml`{mend}",
    ]


def test_what_suites_measure_may_be_named_by_rules(tmp_path: Path) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_text(FILES + "gates: {tone: [politeness > 0.8]}\n")
    for name in (
        "prompts/x",
        "model.py",
        "evals/smoke.yaml",
        "requirements.txt",
        "src/x",
        "evals/quality.yaml",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    politeness = Metric(
        name="politeness",
        kind="scores",
        unit="share",
        better="higher",
        estimators=("mean",),
        comparisons=("threshold",),
        measured_by="a scorer",
    )
    checked = check(
        path,
        {},
        root=tmp_path,
        suite_metrics=lambda suite: (politeness,) if suite.stem == "quality" else BUILT_IN,
    )
    assert checked.measures == {"eval.quality": ("politeness",)}
    assert checked.project.gates[0].rules[0].metric == "politeness"


def test_one_name_for_two_metrics_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_text(
        "project: p\nagent: {serve: './serve {port}', ask: {http: /}}\n"
        "stages: {build: [artifact], eval: {one: one.yaml, two: two.yaml}}\n"
    )
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").touch()

    def politeness(suite: Path) -> tuple[Metric, ...]:
        return (replace(BUILT_IN[0], name="politeness", measured_by=f"suite {suite.stem}"),)

    with pytest.raises(ConfigurationError) as raised:
        load(path, {}, root=tmp_path, suite_metrics=politeness)
    assert str(raised.value) == (
        f"{path}: stages: the metric `politeness` is declared twice, differently:"
        " measured by suite one, and by suite two\n"
        "  mend: give the scorers of the suites different names, or remove a plugin"
    )


def test_a_smoke_suite_must_say_right_or_wrong(tmp_path: Path) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_text(
        "project: p\nagent: {serve: './serve {port}', ask: {http: /}}\nenvironments:\n  here: {smoke: s.yaml}\n"
        "stages: {build: [artifact], deploy: [here]}\n"
    )
    (tmp_path / "s.yaml").touch()
    with pytest.raises(ConfigurationError) as raised:
        load(path, {}, root=tmp_path, suite_metrics=lambda _: ())
    assert str(raised.value) == (
        f"{path}:4: environments.here.smoke: the suite `s.yaml` has no scorer that says right or wrong\n"
        "  mend: add one to its `scorers`: `exact`, `contains`, `regex` or `json_schema`"
    )


def test_an_error_in_a_suite_is_told_with_the_others(tmp_path: Path) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_text(FILES)
    (tmp_path / "evals").mkdir()
    (tmp_path / "evals" / "quality.yaml").touch()

    def broken(suite: Path) -> tuple[Metric, ...]:
        raise ConfigurationError("no scorers", file=str(suite), line=1)

    with pytest.raises(ConfigurationErrors) as raised:
        load(path, {}, root=tmp_path, suite_metrics=broken)
    assert f"{tmp_path}/evals/quality.yaml:1: no scorers" in str(raised.value)


WARNED = """\
project: p
agent:
  serve: ./serve
  ask: {openai: /v1}
  secrets: {ONE: env:UNSET_ONE, TWO: env:TWO, THREE: file:three}
  variables: {API_KEY: abc, DB: "postgres://me:hunter2@db/x", PUBLIC: sk-abcdefghijklmnopqrstu, KEYBOARD: us}
environments:
  nowhere: {strategy: careless}
stages:
  evals: {quality: ls}
  empty: {}
strategies:
  careless: {uses: canary, steps: [100%]}
"""


def test_what_is_probably_not_meant_so_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("esclusa.yaml")
    path.write_text(WARNED)
    secret = "this looks like a secret, and variables are shown and stored in plain text"
    assert check(path, {"TWO": "2"}).warnings == (
        "esclusa.yaml:3: agent.serve: the command does not say `{port}`\n  mend: tell it which port to listen on",
        "esclusa.yaml:5: agent.secrets.ONE: the environment variable UNSET_ONE is not set here\n"
        "  mend: set it before what needs the secret is started",
        f"esclusa.yaml:6: agent.variables.API_KEY: {secret}\n  mend: move it to `secrets` as `API_KEY: env:API_KEY`",
        f"esclusa.yaml:6: agent.variables.DB: {secret}\n  mend: move it to `secrets` as `DB: env:DB`",
        f"esclusa.yaml:6: agent.variables.PUBLIC: {secret}\n  mend: move it to `secrets` as `PUBLIC: env:PUBLIC`",
        "esclusa.yaml:8: environments.nowhere: no step deploys into this environment",
        "esclusa.yaml:10: stages.evals: stage `evals`; did you mean `eval`?\n"
        "  mend: a stage of your own may have any name, but only the known ones have short forms",
        "esclusa.yaml:11: stages.empty: a stage without steps",
        "esclusa.yaml:13: strategies.careless: nothing is watched, so nothing rolls back\n"
        "  mend: add `guard: [error_rate <= baseline + 0.5%]`",
    )


def test_a_rule_that_two_suites_measure_is_an_error_until_the_gate_says_which(tmp_path: Path) -> None:
    def told(gate: str) -> str:
        path = tmp_path / "esclusa.yaml"
        path.write_text(
            "project: p\nagent: {serve: './serve {port}', ask: {http: /}}\n"
            "stages: {build: [artifact], eval: {one: one.yaml, two: two.yaml}}\n"
            f"gates:\n  {gate}\n"
        )
        for name in ("one", "two"):
            (tmp_path / f"{name}.yaml").touch()
        try:
            load(path, {}, root=tmp_path, suite_metrics=lambda _: BUILT_IN)
        except ConfigurationError as error:
            return str(error).removeprefix(f"{path}:")
        return ""

    assert told("quality: [accuracy > 85%]") == (
        "5: gates.quality: `accuracy > 85%`: eval.one and eval.two measure accuracy, and a rule takes it from one\n"
        "  mend: say which one is meant, `from: eval.one`, or give the gate that step's name"
    )
    assert told("quality: {rules: [accuracy > 85%], from: [eval.two]}") == ""
    assert told("two: [accuracy > 85%]") == ""
