"""A sheet to report on: two cases fixed, one broken, one error, one that was not run, and a gate that fails."""

from datetime import UTC, datetime

from esclusa.core.evidence import Coverage, Evidence, Rate
from esclusa.core.gate import Judgement, Mode, Verdict
from esclusa.core.value import replace
from esclusa.reports.sheet import Baseline, Row, Seen, Sheet
from tests.reports.runs import ACCURACY

RIGHT, WRONG = Seen(answer="Paris", right=1.0, seconds=0.5), Seen(answer="Lyon | <b>", right=0.0, seconds=1.0)
FAILED = Seen(error="no answer within 1 s\nmore", error_kind="agent", right=0.0, seconds=1.0)
HITS = {"a": 1.0, "b": 1.0, "c": 0.0, "d": 0.0}
ROWS = (
    Row(id="a", input="Capital of France?", expected="Paris", seen=RIGHT, before=WRONG),
    Row(id="b", input="The same", expected="Paris", seen=RIGHT, before=RIGHT),
    Row(id="c", input="Once more", expected="Paris", seen=WRONG, before=RIGHT),
    Row(id="d", input="Slow", expected="Paris", seen=FAILED),
    Row(id="e", input="Left"),
)
EVIDENCE = Evidence(
    subject="s",
    measurements={"accuracy": Rate(hits=2, n=4, cases=HITS, unseen=("e",))},
    coverage=Coverage(total=5, seen=3, errored=1, not_run=1, notes=("1 case not run: spent",)),
)
BEFORE = replace(
    EVIDENCE,
    measurements={"accuracy": Rate(hits=2, n=3, cases={"a": 0.0, "b": 1.0, "c": 1.0}, unseen=("d", "e"))},
)
SHEET = Sheet(
    run="eval-1",
    step="eval.capitals",
    project="p",
    suite="capitals.yaml",
    agent="http://127.0.0.1:8000",
    started=datetime(2026, 1, 2, tzinfo=UTC),
    seconds=2.0,
    evidence=EVIDENCE,
    judgements=(
        Judgement(
            gate="quality",
            verdict=Verdict.FAIL,
            mode=Mode.BLOCK,
            rules=(ACCURACY,),
            sentence="quality fails: why",
        ),
    ),
    rows=ROWS,
    baseline=Baseline(name="production (release abc)", evidence=BEFORE),
)
ALONE = replace(SHEET, judgements=(), baseline=None, rows=tuple(replace(row, before=None) for row in ROWS))
