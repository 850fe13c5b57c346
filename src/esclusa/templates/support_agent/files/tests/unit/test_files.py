"""The files that shape the agent's behaviour fit together."""

import json
from pathlib import Path

import yaml

from support_agent.examples import load_examples
from support_agent.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def phrases(language: str) -> dict:
    return yaml.safe_load((ROOT / "prompts" / f"phrases.{language}.yaml").read_text("utf-8"))


def cases(name: str) -> list[dict]:
    return [json.loads(line) for line in (ROOT / "evals" / name).read_text("utf-8").splitlines()]


def test_the_settings_are_complete():
    assert Settings.load(ROOT).model == "smollm2-135m-instruct-q4_1"


def test_both_languages_can_say_the_same():
    english, spanish = phrases("en"), phrases("es")
    assert list(english) == list(spanish)
    for intent, said in english.items():
        assert set(said["facts"]) == set(spanish[intent]["facts"])


def test_every_example_and_case_has_a_known_intent():
    intents = set(phrases("en"))
    assert {example.intent for example in load_examples(ROOT / "examples/pool.jsonl")} == intents
    assert {case["expected"] for case in cases("cases.jsonl")} == intents


def test_case_names_are_unique_and_no_case_is_an_example():
    rows = cases("cases.jsonl") + cases("smoke.jsonl")
    assert len({row["id"] for row in rows}) == len(rows)
    known = {example.text.lower() for example in load_examples(ROOT / "examples/pool.jsonl")}
    assert not known & {row["input"].lower() for row in rows}
