"""Suites: read strictly, and known before anything is asked."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from esclusa.core.errors import ConfigurationError
from esclusa.core.value import replace
from esclusa.evals.scorers import build_scorer
from esclusa.evals.suite import ScorerSpec, load_suite, metrics
from esclusa.gates.catalogue import catalogue
from esclusa.plugins import names
from tests.evals.files import made_suite, write_suite

ROWS: list[dict[str, Any]] = [
    {"id": "a", "input": "x", "expected": "1", "tags": ["demo"]},
    {"id": "b", "input": "y", "expected": "2"},
]


def test_the_shortest_suite_has_the_defaults_of_the_reference(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, ROWS, "scorers: [exact]\n")
    reference = yaml.safe_load(
        (Path(load_suite.__code__.co_filename).parent / "reference/suite.yaml").read_text()
    )
    assert suite.scorers == (ScorerSpec(uses="exact", name="exact"),)
    assert {
        "tags": list(suite.tags),
        "ask": suite.ask,
        "concurrency": suite.concurrency,
        "timeout": f"{suite.timeout:g} s",
        "seed": suite.seed,
        "budget": list(suite.budget),
        "cache": suite.cache,
        "stop": suite.stop,
        "repeats": suite.repeats,
    } == {key: value for key, value in reference.items() if key not in ("dataset", "scorers", "load")}


def test_every_setting_is_read(tmp_path: Path) -> None:
    suite = made_suite(
        tmp_path,
        ROWS,
        "scorers:\n"
        "  - exact: {path: metadata.intent, name: intent, accuracy: true}\n"
        "  - relevance\n"
        "  - contains: {words: [sorry], at_least: 0.5, accuracy: false}\n"
        "tags: [demo]\n"
        "ask: {http: {path: /answer}}\n"
        "concurrency: 2\n"
        "timeout: 500 ms\n"
        "seed: 7\n",
    )
    assert [question.id for question in suite.dataset.questions] == ["a"]
    assert replace(suite, dataset=suite.dataset.tagged([])) == suite
    assert suite.scorers == (
        ScorerSpec(uses="exact", name="intent", settings={"path": "metadata.intent"}, accuracy=True),
        ScorerSpec(uses="relevance", name="relevance"),
        ScorerSpec(
            uses="contains", name="contains", settings={"words": ["sorry"]}, accuracy=False, at_least=0.5
        ),
    )
    assert (suite.ask, suite.concurrency, suite.timeout, suite.seed) == (
        {"http": {"path": "/answer"}},
        2,
        0.5,
        7,
    )
    assert suite.lines == {"ask": 7, "intent": 3, "relevance": 4, "contains": 5}
    assert suite.directory == tmp_path


@pytest.mark.parametrize(
    ("suite", "error"),
    [
        ("", "suite.yaml:1: scorers: expected a value, found nothing"),
        (
            "scorers: []\nconcurency: 2\n",
            "suite.yaml:3: concurency: unknown key 'concurency'; did you mean 'concurrency'?",
        ),
        ("scorers: []\nconcurrency: 0\n", "suite.yaml:3: concurrency: expected a whole number >= 1"),
        ("scorers: exact\n", "suite.yaml:2: scorers: expected a list, found a text"),
        (
            "scorers:\n- exact\n- [regex]\n",
            "suite.yaml:4: scorers.1: expected a scorer's name, alone or with its settings:"
            " `exact: {path: metadata.intent}`",
        ),
        ("scorers: [{exact: 1}]\n", "suite.yaml:2: scorers.0.exact: expected a mapping of settings"),
        (
            "scorers:\n- exact: {name: Is It}\n",
            "suite.yaml:3: scorers.0.exact.name: expected small letters, digits and `_`, found 'Is It'",
        ),
        (
            "scorers:\n- exact: {name: latency}\n",
            "suite.yaml:3: scorers.0.exact.name: the metric 'latency' is measured otherwise; choose another",
        ),
        (
            "scorers:\n- exact:\n    at_least: 2\n",
            "suite.yaml:4: scorers.0.exact.at_least: expected a number <= 1.0",
        ),
        ("scorers:\n- contains\n- contains\n", "suite.yaml:4: scorers.1: two scorers are called 'contains'"),
        (
            "scorers: []\ntimeout: soon\n",
            "suite.yaml:3: timeout: expected a duration above 0, such as 30 s or 500 ms, found 'soon'",
        ),
        (
            "scorers: []\nask: {openai: /v1, http: /x}\n",
            "suite.yaml:3: ask: expected one way to ask, such as `openai: /v1/chat/completions`",
        ),
        ("scorers: []\ntags: [smoke]\n", "cases.jsonl: no case has a tag of: smoke"),
        (
            "load: {users: 2, for: 10 s}\nstop: settled\n",
            "suite.yaml:3: stop: a load is run to its end: its requests come in no drawn order",
        ),
        ("scorers: []\nstop: soon\n", "suite.yaml:3: stop: expected one of never, settled, found 'soon'"),
    ],
)
def test_what_is_wrong_is_named_by_file_line_and_key(tmp_path: Path, suite: str, error: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        made_suite(tmp_path, ROWS, suite)
    assert str(raised.value).splitlines()[0] == f"{tmp_path}/{error}"


def test_a_suite_without_its_dataset_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "suite.yaml"
    path.write_text("scorers: []\ndataset: quality.jsonl\n")
    with pytest.raises(ConfigurationError) as raised:
        load_suite(path)
    assert str(raised.value) == (
        f"{path}:2: dataset: there is no dataset {tmp_path}/quality.jsonl\n  mend: paths start at the suite"
    )


def test_a_suite_that_is_no_mapping_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "suite.yaml"
    path.write_text("- exact\n")
    with pytest.raises(
        ConfigurationError, match=r"suite\.yaml:1: expected a mapping with `dataset` and `scorers`$"
    ):
        load_suite(path)


def test_settings_of_a_case_for_a_scorer_that_the_suite_lacks_are_an_error(tmp_path: Path) -> None:
    rows = [*ROWS, {"id": "c", "input": "z", "scorers": {"exct": {}}}]
    with pytest.raises(ConfigurationError) as raised:
        made_suite(tmp_path, rows, "scorers: [exact]\n")
    assert str(raised.value) == (
        f"{tmp_path}/cases.jsonl:3: scorers.exct: unknown scorer 'exct'; did you mean 'exact'?\n"
        "  mend: known here: exact"
    )


def test_a_plan_knows_the_metrics_before_anything_is_asked(tmp_path: Path) -> None:
    suite = made_suite(
        tmp_path, ROWS, "scorers: [{exact: {name: intent}}, relevance, {judge: {rubric: kind}}, regex]\n"
    )
    planned = metrics(suite)
    assert [metric.name for metric in planned] == [
        "accuracy", "error_rate", "latency", "tokens_per_query", "cost_per_query",
        "intent", "relevance", "judge", "regex",
    ]  # fmt: skip
    assert {metric.name: metric.kind for metric in planned if metric.name in ("intent", "judge")} == {
        "intent": "rate",
        "judge": "scores",
    }
    assert set(catalogue(planned)) >= {metric.name for metric in planned}


def test_a_function_that_scores_has_a_short_form_and_its_own_name(tmp_path: Path) -> None:
    scorers = "[{python: house.scorers:short}, {python: {function: scorers:kind, name: polite}}]"
    assert made_suite(tmp_path, ROWS, f"scorers: {scorers}\n").scorers == (
        ScorerSpec(uses="python", name="short", settings={"function": "house.scorers:short"}),
        ScorerSpec(uses="python", name="polite", settings={"function": "scorers:kind"}),
    )


def test_without_a_scorer_that_says_right_or_wrong_there_is_no_accuracy(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, ROWS, "scorers: [relevance, {exact: {accuracy: false}}]\n")
    assert "accuracy" not in [metric.name for metric in metrics(suite)]


@pytest.mark.parametrize(
    ("scorers", "judges"),
    [
        ("[exact, relevance, regex]", ["exact", "regex"]),
        ("[exact, {relevance: {accuracy: true, at_least: 0.8}}]", ["relevance"]),
        ("[exact, {regex: {accuracy: false}}]", ["exact"]),
    ],
)
def test_who_has_a_say_in_accuracy(tmp_path: Path, scorers: str, judges: list[str]) -> None:
    suite = made_suite(tmp_path, ROWS, f"scorers: {scorers}\n")
    assert [spec.name for spec in suite.judges] == judges


def test_the_subject_changes_with_what_is_measured_and_not_with_the_order_of_asking(tmp_path: Path) -> None:
    base = made_suite(tmp_path, ROWS, "scorers: [exact]\n")
    same = made_suite(tmp_path, ROWS[::-1], "# again\nscorers: [{exact: {}}]\nseed: 5\n")
    others = [
        made_suite(tmp_path, ROWS, "scorers: [regex]\n"),
        made_suite(tmp_path, ROWS, "scorers: [exact]\ntags: [demo]\n"),
        made_suite(tmp_path, ROWS, "scorers: [exact]\nconcurrency: 1\n"),
        made_suite(tmp_path, ROWS, "scorers: [exact]\ntimeout: 1 s\n"),
        made_suite(tmp_path, ROWS, "scorers: [exact]\nask: {http: /x}\n"),
        made_suite(tmp_path, [*ROWS, {"id": "c", "input": "z"}], "scorers: [exact]\n"),
    ]
    assert same.subject == base.subject
    assert len({base.subject, *(other.subject for other in others)}) == len(others) + 1


def test_the_reference_is_a_suite_whose_every_setting_its_scorers_know(tmp_path: Path) -> None:
    reference = Path(load_suite.__code__.co_filename).parent / "reference/suite.yaml"
    path = write_suite(tmp_path, ROWS, "")
    page = reference.read_text().replace("quality.jsonl", "cases.jsonl")
    scoring = re.sub(r"^load:\n(  .*\n)+", "", page, flags=re.MULTILINE)
    path.write_text(scoring)
    scorers = load_suite(path).scorers
    assert sorted(spec.uses for spec in scorers) == list(names("scorers"))
    for spec in scorers:
        build_scorer(spec.uses, spec.settings, tmp_path)
