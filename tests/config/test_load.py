"""Every shape of `esclusa.yaml` that is understood, and every kind of error, word for word."""

import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from esclusa.config import reference
from esclusa.config.load import WITHOUT_DECLARATION, check, load
from esclusa.config.shapes import Known
from esclusa.core.errors import ConfigurationError, ConfigurationErrors
from esclusa.core.fleet import Health
from esclusa.core.freeze import Dates, Freeze, Weekly
from esclusa.core.gate import Absolute, Gate, Mode, Relative, Rule
from esclusa.core.metric import Metric
from esclusa.core.project import (
    Agent,
    Approval,
    Channel,
    Environment,
    Price,
    Project,
    ServiceSpec,
    Stage,
    Step,
    StrategySpec,
)
from esclusa.core.value import replace
from esclusa.gates.catalogue import BUILT_IN, pass_all
from esclusa.workspace.project import planned_by

HERE = Path(__file__).parent
KNOWN = Known(
    actions=("checkout", "command", "fuzzer"),
    targets=("local", "moon"),
    strategies=("direct", "canary", "blue-green", "rolling", "shadow", "ab"),
    subjects=("openai", "http", "grpc"),
    detectors=("kingfisher", "rules", "personal-data"),
    linters=("zizmor", "actionlint", "check-jsonschema", "hadolint"),
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


SCANNING = "project: p\nagent: {serve: 'serve {port}', ask: {http: /}}\nstages:\n  test: {%s}\n"
"""A file with the scans of a test stage, on its fourth line."""


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


def test_a_setting_that_says_nothing_or_none_is_not_taken_for_one_that_was_left_out(tmp_path: Path) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_text(SCANNING % "vulnerabilities: {oldest: none}, artifact: {exclude: []}")
    database = ("https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip",)
    assert [one.settings for one in load(path, {}).stages[0].steps] == [
        {"database": database, "oldest": None, "accepted": "accepted.yaml"},
        {"exclude": ()},
    ]


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


def test_the_whole_reference_is_a_file_that_loads_without_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_text("\n".join(reference.text(name) for name in reference.SECTIONS))
    names = ("SHOP_API_KEY", "STAGING_SHOP_API_KEY", "TEST_SHOP_API_KEY")
    secrets = dict.fromkeys((*names, "TEAM_WEBHOOK", "TEAM_TOKEN", "CHAT_TOKEN"), "a")
    checked = check(path, secrets)
    assert checked.warnings == ()
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
  serve: serve {port}
  ask: {openai: /v1}
  behaviour: {prompts: prompts/}
services:
  model: {serve: "m {port}", variable: MODEL_URL, files: [model.py]}
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


def test_files_that_scans_name_must_exist_unless_a_run_may_make_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("esclusa.yaml")
    path.write_text(
        SCANNING
        % """
    secrets: {accepted: security/accepted.yaml},
    pii: {paths: [prompts/, "evals/*.csv", answers/, logs, logs/test.unit.log]},
    licences: {from: [bill.json, lock of this run.txt]},
    vulnerabilities: {vex: [vex.json], from: [uv.lock], database: [osv/, https://osv.example/all.zip]},
    other: {uses: vulnerabilities, database: [/no/where.zip]}
  """
    )
    with pytest.raises(ConfigurationErrors) as raised:
        load(path, {}, root=Path())
    mend = "\n  mend: create it, or mend its name"
    assert [str(error) for error in raised.value.errors] == [
        "esclusa.yaml:5: stages.test.secrets.accepted:"
        f" there is no file of acceptances `security/accepted.yaml`{mend}",
        f"esclusa.yaml:6: stages.test.pii.paths: there is no file or directory `prompts/`{mend}",
        f"esclusa.yaml:7: stages.test.licences.from: there is no file or directory `bill.json`{mend}",
        f"esclusa.yaml:8: stages.test.vulnerabilities.vex: there is no VEX file `vex.json`{mend}",
        f"esclusa.yaml:8: stages.test.vulnerabilities.from: there is no file or directory `uv.lock`{mend}",
        f"esclusa.yaml:8: stages.test.vulnerabilities.database: there is no database `osv/`{mend}",
    ]
    for name in ("security", "prompts", "osv"):
        (tmp_path / name).mkdir()
    for name in ("security/accepted.yaml", "bill.json", "vex.json", "uv.lock"):
        (tmp_path / name).touch()
    [warning] = [one for one in check(path, {}, root=Path()).warnings if "database" in one]
    assert warning == (
        "esclusa.yaml:9: stages.test.other.database: there is no database `/no/where.zip` on this machine\n"
        "  mend: put it there, or mend its path"
    )


def test_what_a_scan_does_not_understand_is_an_error_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_text(
        SCANNING
        % """
    secrets: ,
    pii: ,
    licences: {
      allowed: [MTI],
      clarified: {acme-tool==1.2: nothing}},
  """
    )

    def wrong(kind: str, settings: Mapping[str, object]) -> Iterator[ConfigurationError]:
        yield ConfigurationError("no mapping", file="accepted.yaml", line=3)
        for name in settings.get("allowed", ()):  # type: ignore[attr-defined]
            yield ConfigurationError(f"`{name}`, {kind}", key="allowed", mend="MIT")
            yield ConfigurationError("no expression", key="clarified.acme-tool==1.2")

    with pytest.raises(ConfigurationErrors) as raised:
        load(path, {}, check_scan=wrong)
    assert [str(error) for error in raised.value.errors] == [
        "accepted.yaml:3: no mapping",
        f"{path}:8: stages.test.licences.allowed: `MTI`, licences\n  mend: MIT",
        f"{path}:9: stages.test.licences.clarified.acme-tool==1.2: no expression",
    ]


def test_the_programs_that_serve_names_must_be_where_they_are_looked_for(tmp_path: Path) -> None:
    def told(serve: str, source: str = "checkout") -> list[str]:
        path = tmp_path / "esclusa.yaml"
        path.write_text(
            f"project: p\nagent: {{serve: '{serve} {{port}}', ask: {{http: /}}}}\n"
            f"stages: {{source: [{source}], test: {{unit: pytest}}}}\n"
        )
        try:
            found = check(path, {}, root=tmp_path).warnings
        except ConfigurationError as error:
            found = (f"error: {error}",)
        return [line.partition("agent.serve: ")[2].replace("\n", ";") for line in found]

    (tmp_path / "serve").touch()
    (tmp_path / "agent.py").touch()
    (tmp_path / "requirements.txt").touch()
    searched = "/usr/local/bin:/usr/bin:/bin, where this release looks;  mend: "
    assert told("./serve") == told("sh serve") == told("/bin/sh serve") == []
    assert told("./start") == [
        "there is no program `./start` in the repository;  mend: create it, or mend its name"
    ]
    assert told("/no/where") == [
        "there is no program `/no/where` on this machine;  mend: install it, or mend its path"
    ]
    assert told("no-such-agent") == [
        f"there is no program `no-such-agent` on {searched}name its whole path, or install it there"
    ]
    [missing] = told("python3.0 agent.py")
    assert missing.startswith(
        f"there is no program `python3.0` on {searched}give the release a Python of its own"
    )
    assert (
        told("no-such-agent", "checkout, dependencies")
        == told("python -m gunicorn", "checkout, dependencies")
        == []
    )
    assert told(f"{sys.executable} -m agent") == told(f"{sys.executable} -u agent.py") == []
    assert told(f"{sys.executable} -m http.server") == []
    assert told(f"{sys.executable} -m agents") == [
        "there is no module `agents` in the repository;  mend: mend its name"
    ]
    assert told("python agents.py", "checkout, dependencies") == [
        "there is no script `agents.py` in the repository;  mend: create it, or mend its name"
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
        "project: p\nagent: {serve: 'serve {port}', ask: {http: /}}\n"
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


@pytest.mark.parametrize(
    ("rule", "asked", "mend"),
    [("pass^3 >= 80%", "3 times", "repeats: 3"), ("flaky <= 5%", "more than once", "repeats: 3")],
)
def test_a_gate_that_asks_for_more_repeats_than_its_suite_makes_is_an_error(
    tmp_path: Path, rule: str, asked: str, mend: str
) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_text(
        "project: p\nagent: {serve: 'serve {port}', ask: {http: /}}\n"
        "stages: {build: [artifact], eval: {one: one.yaml, three: three.yaml}}\n"
        f"gates: {{one: {{rules: ['{rule}'], from: [eval.one]}}, three: ['{rule}']}}\n"
    )
    for name in ("one", "three"):
        (tmp_path / f"{name}.yaml").touch()

    def measured(suite: Path) -> tuple[Metric, ...]:
        again = tuple(metric for metric in BUILT_IN if metric.name == "flaky")
        return () if suite.stem == "one" else (*again, pass_all(2), pass_all(3))

    with pytest.raises(ConfigurationError) as raised:
        load(path, {}, root=tmp_path, suite_metrics=measured)
    assert str(raised.value) == (
        f"{path}:4: gates.one: `{rule}`: no suite that the gate takes its evidence from asks its cases {asked}"
        f" and says right or wrong\n  mend: set `{mend}` in the suite of eval.one"
    )


def test_a_gate_may_ask_beyond_its_dataset_what_can_be_told_of_it(tmp_path: Path) -> None:
    path = tmp_path / "esclusa.yaml"
    text = (
        "project: p\nagent: {serve: 'serve {port}', ask: {http: /}}\nstages: {build: [artifact]}\n"
        "gates:\n  quality: {rules: [accuracy > 85%], for: population}\n  other: {rules: [accuracy > 85%]}\n"
    )
    path.write_text(text)
    quality, other = load(path, {}).gates
    assert [rule.population for rule in (*quality.rules, *other.rules)] == [True, False]
    path.write_text(
        text.replace(
            "other: {rules: [accuracy > 85%]",
            "other: {rules: [latency.max < 2 s, failed_tests == 0], for: population",
        )
    )
    with pytest.raises(ConfigurationErrors) as raised:
        load(path, {})
    mend = "  mend: put it into a gate without `for: population`"
    assert str(raised.value).rstrip("\n") == (
        f"{path}:6: gates.other: `latency.max < 2 s` cannot be asked of a population: no number of cases says"
        f" that none is beyond a limit\n{mend}\n"
        f"{path}:6: gates.other: `failed_tests == 0` cannot be asked of a population: findings are counted\n{mend}"
    )


def test_a_smoke_suite_must_say_right_or_wrong(tmp_path: Path) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_text(
        "project: p\nagent: {serve: 'serve {port}', ask: {http: /}}\nenvironments:\n  here: {smoke: s.yaml}\n"
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


FLAGGED = """\
project: p
agent:
  serve: ./serve {port}
  ask: {openai: /v1}
  behaviour: {prompts: prompts.txt}
  flags: conf/flags.json
stages: {test: {unit: ls}}
"""


def flagged(root: Path) -> Path:
    for name in ("prompts.txt", "conf/flags.json", "serve"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).touch()
    path = root / "esclusa.yaml"
    path.write_text(FLAGGED)
    return path


def test_flags_are_a_part_of_what_shapes_behaviour(tmp_path: Path) -> None:
    agent = load(flagged(tmp_path), {}, root=tmp_path).agent
    assert agent.flags == "conf/flags.json"
    assert agent.behaviour == {"prompts": ("prompts.txt",), "flags": ("conf/flags.json",)}
    once = FLAGGED.replace("prompts: prompts.txt", "configuration: conf/flags.json")
    (tmp_path / "esclusa.yaml").write_text(once)
    again = load(tmp_path / "esclusa.yaml", {}, root=tmp_path).agent
    assert again.behaviour == {"configuration": ("conf/flags.json",)}
    (tmp_path / "esclusa.yaml").write_text(FLAGGED.replace("conf/flags.json", "./conf//flags.json"))
    assert load(tmp_path / "esclusa.yaml", {}, root=tmp_path).agent == agent


def test_what_is_wrong_or_odd_in_the_file_of_flags_is_told_with_the_rest(tmp_path: Path) -> None:
    path = flagged(tmp_path)
    odd = ConfigurationError("it is odd", file="flags.json", line=3, key="flags.a")
    found = check(path, {}, root=tmp_path, check_flags=lambda file: [odd] if file.is_file() else [])
    assert found.warnings == ("flags.json:3: flags.a: it is odd",)

    def wrong(file: Path) -> tuple[ConfigurationError, ...]:
        raise ConfigurationError("it is wrong", file=file.name, line=3)

    def missing(_: Path) -> tuple[ConfigurationError, ...]:
        raise ConfigurationError("it is missing", mend="install it")

    for look, said in (
        (wrong, "flags.json:3: it is wrong"),
        (missing, f"{path}:6: agent.flags: it is missing\n  mend: install it"),
    ):
        with pytest.raises(ConfigurationError) as raised:
            load(path, {}, root=tmp_path, check_flags=look)
        assert str(raised.value) == said


def test_a_file_of_flags_must_exist(tmp_path: Path) -> None:
    path = flagged(tmp_path)
    (tmp_path / "conf" / "flags.json").unlink()
    with pytest.raises(ConfigurationError) as raised:
        load(path, {}, root=tmp_path, check_flags=lambda _: ())
    assert str(raised.value) == (
        f"{path}:6: agent.flags: there is no flag file `conf/flags.json`\n  mend: create it, or mend its name"
    )


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
        "esclusa.yaml:8: environments.nowhere: no step deploys into this environment"
        "\n  mend: name it in the stage `deploy`, or go there by hand: esclusa deploy -e nowhere",
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
            "project: p\nagent: {serve: 'serve {port}', ask: {http: /}}\n"
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


ASKING = """\
project: p
agent: {serve: "./serve {port}", ask: {openai: /v1}}
environments:
  here: {strategy: canary, approval: APPROVAL}
stages: {source: [checkout], build: [artifact], deploy: [here]}
strategies: {canary: {steps: [5%, 50%], max_harmed: 9}}
"""


@pytest.mark.parametrize(
    ("written", "approval"),
    [
        ("", Approval(before=("traffic",), deadline=86400.0, on_timeout="rollback")),
        (
            "{before: [50%, promotion], deadline: 2 h, on_timeout: pause, approvers: [ana]}",
            Approval(before=("50 %", "promotion"), deadline=7200.0, on_timeout="pause", approvers=("ana",)),
        ),
    ],
)
def test_an_approval_is_asked_for_before_traffic_or_where_one_says(
    tmp_path: Path, written: str, approval: Approval
) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_text(ASKING.replace("APPROVAL", written))
    checked = check(path, {}, plan_rollout=planned_by)
    assert checked.project.environments[0].approval == approval


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "{before: [55%]}",
            "4: environments.here.approval.before[0]: unknown phase `55 %`; did you mean `5 %`?\n"
            "  mend: known here: `traffic`, `promotion`, `prepare`, `5 %`, `50 %`, `promote`",
        ),
        ("{before: []}", "4: environments.here.approval.before: nothing is named, so nobody would be asked"),
        ("{deadline: 0 s}", "4: environments.here.approval.deadline: an answer needs some time"),
        ("{on_timeout: promote}", "on_timeout: expected `rollback` or `pause`, found `promote`"),
    ],
)
def test_an_approval_that_nobody_would_be_asked_for_is_refused(
    tmp_path: Path, written: str, message: str
) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_text(ASKING.replace("APPROVAL", written))
    with pytest.raises(ConfigurationError) as raised:
        check(path, {}, plan_rollout=planned_by)
    assert message in str(raised.value)


def test_a_freeze_is_read_with_its_windows_and_its_zone(tmp_path: Path) -> None:
    path = tmp_path / "esclusa.yaml"
    freeze = "{zone: Europe/Madrid, weekly: [fri 16:00-24:00, sat-sun], dates: [2026-12-24]}"
    path.write_text(ASKING.replace("approval: APPROVAL", f"freeze: {freeze}"))
    day = date(2026, 12, 24)
    assert load(path, {}).environments[0].freeze == Freeze(
        zone="Europe/Madrid",
        weekly=(
            Weekly(written="fri 16:00-24:00", days=(4,), begin=960),
            Weekly(written="sat-sun", days=(5, 6)),
        ),
        dates=(Dates(written="2026-12-24", first=day, last=day),),
    )


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{}", "4: environments.here.freeze: no window is named, so nothing is frozen"),
        ("{weekly: [mon-fri, sat 00:00-12:00, sat 12:00-24:00, sun]}", "leave no minute of the week open"),
        ("{weekly: [daily 06:00-22:00, daily 22:00-06:00]}", "leave no minute of the week open"),
        ("{weekly: [friday]}", "freeze.weekly[0]: expected days and times such as `fri 16:00-24:00`"),
        ("{zone: Mars/Olympus, dates: [2026-12-24]}", "freeze.zone: expected a time zone that is known here"),
    ],
)
def test_a_freeze_that_makes_no_sense_is_refused(tmp_path: Path, written: str, message: str) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_text(ASKING.replace("approval: APPROVAL", f"freeze: {written}"))
    with pytest.raises(ConfigurationError) as raised:
        load(path, {})
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("written", "channels"),
    [
        (
            "{webhook: env:HOOK, headers: {X-Team: ops}, on: [rolled_back], environments: [here]}",
            (
                Channel(
                    name="team",
                    on=("rolled_back",),
                    environments=("here",),
                    webhook="env:HOOK",
                    headers={"X-Team": "ops"},
                ),
            ),
        ),
        (
            "{webhook: https://chat.example/hook, command: ./tell, on: [started], timeout: 2 s}",
            (
                Channel(name="team", on=("started",), webhook="https://chat.example/hook", timeout=2.0),
                Channel(name="team.command", on=("started",), command=("./tell",), timeout=2.0),
            ),
        ),
    ],
)
def test_who_is_told_by_a_webhook_or_a_command(
    tmp_path: Path, written: str, channels: tuple[Channel, ...]
) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_text(ASKING.replace("approval: APPROVAL", "") + f"notify: {{team: {written}}}\n")
    assert load(path, {}).notify == channels


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{}", "7: notify.team: nobody is told"),
        ("{command: ./tell, on: []}", "7: notify.team.on: nothing is told"),
        ("{command: ./tell, on: [exploded]}", "notify.team.on[0]: expected one of `started`"),
        ("{webhook: chat.example}", "notify.team.webhook: expected an address such as"),
        ("{command: ./tell, environments: [moon]}", "notify.team.environments: unknown environment `moon`"),
    ],
)
def test_who_would_never_be_told_is_refused(tmp_path: Path, written: str, message: str) -> None:
    path = tmp_path / "esclusa.yaml"
    path.write_text(ASKING.replace("approval: APPROVAL", "") + f"notify: {{team: {written}}}\n")
    with pytest.raises(ConfigurationError) as raised:
        load(path, {})
    assert message in str(raised.value)


def test_a_webhook_that_looks_like_a_password_is_warned_of_and_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "esclusa.yaml"
    address = "https://chat.example/services/T0000/AbCdEfGhIjKlMnOpQrStUvWx"
    path.write_text(ASKING.replace("approval: APPROVAL", "") + f"notify: {{team: {{webhook: {address}}}}}\n")
    [warning] = check(path, {}).warnings
    assert "notify.team.webhook: this address looks like a password" in warning
    assert "AbCdEf" not in warning


def test_aliases_that_stand_for_far_more_than_the_text_are_refused(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 12))
    (tmp_path / "esclusa.yaml").write_text(bomb)
    with pytest.raises(ConfigurationError, match="its aliases stand for more than"):
        load(tmp_path / "esclusa.yaml", {})
