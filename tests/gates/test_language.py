"""The gate language: what it reads, what it refuses and how it says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.gate import Absolute, Limit, Mode, Operator, Relative, Rule
from esclusa.core.metric import Metric
from esclusa.core.value import replace
from esclusa.gates.catalogue import BUILT_IN, catalogue, pass_all
from esclusa.gates.language import BadRule, format_rule, parse

METRICS = catalogue()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            "accuracy > 85%",
            Rule(
                text="accuracy > 85%",
                metric="accuracy",
                operator=">",
                limit=Absolute(value=0.85),
                estimator="mean",
            ),
        ),
        (
            " accuracy>0.85 ",
            Rule(
                text="accuracy>0.85",
                metric="accuracy",
                operator=">",
                limit=Absolute(value=0.85),
                estimator="mean",
            ),
        ),
        (
            "relevance > 0.8",
            Rule(
                text="relevance > 0.8",
                metric="relevance",
                operator=">",
                limit=Absolute(value=0.8),
                estimator="mean",
            ),
        ),
        *(
            (
                f"vulnerabilities{{{written}}} == 0",
                Rule(
                    text=f"vulnerabilities{{{written}}} == 0",
                    metric="vulnerabilities",
                    operator="==",
                    limit=Absolute(value=0.0),
                    estimator="count",
                    slice="severity>=high",
                ),
            )
            for written in ("severity>=high", " severity >= high ", "severity≥high", "severity => high")
        ),
        (
            "latency.p95 < 2 s",
            Rule(
                text="latency.p95 < 2 s",
                metric="latency",
                operator="<",
                limit=Absolute(value=2.0),
                estimator="p95",
            ),
        ),
        (
            "latency.p50 <= 200ms",
            Rule(
                text="latency.p50 <= 200ms",
                metric="latency",
                operator="<=",
                limit=Absolute(value=0.2),
                estimator="p50",
            ),
        ),
        (
            "latency.max < 1.5 m",
            Rule(
                text="latency.max < 1.5 m",
                metric="latency",
                operator="<",
                limit=Absolute(value=90.0),
                estimator="max",
            ),
        ),
        (
            "cost_per_query < 0.01 USD",
            Rule(
                text="cost_per_query < 0.01 USD",
                metric="cost_per_query",
                operator="<",
                limit=Absolute(value=0.01),
                estimator="mean",
            ),
        ),
        (
            "accuracy >= baseline - 2%",
            Rule(
                text="accuracy >= baseline - 2%",
                metric="accuracy",
                operator=">=",
                limit=Relative(plus=-0.02),
                estimator="mean",
            ),
        ),
        (
            "latency.p95 <= baseline * 1.25",
            Rule(
                text="latency.p95 <= baseline * 1.25",
                metric="latency",
                operator="<=",
                limit=Relative(times=1.25),
                estimator="p95",
            ),
        ),
        (
            "latency.p95 <= baseline * 1.25 + 50 ms",
            Rule(
                text="latency.p95 <= baseline * 1.25 + 50 ms",
                metric="latency",
                operator="<=",
                limit=Relative(times=1.25, plus=0.05),
                estimator="p95",
            ),
        ),
        (
            "error_rate <= baseline + 0.5%",
            Rule(
                text="error_rate <= baseline + 0.5%",
                metric="error_rate",
                operator="<=",
                limit=Relative(plus=0.005),
                estimator="mean",
            ),
        ),
        (
            "accuracy{lang=es} > 80% (warn)",
            Rule(
                text="accuracy{lang=es} > 80% (warn)",
                metric="accuracy",
                operator=">",
                limit=Absolute(value=0.8),
                estimator="mean",
                slice="lang=es",
                mode=Mode.WARN,
            ),
        ),
        (
            "failed_tests == 0",
            Rule(
                text="failed_tests == 0",
                metric="failed_tests",
                operator="==",
                limit=Absolute(value=0.0),
                estimator="count",
            ),
        ),
    ],
)
def test_a_rule_is_read_into_its_metrics_own_unit(text: str, rule: Rule) -> None:
    assert parse(text, METRICS) == rule


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "accurcy > 85%",
            "`accurcy > 85%`, column 1: unknown metric `accurcy`; expected a metric: `accuracy`, `relevance`,"
            " `latency`, `time_to_first_token`, `cost_per_query`, `tokens_per_query`, `error_rate`,"
            " `tokens_per_second`, `throughput`, `saturation`, `flaky`, `exact`, `contains`, `regex`,"
            " `json_schema`, `bias`, `failed_tests`, `secrets`, `vulnerabilities`, `licences`, `pii` or"
            " `misconfigurations`; did you mean `accuracy`?",
        ),
        (
            "secrets{lang=es} == 0",
            "`secrets{lang=es} == 0`, column 8: `secrets` has no `lang=es`; expected `severity>=note`,"
            " `severity>=low`, `severity>=medium`, `severity>=high`, `severity>=critical`, `severity=note`,"
            " `severity=low`, `severity=medium`, `severity=high` or `severity=critical`",
        ),
        (
            "pii{severity > = hihg} == 0",
            "`pii{severity > = hihg} == 0`, column 4: `pii` has no `severity > = hihg`; expected"
            " `severity>=note`, `severity>=low`, `severity>=medium`, `severity>=high`, `severity>=critical`,"
            " `severity=note`, `severity=low`, `severity=medium`, `severity=high` or `severity=critical`;"
            " did you mean `severity>=high`?",
        ),
        (
            "latency.q95 < 2 s",
            "`latency.q95 < 2 s`, column 9: `latency` has no `q95`; expected `p95`, `p50`, `p90`, `p99`,"
            " `mean` or `max` of `latency`; did you mean `p95`?",
        ),
        (
            "accuracy.p95 > 85%",
            "`accuracy.p95 > 85%`, column 10: `accuracy` has no `p95`; expected `mean` of `accuracy`",
        ),
        (
            "accuracy > 85",
            "`accuracy > 85`, column 12: `85` is more than the whole; expected a share: `85%`, or a number"
            " from 0 to 1; did you mean `85%`?",
        ),
        (
            "accuracy > 2 s",
            "`accuracy > 2 s`, column 14: `s` is not a unit of `accuracy`; expected a share: `85%`, or a"
            " number from 0 to 1",
        ),
        (
            "latency.p95 < 2",
            "`latency.p95 < 2`, column 16: `2` has no unit; expected a time with its unit: `2 s`, `200 ms`"
            " or `1 m`",
        ),
        (
            "latency.p95 <= baseline + 25%",
            "`latency.p95 <= baseline + 25%`, column 29: `%` is not a unit of `latency`; expected a time with"
            " its unit: `2 s`, `200 ms` or `1 m`, or a factor: `baseline * 1.25`",
        ),
        (
            "accuracy < 85%",
            "`accuracy < 85%`, column 10: `accuracy` is better higher, so `<` would let the worse pass;"
            " expected `>` or `>=`",
        ),
        (
            "accuracy => 85%",
            "`accuracy => 85%`, column 10: here is `=>`, not a comparison; expected `>` or `>=`;"
            " did you mean `>=`?",
        ),
        (
            "error_rate == 1%",
            "`error_rate == 1%`, column 12: `==` compares counts, and `error_rate` is none;"
            " expected `<` or `<=`",
        ),
        (
            "accuracy > 100%",
            "`accuracy > 100%`, column 12: nothing is over 100 %; expected `>=`, or a limit under 100 %",
        ),
        (
            "error_rate < 0",
            "`error_rate < 0`, column 14: nothing is under 0; expected `<=`, or a limit above 0",
        ),
        (
            "failed_tests <= baseline",
            "`failed_tests <= baseline`, column 17: `failed_tests` has no baseline to compare with;"
            " expected a whole number: `0`",
        ),
        (
            "failed_tests <= 1.5",
            "`failed_tests <= 1.5`, column 17: `1.5` is not a whole number; expected a whole number: `0`",
        ),
        (
            "latency.p95 <= baseline * 0",
            "`latency.p95 <= baseline * 0`, column 27: the baseline is multiplied by a number above 0;"
            " expected a factor: `baseline * 1.25`",
        ),
        (
            "error_rate => 1%",
            "`error_rate => 1%`, column 12: here is `=>`, not a comparison; expected `<` or `<=`",
        ),
        (
            "latency p95 < 2 s",
            "`latency p95 < 2 s`, column 9: here is `p95`, not a comparison; expected `<` or `<=`;"
            " did you mean `latency.p95`?",
        ),
        (
            "accuracy",
            "`accuracy`, column 9: here is nothing, not a comparison; expected `>` or `>=`",
        ),
        (
            "accuracy > ",
            "`accuracy > `, column 12: here is nothing, not an amount; expected a share: `85%`, or a number"
            " from 0 to 1, or `baseline`",
        ),
        (
            "accuracy > 85% (wran)",
            "`accuracy > 85% (wran)`, column 17: unknown mode `wran`; expected `block` or `warn`;"
            " did you mean `warn`?",
        ),
        (
            "accuracy > 0,8",
            "`accuracy > 0,8`, column 13: `,8` is left over; expected the end of the rule, or `(warn)`",
        ),
        (
            "accuracy{lang=es > 80%",
            "`accuracy{lang=es > 80%`, column 23: the slice is not closed; expected `}` after the tag",
        ),
        (
            "accuracy{} > 80%",
            "`accuracy{} > 80%`, column 9: the slice is empty; expected a tag of the dataset: `{lang=es}`",
        ),
    ],
)
def test_what_cannot_work_is_refused_with_its_column_and_the_mend(text: str, message: str) -> None:
    with pytest.raises(BadRule) as caught:
        parse(text, METRICS)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "failed_tests == 0",
            "`failed_tests == 0`, column 1: `failed_tests` is not seen on live traffic; expected a live"
            " metric: `accuracy`, `relevance`, `feedback`, `latency`, `time_to_first_token`, `cost_per_query`, `tokens_per_query`, `error_rate`, `exact`, `contains`,"
            " `regex` or `json_schema`",
        ),
        (
            "latency.mean < 2 s",
            "`latency.mean < 2 s`, column 1: live traffic tells no `mean` of `latency`; expected `p50`, `p90`,"
            " `p95` or `p99`",
        ),
        (
            "error_rate{lang=es} < 1%",
            "`error_rate{lang=es} < 1%`, column 11: live traffic has no tags; expected a rule"
            " without a slice",
        ),
    ],
)
def test_live_rules_take_only_what_traffic_shows(text: str, message: str) -> None:
    with pytest.raises(BadRule) as caught:
        parse(text, METRICS, live=True)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["error_rate <= baseline + 0.5%", "latency.p95 < 2 s", "latency < 800 ms"])
def test_the_same_words_are_a_live_rule(text: str) -> None:
    assert parse(text, METRICS, live=True) == parse(text, METRICS)


def test_a_plugins_metric_is_spoken_like_our_own() -> None:
    metric = Metric(
        name="bias.gap",
        kind="rate",
        unit="share",
        better="lower",
        estimators=("mean",),
        comparisons=("threshold",),
        measured_by="the plugin fair",
    )
    rule = parse("bias.gap < 5% (warn)", catalogue([metric]))
    assert (rule.metric, rule.limit, rule.mode) == ("bias.gap", Absolute(value=0.05), Mode.WARN)


@st.composite
def rules(draw: st.DrawFn) -> tuple[Rule, Metric]:
    """Any rule that the built-in metrics admit."""
    metric = draw(st.sampled_from(BUILT_IN))
    count = metric.kind == "count"
    admitted: list[Operator] = [">", ">="] if metric.better == "higher" else ["<", "<="]
    operator = draw(st.sampled_from([*admitted, "=="] if count else admitted))
    relative = "baseline" in metric.comparisons and draw(st.booleans())
    amounts = (
        st.integers(0, 10**6).map(float) if count else st.floats(0, 1 if metric.unit == "share" else 1e6)
    )
    limit: Limit
    if relative:
        times = draw(st.floats(1e-3, 1e3))
        limit = Relative(plus=draw(amounts) * draw(st.sampled_from((1, -1))), times=times)
    else:
        impossible = {"<": 0.0, ">": 1.0}.get(operator)
        limit = Absolute(value=draw(amounts.filter(lambda value: value != impossible)))
    rule = Rule(
        text="",
        metric=metric.name,
        operator=operator,
        limit=limit,
        estimator=draw(st.sampled_from(metric.estimators)),
        slice=draw(st.sampled_from(("", *(metric.slices or ("lang=es", "severity>=high", "a b"))))),
        mode=draw(st.sampled_from(Mode)),
    )
    return rule, metric


@given(rules())
def test_a_rule_written_down_reads_as_itself(case: tuple[Rule, Metric]) -> None:
    rule, metric = case
    text = format_rule(rule, metric)
    live = metric.comparisons == ("live",)
    if live:
        rule = replace(rule, slice="")
        text = format_rule(rule, metric)
    assert parse(text, METRICS, live=live) == replace(rule, text=text)


@given(st.text(alphabet="accuraylten.p95 <>=%(){}w0123s-+*b", max_size=40))
def test_any_text_is_a_rule_or_a_bad_rule_with_a_column_inside_it(text: str) -> None:
    column = 1
    try:
        parse(text, METRICS)
    except BadRule as error:
        column = error.column
    assert 1 <= column <= len(text) + 1


def test_a_rule_may_ask_that_several_askings_of_a_case_are_right() -> None:
    metric = pass_all(3)
    rule = parse("pass^3{lang=es} >= 80% (warn)", {**METRICS, metric.name: metric})
    assert (rule.metric, rule.slice, rule.limit) == ("pass^3", "lang=es", Absolute(value=0.8))
    assert format_rule(rule, metric) == rule.text


@pytest.mark.parametrize(
    ("text", "known", "problem"),
    [
        (
            "pass^3 > 80%",
            (),
            "`pass^3` takes 3 askings of each case, and no suite that says right or wrong asks its cases more"
            " than once; expected a suite with `repeats: 3`",
        ),
        (
            "pass^3 > 80%",
            (2,),
            "`pass^3` takes 3 askings of each case, and no suite that says right or wrong asks its cases more"
            " than 2 times; expected a suite with `repeats: 3`",
        ),
        (
            "pass^1 > 80%",
            (2,),
            "`pass^k` is of k askings that are all right; expected a k of 2 or more, `pass^3`, or `accuracy`",
        ),
        (
            "pass > 80%",
            (),
            "`pass^k` is of k askings that are all right; expected a k of 2 or more, `pass^3`, or `accuracy`",
        ),
    ],
)
def test_askings_that_no_suite_makes_are_refused(text: str, known: tuple[int, ...], problem: str) -> None:
    with pytest.raises(BadRule) as raised:
        parse(text, catalogue(map(pass_all, known)))
    assert str(raised.value) == f"`{text}`, column 1: {problem}"
