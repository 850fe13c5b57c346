"""The JSON report."""

import json
from datetime import UTC, datetime

import jsonschema

from esclusa.core.evidence import Swaps
from esclusa.core.fleet import Fleet
from esclusa.core.gate import Judgement, Mode, Verdict
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Phase, Rollout, RolloutState
from esclusa.core.value import replace
from esclusa.reports.json_report import _measured, json_schema, report
from tests.reports.runs import ERRORS, QUALITY, RUN

LIVE = Judgement(
    gate="production",
    mode=Mode.BLOCK,
    verdict=Verdict.FAIL,
    rules=(replace(ERRORS, verdict=Verdict.FAIL, sentence="9 of 40 failed", e_value=31.4, threshold=20.0),),
    sentence="9 of 40 failed",
)
NOTHING = Fleet(environment="production", port=8080)
ROLLOUT = Rollout(
    id="rollout-1",
    project="support-agent",
    environment="production",
    candidate="fedcba0987654321",
    stable="0123456789abcdef",
    spec=StrategySpec(name="canary", uses="canary"),
    phases=(Phase(name="5 %", fleet=NOTHING, share=0.05),),
    restore=NOTHING,
    state=RolloutState.ROLLED_BACK,
    started=datetime(2026, 3, 1, 12, 2, tzinfo=UTC),
    since=datetime(2026, 3, 1, 12, 3, tzinfo=UTC),
    reason="error rate: a violation is shown",
    judgement=LIVE,
    exposed=40,
    harmed=9,
)


def test_every_verdict_carries_all_its_numbers() -> None:
    found = report(RUN)
    assert found["gates"][0]["rules"][0] == {
        "rule": "accuracy > 85%",
        "metric": "accuracy",
        "verdict": "fail",
        "mode": "block",
        "sentence": "accuracy is 50 % (30 of 60; 95 % interval 37.7 to 62.3 %), under the limit of 85 %",
        "estimate": 0.5,
        "interval": [0.377, 0.623],
        "confidence": 0.95,
        "limit": 0.85,
        "baseline": None,
        "n": 60,
        "unit": "share",
        "needed": None,
        "evidence_from": "eval.quality",
        "settled_after": None,
        "saved": None,
        "error": None,
        "e_value": None,
        "threshold": None,
    }
    assert found["gates"][0]["rules"][1]["interval"] == [2.1, None]
    assert {key: value for key, value in found["gates"][0].items() if key != "rules"} == {
        "gate": "quality",
        "mode": "block",
        "verdict": "fail",
        "opens": False,
        "sentence": QUALITY.sentence,
    }


def test_a_step_tells_what_it_measured_in_numbers() -> None:
    step = report(RUN)["steps"][2]
    numbers = [
        {key: value for key, value in measured.items() if value not in (None, "")}
        for measured in step.pop("measurements")
    ]
    assert step == {
        "id": "eval.quality",
        "state": "succeeded",
        "cached": False,
        "cached_from": "",
        "attempts": 1,
        "started": "2026-03-01T12:00:00+00:00",
        "seconds": 70.0,
        "log": "",
        "failure": None,
        "missing": {"cost_per_query": "no price"},
        "findings": 0,
    }
    assert numbers == [
        {"metric": "accuracy", "kind": "rate", "unit": "share", "n": 2, "unseen": 1, "hits": 1, "mean": 0.5},
        {"metric": "relevance", "kind": "scores", "unit": "share", "n": 2, "unseen": 0, "mean": 0.75},
        {
            "metric": "latency",
            "kind": "amounts",
            "unit": "s",
            "n": 2,
            "unseen": 0,
            "mean": 1.75,
            "p50": 1.0,
            "p95": 2.5,
            "max": 2.5,
        },
        {
            "metric": "accuracy",
            "kind": "rate",
            "unit": "share",
            "slice": "lang=es",
            "n": 1,
            "unseen": 0,
            "hits": 0,
            "mean": 0.0,
        },
    ]


def test_a_rule_that_a_part_of_the_cases_settled_tells_how_many_that_saved() -> None:
    early = replace(QUALITY.rules[0], settled_after=26, saved=173, error=0.05)
    [gate] = report(replace(RUN, judgements=(replace(QUALITY, rules=(early,)),)))["gates"]
    assert [(rule["settled_after"], rule["saved"], rule["error"]) for rule in gate["rules"]] == [
        (26, 173, 0.05)
    ]


def test_a_rollout_tells_how_it_ended_and_whom_it_reached() -> None:
    rollout = report(RUN, [ROLLOUT])["rollouts"][0]
    gate = rollout.pop("gate")
    assert [(rule["verdict"], rule["e_value"], rule["threshold"]) for rule in gate["rules"]] == [
        ("fail", 31.4, 20.0)
    ]
    assert rollout == {
        "id": "rollout-1",
        "environment": "production",
        "strategy": "canary",
        "state": "rolled_back",
        "reason": "error rate: a violation is shown",
        "candidate": "fedcba0987654321",
        "stable": "0123456789abcdef",
        "phase": "5 %",
        "share": 0.05,
        "exposed": 40,
        "mirrored": 0,
        "mirrored_failed": 0,
        "trial": None,
        "harmed": 9,
        "started": "2026-03-01T12:02:00+00:00",
    }


def test_the_report_is_json_of_its_own_schema() -> None:
    found = json.loads(json.dumps(report(RUN, [ROLLOUT]), allow_nan=False))
    assert found["schema"] == "esclusa.report/1"
    jsonschema.Draft202012Validator(json_schema()).validate(found)


def test_counterfactual_pairs_are_told_by_how_many_differ() -> None:
    swaps = Swaps(groups={"age": {"a": 1.0, "b": 0.0}, "name": {"c": 0.0}}, unseen={"age": ("d",)})
    made = _measured("bias", "", swaps)
    assert (made.kind, made.n, made.hits, made.unseen) == ("swaps", 3, 1, 1)
