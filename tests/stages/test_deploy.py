"""`uses: deploy`: what its smoke suite accepts. The rest is held by the tests with real components."""

import pytest

from esclusa.core.evidence import Coverage, Evidence, Rate
from esclusa.stages.deploy import smoke_failure

RIGHT = Rate(hits=2, n=2, cases={"a": 1.0, "b": 1.0})
WRONG = Rate(hits=1, n=2, cases={"a": 1.0, "b": 0.0})


@pytest.mark.parametrize(
    ("evidence", "failure"),
    [
        (Evidence(coverage=Coverage(total=2, seen=2), measurements={"accuracy": RIGHT}), ""),
        (
            Evidence(coverage=Coverage(total=2, seen=2), measurements={"accuracy": WRONG}),
            "1 of 2 smoke cases answered wrongly: b",
        ),
        (
            Evidence(coverage=Coverage(total=3, seen=2), measurements={"accuracy": RIGHT}),
            "only 2 of 3 smoke cases could be asked",
        ),
        (
            Evidence(coverage=Coverage(total=0, seen=0), measurements={"accuracy": RIGHT}),
            "no smoke case was asked",
        ),
        (Evidence(measurements={"accuracy": RIGHT}), "no smoke case was asked"),
        (
            Evidence(coverage=Coverage(total=2, seen=2), missing={"accuracy": "the scorer raised"}),
            "the smoke suite measured no accuracy: the scorer raised",
        ),
        (
            Evidence(coverage=Coverage(total=2, seen=2)),
            "the smoke suite measured no accuracy: it has no scorer",
        ),
    ],
    ids=["right", "wrong", "unseen", "empty", "no coverage", "scorer failed", "no scorer"],
)
def test_a_smoke_suite_passes_only_when_all_was_asked_and_right(evidence: Evidence, failure: str) -> None:
    assert smoke_failure(evidence) == failure
