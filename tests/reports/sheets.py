"""A sheet to report on: one case of every kind."""

from datetime import UTC, datetime

from esclusa.core.evidence import Evidence, Rate
from esclusa.core.gate import Judgement, Mode, Verdict
from esclusa.reports.sheet import Baseline, Row, Seen, Sheet
from tests.reports.runs import ACCURACY

NOW = Evidence(
    measurements={"accuracy": Rate(hits=1, n=3, cases={"right": 1.0, "wrong": 0.0, "broken": 0.0})},
    subject="s",
)
THEN = Evidence(
    measurements={"accuracy": Rate(hits=2, n=3, cases={"right": 1.0, "wrong": 0.0, "broken": 1.0})},
    subject="s",
)
ROWS = (
    Row(
        id="right",
        input="Capital of Peru?",
        expected="Lima",
        seen=Seen(answer="Lima", right=1.0, seconds=0.5),
    ),
    Row(
        id="wrong",
        input="Capital of\nSpain?",
        expected="Madrid",
        seen=Seen(answer="a | <b>\x00", right=0.0, scores={"exact": 0.0}, explanations={"exact": "no"}),
    ),
    Row(id="broken", seen=Seen(right=0.0, error="500\nbody", error_kind="agent"), before=Seen(right=1.0)),
    Row(id="unseen", seen=Seen(error="the model is down", error_kind="outside")),
    Row(id="not run"),
    Row(id="again", repeat=1, seen=Seen(answer="hm")),
)
SHEET = Sheet(
    run="eval-1",
    step="eval.capitals",
    project="p",
    suite="capitals.yaml",
    agent="http://127.0.0.1:80",
    started=datetime(2026, 1, 2, tzinfo=UTC),
    seconds=1.25,
    evidence=NOW,
    rows=ROWS,
)
BEFORE = Baseline(name="base.json", evidence=THEN)
CLOSED = Judgement(
    gate="quality",
    mode=Mode.BLOCK,
    verdict=Verdict.FAIL,
    rules=(ACCURACY,),
    sentence="quality failed: accuracy",
)
