"""Profiles: read strictly, with the place and the mend of what is wrong."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from esclusa.core.errors import ConfigurationError
from esclusa.evals.load.profile import Level, Limits, Profile, Saturation, read_profile
from esclusa.evals.suite import load_suite, metrics
from tests.evals.files import made_suite, write_suite

ROWS: list[dict[str, Any]] = [{"id": "a", "input": "x"}]


def test_the_profile_of_the_reference_is_read() -> None:
    reference = Path(load_suite.__code__.co_filename).parent / "reference/suite.yaml"
    assert read_profile(yaml.safe_load(reference.read_text())["load"]) == Profile(
        level=Level(at=5.0, duration=60.0, requests=None),
        loop="open",
        arrivals="poisson",
        think=0.0,
        ramp=5.0,
        warm_up=5.0,
        most_open=500,
        saturation=Saturation(
            levels=(5.0, 10.0, 20.0, 40.0),
            duration=10.0,
            limits=Limits(p95=2.0, error_rate=0.01),
            within=0.25,
        ),
    )


def test_users_wait_and_think() -> None:
    found = read_profile({"users": 4, "think": "2 s", "requests": 50, "ramp": 0})
    assert (found.loop, found.think, found.ramp) == ("closed", 2.0, 0.0)
    assert found.level == Level(at=4.0, duration=None, requests=50)


@pytest.mark.parametrize(
    ("load", "message"),
    [
        ("{duration: 9 s}", "load: expected either `rate`, requests a second, or `users`"),
        ("{rate: 5, users: 2, duration: 9 s}", "load.users: expected either `rate`"),
        ("{rate: 5}", "load: expected either `duration` or `requests`"),
        ("{rate: 5, duration: 9 s, requests: 90}", "load.requests: expected either `duration` or `requests`"),
        ("{rate: 5, duration: 9 s, think: 1 s}", "load.think: `think` goes with `users`"),
        ("{users: 5, duration: 9 s, arrivals: constant}", "load.arrivals: `arrivals` goes with `rate`"),
        ("{rate: 1, duration: 9 s}", "load.duration: 1 requests a second for 9 s are 9 requests"),
        (
            "{rate: 900, duration: 1 h}",
            "load.duration: 900 requests a second for 3600 s are 3240000 requests",
        ),
        ("{rate: many, duration: 9 s}", "load.rate: expected a number, found a text"),
        ("{users: 0, duration: 9 s}", "load.users: expected a whole number >= 1"),
        ("{}", "load: expected either `rate`"),
        ("{rate: 5, duration: soon}", "load.duration: expected a duration above 0"),
        (
            "{rate: 5, duration: 9 s, warm-up: 1 s}",
            "load.warm-up: unknown key 'warm-up'; did you mean 'warm_up'?",
        ),
        ("{rate: 5, duration: 9 s, arrivals: even}", "load.arrivals: expected one of poisson, constant"),
        (
            "{rate: 5, duration: 9 s, saturation: {levels: [8, 4], p95: 1 s}}",
            "load.saturation.levels: expected rising numbers above 0, such as [2, 4, 8]",
        ),
        (
            "{users: 5, duration: 9 s, saturation: {levels: [1.5], p95: 1 s}}",
            "load.saturation.levels: expected whole numbers of users",
        ),
        (
            "{rate: 5, duration: 9 s, saturation: {levels: [4]}}",
            "load.saturation.p95: expected a value, found nothing",
        ),
        (
            "{rate: 5, duration: 9 s, saturation: {levels: [4], p95: 1 s, error_rate: 2}}",
            "load.saturation.error_rate: expected a share such as 1%, found 2",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, load: str, message: str) -> None:
    path = write_suite(tmp_path, ROWS, f"load: {load}\n")
    with pytest.raises(ConfigurationError, match=re.escape(f"suite.yaml:2: {message}")):
        load_suite(path)


@pytest.mark.parametrize(
    ("suite", "message"),
    [
        ("", "scorers: expected a value, found nothing"),
        ("load: {rate: 5, duration: 9 s}\nscorers: [exact]\n", "scorers: a suite with `load` scores nothing"),
        (
            "load: {rate: 5, duration: 9 s}\nbias: {decision: intent}\n",
            "bias: a suite with `load` compares no pairs",
        ),
        ("load: {rate: 5, duration: 9 s}\nconcurrency: 2\n", "concurrency: with `load` it is the load"),
    ],
)
def test_a_suite_scores_or_loads(tmp_path: Path, suite: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        load_suite(write_suite(tmp_path, ROWS, suite))


def test_a_load_asks_single_questions_the_sides_of_pairs_among_them(tmp_path: Path) -> None:
    load = "load: {rate: 5, duration: 9 s}\n"
    pair = {"id": "p", "group": "age", "pair": {"young": "I am 20", "old": "I am 80"}}
    assert len(made_suite(tmp_path, [pair], load).dataset.questions) == 2
    scripted = {"id": "s", "input": "Hello", "turns": ["And now?"]}
    with pytest.raises(
        ConfigurationError, match=re.escape("cases.jsonl:2: turns: a load asks single questions")
    ):
        made_suite(tmp_path, [pair, scripted], load)


def test_a_plan_knows_what_a_load_will_measure(tmp_path: Path) -> None:
    suite = made_suite(
        tmp_path, ROWS, "load: {rate: 5, duration: 9 s, saturation: {levels: [4], p95: 1 s}}\n"
    )
    assert sorted(metric.name for metric in metrics(suite)) == [
        "cost_per_query",
        "error_rate",
        "latency",
        "saturation",
        "throughput",
        "time_to_first_token",
        "tokens_per_query",
        "tokens_per_second",
    ]
    other = made_suite(tmp_path, ROWS, "load: {rate: 6, duration: 9 s}\n")
    assert suite.subject != other.subject
