"""A witness: what it reads on reaches the rules, once, also across restarts."""

from collections.abc import Mapping

from esclusa.core.gate import Relative, Rule, Verdict
from esclusa.core.rollout import Rollout, RolloutState
from esclusa.core.traffic import Opinion
from esclusa.core.value import replace
from esclusa.deploy.engine import set_out
from esclusa.deploy.sources import Sources
from esclusa.deploy.strategies.canary import canary
from esclusa.deploy.witness import Reading, Witness
from tests.deploy.fleets import serving, shape
from tests.fakes import START

SINCE = START.timestamp()
LIKED = Rule(
    text="feedback >= baseline - 5%",
    metric="feedback",
    operator=">=",
    limit=Relative(plus=-0.05),
    estimator="mean",
)


class Log:
    """Opinions, as far as they have been told."""

    def __init__(self) -> None:
        self.opinions: list[Opinion] = []

    def read(self, offset: Mapping[str, int]) -> Reading:
        some = self.opinions[offset.get("byte", 0) :]
        return Reading((), {"byte": len(self.opinions)}, opinions=some)


def rollout() -> Rollout:
    begun = set_out(
        rollout="r",
        project="p",
        run="",
        spec=shape(guard=(LIKED,)),
        strategy=canary,
        old=serving("old"),
        new=serving("new"),
        now=START,
    )
    return replace(begun, state=RolloutState.BAKING, position=1, since=START)


def told(first: int, last: int) -> list[Opinion]:
    """One a second of either release, and customers like the new one less."""
    return [
        Opinion(f"{arm}{number}", arm, SINCE + number, score)
        for number in range(first, last)
        for arm, score in (("new", 0.2), ("old", 0.9))
    ]


def test_what_customers_say_reaches_the_rule_on_it_through_a_restart() -> None:
    log, begun = Log(), rollout()
    log.opinions = told(0, 30)
    before = Witness(begun, log, Sources()).look(begun, SINCE + 31)
    assert before is not None
    log.opinions += told(30, 60)
    begun = replace(begun, analysis=before.analysis, offset=before.offset, judged=before.judged)
    after = Witness(begun, log, Sources()).look(begun, SINCE + 61)
    assert after is not None
    assert after.judgement is not None
    [rule] = after.judgement.rules
    assert (rule.verdict, rule.n, rule.evidence_from) == (Verdict.FAIL, 60, "the customers")
