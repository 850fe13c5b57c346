"""A scene in which everything has happened once."""

from datetime import timedelta

from esclusa.core.fleet import Observation, WorkloadState
from esclusa.core.gate import Judgement, Mode, RuleJudgement, Verdict
from esclusa.core.rollout import RolloutState
from esclusa.core.run import Outcome, Run
from esclusa.core.value import replace
from esclusa.deploy.engine import set_out
from esclusa.deploy.strategies.canary import canary
from esclusa.monitor.scene import Past, Place, Scene
from tests.deploy.fleets import serving, shape
from tests.fakes import START

LIVE = Judgement(
    gate="live",
    mode=Mode.BLOCK,
    verdict=Verdict.NOT_REFUTED,
    rules=(
        RuleJudgement(
            rule="error_rate <= baseline + 0.5%",
            metric="error_rate",
            verdict=Verdict.NOT_REFUTED,
            mode=Mode.BLOCK,
            sentence="no harm was shown",
            estimate=0.02,
            baseline=0.01,
            e_value=100.0,
            threshold=1000.0,
        ),
    ),
    sentence="no harm was shown",
)
QUALITY = Judgement(
    gate="quality",
    mode=Mode.BLOCK,
    verdict=Verdict.PASS,
    rules=(
        RuleJudgement(
            rule="accuracy > 85%",
            metric="accuracy",
            verdict=Verdict.PASS,
            mode=Mode.BLOCK,
            sentence="accuracy is 95 %",
            estimate=0.95,
            interval=(0.9, 0.99),
            limit=0.85,
            n=60,
        ),
    ),
    sentence="passed",
)
BAKING = replace(
    set_out(
        rollout="run-2.production",
        project="p",
        run="run-2",
        spec=shape(max_harmed=20),
        strategy=canary,
        old=serving("old"),
        new=serving("new"),
        now=START,
    ),
    state=RolloutState.BAKING,
    position=2,
    generation=7,
    judgement=LIVE,
    exposed=300,
    harmed=6,
)
SEEN = Observation(
    environment="production",
    generation=7,
    workloads=(
        WorkloadState(release="new", wanted=2, running=2, healthy=1, weight=0.25),
        WorkloadState(release="old", wanted=2, running=2, healthy=2, weight=0.75),
    ),
    router="serving",
)
SCENE = Scene(
    project="p",
    version="1.2.3",
    places=(
        Place(name="staging"),
        Place(name="production", serving="old", rollout=BAKING, observation=SEEN),
    ),
    past={
        "production": Past(ended={"promoted": 2, "rolled_back": 1}, exposed=500, harmed=9, went_back=(1.5,)),
    },
    runs=(
        Run(id="run-1", project="p", commit="c", outcome=Outcome.PROMOTED, started=START, seconds=90.0),
        Run(id="run-2", project="p", commit="d", started=START + timedelta(100), judgements=(QUALITY,)),
    ),
    controlled=True,
    decided=1767225600.0,
)
