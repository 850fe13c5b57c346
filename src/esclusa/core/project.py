"""The project: the whole configuration as one value."""

from collections.abc import Mapping
from typing import Any

from esclusa.core.fleet import Health
from esclusa.core.freeze import Freeze
from esclusa.core.gate import Gate, Rule
from esclusa.core.value import EMPTY, Value

FLAGS_VARIABLE = "OFREP_ENDPOINT"
"""The variable in which replicas find the flags of their release; OFREP's clients agree on its name."""


class Agent(Value, frozen=True, kw_only=True):
    """How one replica is started and asked, and which files beside the code shape its behaviour."""

    serve: tuple[str, ...]
    ask: Mapping[str, Any]
    """One key, the subject's name, and its settings: `{openai: /v1/chat/completions}`."""
    behaviour: Mapping[str, tuple[str, ...]]
    """Part (`prompts`, `model`, `tools`, `flags`, `configuration`) -> paths in the repository."""
    flags: str = ""
    """The file of flag definitions, one of the part `flags`; empty when there are none to be evaluated."""
    feedback: str = ""
    """The path at which the router hears what customers thought of a conversation; empty: nowhere."""
    health: Health = Health()
    variables: Mapping[str, str] = EMPTY
    secrets: Mapping[str, str] = EMPTY


class ServiceSpec(Value, frozen=True, kw_only=True):
    """A backing service as the file declares it."""

    name: str
    serve: tuple[str, ...]
    variable: str
    files: tuple[str, ...] = ()
    """What of the repository it is made of; a change of these is another service."""
    health: Health = Health()
    variables: Mapping[str, str] = EMPTY
    secrets: Mapping[str, str] = EMPTY


class Price(Value, frozen=True, kw_only=True):
    """What a model costs, in USD for a million tokens. A price of 0 is a price."""

    input: float
    output: float


TRAFFIC = "traffic"
PROMOTION = "promotion"
"""What an approval may stand before beside the names of phases: the first with traffic, and the last."""


class Approval(Value, frozen=True, kw_only=True):
    """When a person has to say yes before a release goes on."""

    before: tuple[str, ...] = (TRAFFIC,)
    """`traffic`, `promotion`, or names of phases."""
    deadline: float = 86400.0
    """Seconds that the answer may take."""
    on_timeout: str = "rollback"
    """What happens then: `rollback` or `pause`; a clock never approves."""
    approvers: tuple[str, ...] = ()
    """Whose answer counts; anybody's if nobody is named. A name is not proved."""


class Channel(Value, frozen=True, kw_only=True):
    """Who is told of rollouts: a webhook or a command."""

    name: str
    on: tuple[str, ...]
    environments: tuple[str, ...] = ()
    """Which ones; all if none is named."""
    webhook: str = ""
    """An address, or a reference to a secret that is one."""
    headers: Mapping[str, str] = EMPTY
    """Texts, or references to secrets."""
    command: tuple[str, ...] = ()
    secrets: Mapping[str, str] = EMPTY
    """Variable of the command -> reference."""
    timeout: float = 10.0


class Environment(Value, frozen=True, kw_only=True):
    """Where releases live."""

    name: str
    target: str = "local"
    port: int = 0
    replicas: int = 1
    strategy: str = "direct"
    variables: Mapping[str, str] = EMPTY
    secrets: Mapping[str, str] = EMPTY
    smoke: str = ""
    """A suite that the deployed release must answer correctly before the next environment."""
    drain: float = 30.0
    when_busy: str = "refuse"
    """What a new release does while another rollout is under way here: `refuse`, `queue` or `replace`."""
    approval: Approval | None = None
    freeze: Freeze | None = None


class CountedRate(Value, frozen=True, kw_only=True):
    """A share as two queries of Prometheus for running totals; `{release}` stands for a release's id."""

    of: str
    failed: str


class Prometheus(Value, frozen=True, kw_only=True):
    """Where live evidence is asked for beside the router's log."""

    url: str
    every: float = 15.0
    """Seconds between two readings."""
    settle: float = 30.0
    """Seconds after traffic was moved in which nothing is judged on them."""
    rates: Mapping[str, CountedRate] = EMPTY
    """By the name of the metric that a rule says."""


class StrategySpec(Value, frozen=True, kw_only=True):
    """A strategy as the file declares it; which settings it takes is the strategy's own business."""

    name: str
    uses: str
    steps: tuple[float, ...] = ()
    """Shares of traffic in (0, 1]."""
    sticky: str = ""
    bake: float = 60.0
    min_samples: int = 50
    max_harmed: int | None = None
    holdback: float = 0.05
    """The share that stays on stable in a last phase of 100 %, so that a baseline remains."""
    keep: float = 0.0
    """Seconds that the old release stands ready at full size after the switch of a blue-green rollout."""
    max_surge: int = 1
    """Replicas that a rolling rollout may have too many."""
    max_unavailable: int = 0
    """Replicas that it may have too few."""
    mirror: float = 0.0
    """The share of new conversations that the candidate is sent a copy of before it has traffic; 0: none."""
    split: float = 0.0
    """A/B: the share of new conversations that B, the candidate, gets; 0: they are not drawn."""
    header: str = ""
    """A/B: whoever sends `name: value` gets B."""
    cookie: str = ""
    """A/B: whoever has the cookie `name=value` gets B."""
    hold: float = 0.0
    """A/B: for how many seconds."""
    winner: str = "keep"
    """A/B: what follows: `keep` stable, `ask` a person, or `promote` a B that is better."""
    side_effects: str = ""
    """What the copies do to the world, as the user says: `none` or `accepted`; empty if nothing was said."""
    guard: tuple[Rule, ...] = ()
    prove: tuple[Rule, ...] = ()
    score: str = ""
    """The suite whose scorers score live conversations; empty for none."""
    sample: float = 1.0
    """The share of conversations that may be scored."""
    scores_per_minute: int = 120
    """At most; half of them for each release."""
    min_scores: int = 20
    """Pairs of scored conversations before a rule on them says anything."""
    replay: str = ""
    """The suite whose cases are asked of both releases while they serve; empty for none."""
    replays_per_minute: int = 30
    preflight: str = ""
    """The suite that the new release must answer before it has traffic; empty for none."""
    alpha: float = 0.05
    deadline: float = 30.0
    """Seconds after which a request still open is taken as failed by the analysis."""
    on_timeout: str = "rollback"
    timeout: float = 3600.0
    """Seconds a phase may hold before `on_timeout`."""
    watch: float = 0.0
    """Seconds that the new release is watched after promotion."""

    prometheus: Prometheus | None = None

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All live rules, each once."""
        return tuple(dict.fromkeys((*self.guard, *self.prove)))


class Step(Value, frozen=True, kw_only=True):
    """One node of the graph: `uses` one action, `needs` others."""

    id: str
    """`stage.name`."""
    stage: str
    uses: str
    settings: Mapping[str, Any] = EMPTY
    needs: tuple[str, ...] = ()
    """Step ids; every step of an earlier stage is needed without being named."""
    inputs: tuple[str, ...] | None = None
    """Paths whose content decides whether a result is reused; the whole source if None."""
    timeout: float | None = 3600.0
    retries: int = 0
    variables: Mapping[str, str] = EMPTY
    secrets: Mapping[str, str] = EMPTY
    allow_failure: bool = False
    cache: bool = True


class Stage(Value, frozen=True, kw_only=True):
    """A named group of steps."""

    name: str
    steps: tuple[Step, ...]


DIRECT = "direct"
"""The strategy that every project has without declaring it."""


class Project(Value, frozen=True, kw_only=True):
    """Everything `esclusa.yaml` says."""

    name: str
    agent: Agent
    stages: tuple[Stage, ...]
    gates: tuple[Gate, ...] = ()
    services: tuple[ServiceSpec, ...] = ()
    environments: tuple[Environment, ...] = ()
    strategies: Mapping[str, StrategySpec] = EMPTY
    prices: Mapping[str, Price] = EMPTY
    notify: tuple[Channel, ...] = ()
    store: str = ""
    """A SQLAlchemy URL; empty for SQLite in the state directory."""

    def environment(self, name: str) -> Environment:
        """The environment of that name; KeyError if there is none."""
        for environment in self.environments:
            if environment.name == name:
                return environment
        raise KeyError(name)

    def step(self, step_id: str) -> Step:
        """The step of that id; KeyError if there is none."""
        for stage in self.stages:
            for step in stage.steps:
                if step.id == step_id:
                    return step
        raise KeyError(step_id)
