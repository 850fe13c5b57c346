"""The catalogue of metrics, and what a rule will need."""

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.core.gate import Gate
from esclusa.core.value import replace
from esclusa.gates.catalogue import BUILT_IN, Need, catalogue, needs
from esclusa.gates.language import parse

METRICS = catalogue()


def test_check_says_what_each_rule_will_need_and_who_measures_it() -> None:
    texts = ("accuracy{lang=es} >= baseline - 2%", "latency.p95 < 2 s", "failed_tests == 0")
    gate = Gate(name="quality", rules=tuple(parse(text, METRICS) for text in texts))
    found = needs(gate, METRICS)
    assert found == (
        Need(
            rule="accuracy{lang=es} >= baseline - 2%",
            metric="accuracy",
            quantity="accuracy over the cases tagged lang=es",
            measured_by="eval suites with a correctness scorer",
            baseline=True,
        ),
        Need(
            rule="latency.p95 < 2 s",
            metric="latency",
            quantity="p95 of latency",
            measured_by="every eval suite, and the router of a rollout",
            baseline=False,
        ),
        Need(
            rule="failed_tests == 0",
            metric="failed_tests",
            quantity="failed_tests",
            measured_by="test steps that write JUnit XML",
            baseline=False,
        ),
    )
    assert found[0].sentence == (
        "needs the accuracy over the cases tagged lang=es, and of the stable release on the same cases;"
        " measured by eval suites with a correctness scorer"
    )


def test_a_plugin_adds_a_metric_and_may_repeat_one_but_not_change_it() -> None:
    toxicity = replace(METRICS["relevance"], name="toxicity", better="lower", measured_by="the plugin tox")
    assert catalogue([toxicity, BUILT_IN[0]])["toxicity"] == toxicity
    with pytest.raises(ConfigurationError, match="`accuracy` is declared twice, differently"):
        catalogue([replace(BUILT_IN[0], better="lower")])


def test_a_metric_that_nobody_can_estimate_is_refused() -> None:
    odd = replace(METRICS["latency"], name="memory", estimators=("p95", "mode"), measured_by="the plugin mem")
    with pytest.raises(ConfigurationError) as caught:
        catalogue([odd])
    assert str(caught.value) == (
        "the metric `memory`, measured by the plugin mem, cannot be judged: its estimators are p95, mode and its"
        " comparisons threshold, baseline, live\n  mend: let the plugin declare comparisons, and for a metric of kind"
        " amounts: mean, p50, p90, p95, p99, max, p5, p10"
    )


def test_every_built_in_metric_has_an_estimator_a_question_and_somebody_who_measures_it() -> None:
    for metric in BUILT_IN:
        assert metric.estimators
        assert metric.comparisons
        assert metric.measured_by
