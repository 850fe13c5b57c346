"""A run to report on: blocked at its quality gate, with a failed test step tolerated before."""

from datetime import UTC, datetime

from esclusa.core.evidence import Amounts, Count, Coverage, Evidence, Failure, Finding, Place, Rate, Scores
from esclusa.core.gate import Judgement, Mode, RuleJudgement, Verdict
from esclusa.core.run import Outcome, Run, StepRecord, StepState

STARTED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

ACCURACY = RuleJudgement(
    rule="accuracy > 85%",
    metric="accuracy",
    verdict=Verdict.FAIL,
    mode=Mode.BLOCK,
    sentence="accuracy is 50 % (30 of 60; 95 % interval 37.7 to 62.3 %), under the limit of 85 %",
    estimate=0.5,
    interval=(0.377, 0.623),
    limit=0.85,
    n=60,
    unit="share",
    evidence_from="eval.quality",
)
LATENCY = RuleJudgement(
    rule="latency.p95 < 2 s",
    metric="latency",
    verdict=Verdict.FAIL,
    mode=Mode.WARN,
    sentence="latency p95 is 2.5 s (60 cases; 95 % interval 2.1 s or more), over the limit of 2 s",
    estimate=2.5,
    interval=(2.1, None),
    limit=2.0,
    n=60,
    unit="s",
    evidence_from="eval.quality",
)
COST = RuleJudgement(
    rule="cost_per_query < 0.01 USD",
    metric="cost_per_query",
    verdict=Verdict.MISSING,
    mode=Mode.BLOCK,
    sentence="cost per query is missing: eval.quality could not measure it: no price",
)
BASELINE = RuleJudgement(
    rule="accuracy >= baseline - 2%",
    metric="accuracy",
    verdict=Verdict.NOT_APPLICABLE,
    mode=Mode.BLOCK,
    sentence="accuracy has no baseline yet",
)
ERRORS = RuleJudgement(
    rule="error_rate < 1%",
    metric="error_rate",
    verdict=Verdict.PASS,
    mode=Mode.BLOCK,
    sentence="error rate is 0 % (0 of 60), under the limit of 1 %",
    estimate=0.0,
    interval=(0.0, 0.06),
    limit=0.01,
    n=60,
    unit="share",
    needed=321,
    evidence_from="eval.quality",
)
QUALITY = Judgement(
    gate="quality",
    mode=Mode.BLOCK,
    verdict=Verdict.FAIL,
    rules=(ACCURACY, LATENCY, COST, BASELINE, ERRORS),
    sentence=f"quality fails: {ACCURACY.sentence}",
)
EVIDENCE = Evidence(
    measurements={
        "accuracy": Rate(hits=1, n=2, cases={"a": 1.0, "b": 0.0}, unseen=("c",)),
        "relevance": Scores(cases={"a": 0.5, "b": 1.0}),
        "latency": Amounts(unit="s", cases={"a": 1.0, "b": 2.5}),
    },
    missing={"cost_per_query": "no price"},
    slices={"lang=es": {"accuracy": Rate(hits=0, n=1)}},
)
FAILING = Evidence(
    measurements={"failed_tests": Count(n=1)},
    findings=(
        Finding(
            rule="tests.test_tools.test_refund",
            message="assert 'refunded' == 'lost'",
            severity="high",
            place=Place(file="tests/test_tools.py", line=12),
        ),
    ),
    coverage=Coverage(total=3, seen=3),
    failure=Failure(
        reason="step",
        message="pytest ended with exit code 1",
        detail="FAILED tests/test_tools.py::test_refund",
        mend="mend the test",
        exit_code=1,
    ),
)
RUN = Run(
    id="run-7",
    project="support-agent",
    commit="abcdef1234567890",
    subject="A quicker prompt",
    outcome=Outcome.BLOCKED,
    reason=QUALITY.sentence,
    release="fedcba0987654321",
    started=STARTED,
    seconds=75.0,
    steps=(
        StepRecord(id="test.unit", state=StepState.SUCCEEDED, cached=True, attempts=1, seconds=1.5),
        StepRecord(
            id="test.integration", state=StepState.TOLERATED, attempts=2, seconds=3.0, evidence=FAILING
        ),
        StepRecord(
            id="eval.quality",
            state=StepState.SUCCEEDED,
            attempts=1,
            started=STARTED,
            seconds=70.0,
            evidence=EVIDENCE,
            numbers={"cases": "60/60", "accuracy": "50 %"},
        ),
        StepRecord(id="deploy.production", state=StepState.SKIPPED),
    ),
    judgements=(QUALITY,),
)
