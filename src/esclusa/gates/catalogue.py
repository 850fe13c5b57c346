"""The catalogue of metrics: what each is called, what it is measured in, and which questions it admits.

Static data: a plan is checked against it without importing what measures. Plugins add their own
descriptions through `catalogue`; nobody replaces one that is here.
"""

from collections.abc import Iterable, Mapping

from esclusa.core.errors import ConfigurationError
from esclusa.core.evidence import SEVERITIES
from esclusa.core.gate import Gate, Relative, Rule
from esclusa.core.metric import Metric
from esclusa.core.value import Value

_TAIL = ("p50", "p90", "p95", "p99", "max")
_SLOWEST = ("p5", "p10")
ESTIMATORS: Mapping[str, tuple[str, ...]] = {
    "rate": ("mean",),
    "scores": ("mean",),
    "amounts": ("mean", *_TAIL, *_SLOWEST),
    "count": ("count",),
    "swaps": ("gap",),
}
"""What can be estimated from each kind of measurement."""


def _scorer(name: str) -> Metric:
    return Metric(
        name=name,
        kind="rate",
        unit="share",
        better="higher",
        estimators=("mean",),
        comparisons=("threshold", "baseline", "live"),
        measured_by=f"eval suites with the scorer `{name}`",
    )


def pass_all(k: int) -> Metric:
    """`pass^k`: how likely k askings of a case are all right. Suites that ask a case k times declare it."""
    return Metric(
        name=f"pass^{k}",
        kind="scores",
        unit="share",
        better="higher",
        estimators=("mean",),
        comparisons=("threshold", "baseline"),
        measured_by=f"eval suites with `repeats: {k}` or more, and a scorer that says right or wrong",
    )


def _severities() -> tuple[str, ...]:
    """`severity>=high` and `severity=high`, for each."""
    return tuple(f"severity{sign}{severity}" for sign in (">=", "=") for severity in SEVERITIES)


def _findings(name: str, measured_by: str, *slices: str) -> Metric:
    return Metric(
        name=name,
        kind="count",
        unit="findings",
        better="lower",
        estimators=("count",),
        comparisons=("threshold",),
        measured_by=measured_by,
        slices=slices,
    )


BUILT_IN: tuple[Metric, ...] = (
    Metric(
        name="accuracy",
        kind="rate",
        unit="share",
        better="higher",
        estimators=("mean",),
        comparisons=("threshold", "baseline", "live"),
        measured_by="eval suites with a correctness scorer",
    ),
    Metric(
        name="relevance",
        kind="scores",
        unit="share",
        better="higher",
        estimators=("mean",),
        comparisons=("threshold", "baseline", "live"),
        measured_by="eval suites with the scorer `relevance`",
    ),
    Metric(
        name="feedback",
        kind="scores",
        unit="share",
        better="higher",
        estimators=("mean",),
        comparisons=("live",),
        measured_by="the customers of a rollout, where `agent.feedback` says how",
    ),
    Metric(
        name="latency",
        kind="amounts",
        unit="s",
        better="lower",
        estimators=("p95", "p50", "p90", "p99", "mean", "max"),
        comparisons=("threshold", "baseline", "live"),
        measured_by="every eval suite, and the router of a rollout",
    ),
    Metric(
        name="time_to_first_token",
        kind="amounts",
        unit="s",
        better="lower",
        estimators=("p95", "p50", "p90", "p99", "mean", "max"),
        comparisons=("threshold", "baseline", "live"),
        measured_by="eval suites whose answers stream, and the router of a rollout",
    ),
    Metric(
        name="cost_per_query",
        kind="amounts",
        unit="USD",
        better="lower",
        estimators=("mean", *_TAIL),
        comparisons=("threshold", "baseline", "live"),
        measured_by="eval suites, where the model's price is declared",
    ),
    Metric(
        name="tokens_per_query",
        kind="amounts",
        unit="tokens",
        better="lower",
        estimators=("mean", *_TAIL),
        comparisons=("threshold", "baseline", "live"),
        measured_by="eval suites, where the agent reports its token usage",
    ),
    Metric(
        name="error_rate",
        kind="rate",
        unit="share",
        better="lower",
        estimators=("mean",),
        comparisons=("threshold", "baseline", "live"),
        measured_by="every eval suite, and the router of a rollout",
    ),
    Metric(
        name="tokens_per_second",
        kind="amounts",
        unit="tokens/s",
        better="higher",
        estimators=("mean", *_SLOWEST, "p50"),
        comparisons=("threshold",),
        measured_by="performance suites (`load`), where the agent reports its token usage",
    ),
    Metric(
        name="throughput",
        kind="amounts",
        unit="rps",
        better="higher",
        estimators=("mean",),
        comparisons=("threshold",),
        measured_by="performance suites (`load`)",
    ),
    Metric(
        name="saturation",
        kind="amounts",
        unit="rps",
        better="higher",
        estimators=("mean",),
        comparisons=("threshold",),
        measured_by="performance suites that search for it (`load.saturation`)",
    ),
    Metric(
        name="flaky",
        kind="rate",
        unit="share",
        better="lower",
        estimators=("mean",),
        comparisons=("threshold", "baseline"),
        measured_by="eval suites with `repeats`, and a scorer that says right or wrong",
    ),
    *(_scorer(name) for name in ("exact", "contains", "regex", "json_schema")),
    Metric(
        name="bias",
        kind="swaps",
        unit="share",
        better="lower",
        estimators=("gap",),
        comparisons=("threshold",),
        measured_by="eval suites of counterfactual pairs (`bias:`)",
    ),
    _findings("failed_tests", "test steps that write JUnit XML"),
    _findings("secrets", "steps with the action `secrets`", *_severities()),
    _findings("vulnerabilities", "steps with the action `vulnerabilities`", *_severities()),
    _findings("licences", "steps with the action `licences`"),
    _findings("pii", "steps with the action `pii`", *_severities()),
    _findings("misconfigurations", "steps with the action `workflows`", *_severities()),
)


class Need(Value, frozen=True, kw_only=True):
    """What one rule will need before it can be judged, and who measures it: for `check` and `plan`."""

    rule: str
    metric: str
    quantity: str
    """What is estimated, in words: `p95 of latency over the cases tagged lang=es`."""
    measured_by: str
    baseline: bool
    """Whether the stable release's evidence on the same cases is needed too."""

    @property
    def sentence(self) -> str:
        """One plain sentence."""
        beside = ", and of the stable release on the same cases" if self.baseline else ""
        return f"needs the {self.quantity}{beside}; measured by {self.measured_by}"


def catalogue(plugins: Iterable[Metric] = ()) -> Mapping[str, Metric]:
    """All metrics by name: the built-in ones and those that plugins declare.

    ConfigurationError when two descriptions of one name differ, or one asks for what nobody can estimate.
    """
    metrics: dict[str, Metric] = {}
    for metric in (*BUILT_IN, *plugins):
        _check(metric)
        known = metrics.setdefault(metric.name, metric)
        if known != metric:
            raise ConfigurationError(
                f"the metric `{metric.name}` is declared twice, differently:"
                f" measured by {known.measured_by}, and by {metric.measured_by}",
                mend="remove one of the plugins, or let it name its metric otherwise",
            )
    return metrics


def _check(metric: Metric) -> None:
    odd = [one for one in metric.estimators if one not in ESTIMATORS[metric.kind]]
    if odd or not metric.estimators or not metric.comparisons:
        known = ", ".join(ESTIMATORS[metric.kind])
        raise ConfigurationError(
            f"the metric `{metric.name}`, measured by {metric.measured_by}, cannot be judged:"
            f" its estimators are {', '.join(metric.estimators) or 'none'} and its comparisons"
            f" {', '.join(metric.comparisons) or 'none'}",
            mend=f"let the plugin declare comparisons, and for a metric of kind {metric.kind}: {known}",
        )


def needs(gate: Gate, metrics: Mapping[str, Metric]) -> tuple[Need, ...]:
    """What the gate's rules will need, in the order of the rules."""
    return tuple(need(rule, metrics[rule.metric]) for rule in gate.rules)


def need(rule: Rule, metric: Metric) -> Need:
    """What one rule will need."""
    what = rule.metric if rule.estimator in ("mean", "count") else f"{rule.estimator} of {rule.metric}"
    over = f" with {rule.slice}" if metric.slices else f" over the cases tagged {rule.slice}"
    over = over if rule.slice else ""
    beyond = (" and beyond them" if over else " beyond the cases") if rule.population else ""
    return Need(
        rule=rule.text,
        metric=rule.metric,
        quantity=what + over + beyond,
        measured_by=metric.measured_by,
        baseline=isinstance(rule.limit, Relative),
    )
