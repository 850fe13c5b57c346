"""`esclusa check`: what would stop a run is found before it."""

from pathlib import Path

import pytest

from esclusa.config.init import write_first
from esclusa.config.plan import plan_lines
from esclusa.core.errors import ConfigurationError, ConfigurationErrors, EsclusaError
from esclusa.workspace.check import check
from tests.workspace.projects import FILE


def write(root: Path, suite: str, case: str) -> None:
    (root / "esclusa.yaml").write_text(FILE.replace("deploy:", "eval: {quality: quality.yaml}, deploy:"))
    (root / "quality.yaml").write_text(suite)
    (root / "cases.jsonl").write_text(f"{case}\n")


def test_it_plans_and_writes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "dataset: cases.jsonl\nscorers: [exact]\n", '{"id": "c", "input": "a", "expected": "a"}')
    assert [stage.name for stage in check(tmp_path).plan.stages] == ["source", "build", "eval", "deploy"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cases.jsonl", "esclusa.yaml", "quality.yaml"]


@pytest.mark.parametrize(
    ("suite", "case", "said"),
    [
        (
            "dataset: cases.jsonl\nscorers: [exactly]\n",
            '{"id": "c", "input": "a", "expected": "a"}',
            r"quality\.yaml:2: scorers\.exactly.*unknown scorer",
        ),
        (
            "dataset: cases.jsonl\nscorers: [exact]\nask: {http: {path: /, txt: answer}}\n",
            '{"id": "c", "input": "a", "expected": "a"}',
            r"quality\.yaml:3: ask\.http\.txt: unknown key 'txt'; did you mean 'text'\?",
        ),
        (
            "dataset: cases.jsonl\nscorers: [exact]\n",
            '{"id": "c", "input": "a"}',
            r"cases\.jsonl:1: c: the scorer `exact` needs",
        ),
    ],
    ids=["an unknown scorer", "a way to ask that there is not", "a case that cannot be scored"],
)
def test_a_suite_that_no_run_could_score_is_an_error(
    tmp_path: Path, suite: str, case: str, said: str
) -> None:
    write(tmp_path, suite, case)
    with pytest.raises(ConfigurationError, match=said):
        check(tmp_path)


@pytest.mark.parametrize(
    ("ask", "score", "scorers", "said"),
    [
        (
            "openai: /",
            "",
            "[relevance]",
            "`relevance` is told by scored conversations or replayed cases, and there are none",
        ),
        ("openai: /", "score: quality.yaml,", "[exact]", "tell tokens_per_query and cost_per_query"),
        (
            "python: 'agent:ask'",
            "score: quality.yaml,",
            "[relevance]",
            "what customers ask the agent cannot be read",
        ),
        ("openai: /", "score: nowhere.yaml,", "[relevance]", "there is no suite `nowhere.yaml`"),
    ],
    ids=[
        "no suite",
        "a scorer that needs what is expected",
        "a subject that nobody overhears",
        "no such file",
    ],
)
def test_a_rule_on_scores_that_nobody_could_tell_live_is_an_error(
    tmp_path: Path, ask: str, score: str, scorers: str, said: str
) -> None:
    case = '{"id": "c", "input": "a", "expected": "a"}\n{"id": "d", "input": "b", "expected": "b"}'
    write(tmp_path, f"dataset: cases.jsonl\nscorers: {scorers}\n", case)
    file = (tmp_path / "esclusa.yaml").read_text().replace("openai: /", ask)
    file = file.replace("production: {}", "production: {strategy: canary}")
    canary = f"strategies: {{canary: {{steps: [10%], {score} guard: [relevance >= baseline - 5%]}}}}\n"
    (tmp_path / "esclusa.yaml").write_text(file + canary)
    with pytest.raises(EsclusaError, match=said):
        check(tmp_path)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        ("{http: {path: /, txt: answer}}", r"esclusa\.yaml:3: agent\.ask\.http\.txt: unknown key 'txt'"),
        ("{http: {body: x}}", r"esclusa\.yaml:3: agent\.ask\.http\.path: expected a value, found nothing"),
        ("{openai: {url: ftp://x}}", r"agent\.ask\.openai\.url: expected an address that begins with http"),
        ("{python: reply}", r"agent\.ask\.python: expected `module:function`, found 'reply'"),
    ],
)
def test_settings_with_which_no_agent_could_be_asked_are_an_error(
    tmp_path: Path, ask: str, said: str
) -> None:
    (tmp_path / "esclusa.yaml").write_text(FILE.replace("{openai: /}", ask))
    with pytest.raises(ConfigurationError, match=said):
        check(tmp_path)


def test_scans_that_could_not_begin_are_an_error_with_all_that_is_wrong(tmp_path: Path) -> None:
    scans = (
        "secrets: {exclude: ['!']}, licences: {allowed: [MTI, permissive]}, vulnerabilities: {service: snyk}"
    )
    (tmp_path / "esclusa.yaml").write_text(FILE.replace("deploy:", f"test: {{{scans}}}, deploy:"))
    (tmp_path / "accepted.yaml").write_text("accepted:\n  - fingerprint: nothing\n")
    with pytest.raises(ConfigurationErrors) as raised:
        check(tmp_path)
    assert [(Path(error.file).name, error.key, error.message) for error in raised.value.errors] == [
        ("accepted.yaml", "accepted.0", "expected a fingerprint"),
        ("esclusa.yaml", "stages.test.secrets.exclude", "`!` is no pattern of what to leave out"),
        ("esclusa.yaml", "stages.test.licences.allowed", "`MTI` is no identifier of SPDX"),
        ("esclusa.yaml", "stages.test.vulnerabilities.service", "`snyk` is no service"),
    ]


def test_an_engine_that_nobody_installed_is_an_error(tmp_path: Path) -> None:
    scans = "secrets: {engines: [kingfish, rules]}, workflows: {engines: [zizmor, yamllint]}"
    (tmp_path / "esclusa.yaml").write_text(FILE.replace("deploy:", f"test: {{{scans}}}, deploy:"))
    with pytest.raises(ConfigurationErrors) as raised:
        check(tmp_path)
    assert [(error.key, error.message) for error in raised.value.errors] == [
        ("stages.test.secrets.engines[0]", "unknown detector `kingfish`; did you mean `kingfisher`?"),
        ("stages.test.workflows.engines[1]", "unknown linter `yamllint`; did you mean `hadolint`?"),
    ]


def test_what_init_could_not_see_is_found_again(tmp_path: Path) -> None:
    write_first(tmp_path)
    odd = [warning.partition("esclusa.yaml:")[2].split(" ", 1)[1] for warning in check(tmp_path).warnings]
    assert odd == [
        "agent.serve: the placeholder that `init` wrote\n  mend: say how one replica is started",
        "stages.test.placeholder: the placeholder that `init` wrote\n  mend: say how the tests are run",
    ]


def environment(root: Path, strategy: str) -> list[str]:
    """What the plan says of how a strategy takes over."""
    file = FILE.replace("{production: {}}", "{production: {strategy: found}}")
    (root / "esclusa.yaml").write_text(f"{file}strategies: {{found: {strategy}}}\n")
    lines = "\n".join(plan_lines(check(root).plan)).partition("environment production")[2].splitlines()
    return [line.strip() for line in lines[1 : lines.index("")]]


def test_the_plan_says_that_a_shadow_shows_nobody_its_answers(tmp_path: Path) -> None:
    assert environment(tmp_path, "{uses: shadow, mirror: 10%, side_effects: none, bake: 60 s}") == [
        "found: prepare and mirror 10 %: shares of requests",
        "prepare: 0 % to the new release (1 new and 1 old), until it is in force",
        "mirror 10 %: copies of 10 % of new conversations to the new release, whose answers nobody sees "
        "(1 new and 1 old), at least 1m30s and 50 turns",
        "then a report; stable serves alone again, and nothing is promoted",
    ]


def test_the_plan_says_who_gets_b_and_what_follows(tmp_path: Path) -> None:
    *_, held, then = environment(tmp_path, "{uses: ab, cookie: plan=b, hold: 1 h, winner: promote}")
    assert held == (
        "cookie plan=b: the new release to who asks for it by cookie plan=b, stable to everybody else "
        "(1 new and 1 old), at least 1h30s"
    )
    assert then == (
        "then a report; the new release is promoted if it is better in something and worse in nothing, "
        "else stable serves alone again"
    )
