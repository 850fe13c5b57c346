"""The plugin for pytest, in sessions of its own with an agent that is a function."""

import json
from pathlib import Path

import pytest

from esclusa.workspace import testing

assert testing, "loaded before any session: one that loads it is rid of it at its end"
pytest_plugins = ["pytester"]

FILE = """
project: p
agent: {serve: "agent {port}", ask: {openai: /v1/chat/completions}}
environments: {production: {}}
gates: {capitals: [accuracy > LIMIT]}
stages: {source: [checkout], build: [artifact], eval: {capitals: capitals.yaml}, deploy: [production]}
"""
AGENT = """
def reply(messages):
    if "Peru" in str(messages):
        raise ValueError("no Peru")
    return "Paris" if "France" in str(messages) else "Lisbon"
"""
ROWS = [("france", "Paris"), ("spain", "Madrid"), ("again-france", "Paris")]


@pytest.fixture
def session(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    rows = (
        {"id": name, "input": f"Capital of {name.split('-')[-1].title()}?", "expected": capital}
        for name, capital in ROWS
    )
    Path("cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    Path("capitals.yaml").write_text("dataset: cases.jsonl\nscorers: [contains]\n")
    Path("my_agent.py").write_text(AGENT)
    Path("pytest.ini").write_text("[pytest]\nesclusa_agent = python:my_agent:reply\n")
    monkeypatch.setenv("PYTHONPATH", str(pytester.path), prepend=":")
    return pytester


def test_each_case_is_a_test_and_a_wrong_one_says_what_it_was(session: pytest.Pytester) -> None:
    done = session.runpytest_subprocess("capitals.yaml", "-v")
    done.assert_outcomes(passed=3, failed=1)
    done.stdout.fnmatch_lines(
        [
            "capitals.yaml::france PASSED*",
            "capitals.yaml::spain FAILED*",
            "capitals.yaml::verdict PASSED*",
            "wrong: Capital of Spain?",
            "expected: Madrid",
            "answered: Lisbon",
            "scores:   contains 0",
        ]
    )


def test_a_case_that_is_asked_again_is_as_right_as_its_worst_answer(session: pytest.Pytester) -> None:
    with Path("capitals.yaml").open("a") as file:
        file.write("repeats: 3\n")
    Path("my_agent.py").write_text(
        "said = iter(['Paris', 'Lyon'])\n"
        "def reply(messages):\n"
        "    return next(said, 'Paris') if 'France' in str(messages) else 'Madrid'\n"
    )
    done = session.runpytest_subprocess("capitals.yaml", "-v")
    done.assert_outcomes(passed=3, failed=1)
    done.stdout.fnmatch_lines(["answered: Lyon"])


@pytest.mark.parametrize(("limit", "verdict"), [("10%", {"passed": 3}), ("85%", {"passed": 2, "failed": 1})])
def test_where_a_gate_judges_the_verdict_alone_fails(
    session: pytest.Pytester, limit: str, verdict: dict[str, int]
) -> None:
    Path("esclusa.yaml").write_text(FILE.replace("LIMIT", limit))
    done = session.runpytest_inprocess("capitals.yaml")
    done.assert_outcomes(xfailed=1, **verdict)
    if "failed" in verdict:
        done.stdout.fnmatch_lines(["capitals fails: accuracy is 66.7 %*under the limit of 85 %*"])


def test_suites_are_collected_by_a_pattern_and_no_other_file_is(session: pytest.Pytester) -> None:
    with Path("pytest.ini").open("a") as file:
        file.write("esclusa_suites = cap*.yaml\n")
    Path("other.yaml").write_text("a: 1\n")
    done = session.runpytest_inprocess()
    done.assert_outcomes(passed=3, failed=1)


def test_a_test_asks_the_agent_itself_and_takes_cases_of_a_suite(session: pytest.Pytester) -> None:
    session.makepyfile(
        """
        import pytest

        @pytest.mark.esclusa_cases("capitals.yaml")
        def test_capital(case, agent):
            assert case.expected in agent(case.text).text

        def test_peru(agent):
            answer = agent([{"role": "user", "content": "And Peru?"}])
            assert (answer.error_kind, "no Peru" in answer.error) == ("agent", True)
        """
    )
    done = session.runpytest_inprocess("-v")
    done.assert_outcomes(passed=3, failed=1)
    done.stdout.fnmatch_lines(["*test_capital?spain? FAILED*"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("capitals.yaml", "--esclusa-agent", "http://127.0.0.1:1"), "http://127.0.0.1:1 cannot be reached*"),
        (("torn.yaml",), "*torn.yaml:1: scorers: expected a value, found nothing"),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(
    session: pytest.Pytester, words: tuple[str, ...], said: str
) -> None:
    Path("torn.yaml").write_text("dataset: cases.jsonl\n")
    done = session.runpytest_inprocess(*words)
    assert done.ret != 0
    done.stdout.fnmatch_lines([said])
    done.stdout.no_fnmatch_line("*Traceback*")


def test_nobody_to_ask_is_said_with_the_mend(session: pytest.Pytester) -> None:
    Path("pytest.ini").write_text("[pytest]\n")
    session.makepyfile("def test_it(agent): agent('Hello')")
    done = session.runpytest_inprocess()
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["nobody to ask; mend: --esclusa-agent*"])
