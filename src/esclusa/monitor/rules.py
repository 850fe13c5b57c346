"""Alert rules over our own metrics, as a file that Prometheus reads."""

from typing import Any

import yaml

OPEN = "preparing|shifting|baking|waiting_approval|promoting|watching|restoring"
"""The states of a rollout that a controller should be driving."""


def alert_rules() -> str:
    """The YAML of a rule file."""
    groups = [{"name": "esclusa", "rules": [_alert(**rule) for rule in RULES]}]
    return HEAD + yaml.safe_dump({"groups": groups}, sort_keys=False, allow_unicode=True, width=110)


HEAD = """# Alerts over esclusa's metrics. Written by `esclusa monitor rules`; name it under `rule_files` of
# prometheus.yml, and let Prometheus scrape `esclusa monitor serve`.
"""

RULES: tuple[dict[str, str], ...] = (
    {
        "alert": "EsclusaRolledBack",
        "expr": 'increase(esclusa_rollouts_total{state="rolled_back"}[15m]) > 0',
        "severity": "warning",
        "summary": "A release was rolled back in {{ $labels.environment }}",
        "description": "The evidence turned against it; `esclusa why` tells which. Stable serves.",
    },
    {
        "alert": "EsclusaNeedsHuman",
        "expr": 'esclusa_rollout_state{state="needs_human"} == 1',
        "severity": "critical",
        "summary": "A rollback in {{ $labels.environment }} could not be confirmed",
        "description": "The harmful release may still serve. See `esclusa why` and `esclusa status`.",
    },
    {
        "alert": "EsclusaRollbackSlow",
        "expr": 'esclusa_rollout_state{state="restoring"} == 1',
        "for": "2m",
        "severity": "critical",
        "summary": "A rollback in {{ $labels.environment }} has been under way for more than two minutes",
        "description": "Traffic may still reach the harmful release. See `esclusa status`.",
    },
    {
        "alert": "EsclusaHarmBudgetNearlyUsed",
        "expr": "esclusa_rollout_exposed_failures >= 0.8 * esclusa_rollout_exposed_failures_limit"
        f' and on (environment) esclusa_rollout_state{{state=~"{OPEN}"}} == 1',
        "severity": "warning",
        "summary": "The candidate in {{ $labels.environment }} has failed almost as often as it may",
        "description": "{{ $value }} failed requests; at `max_harmed` it is rolled back.",
    },
    {
        "alert": "EsclusaUndecidedForLong",
        "expr": 'esclusa_rollout_state{state=~"baking|paused"} == 1',
        "for": "1h",
        "severity": "warning",
        "summary": "A rollout in {{ $labels.environment }} has been {{ $labels.state }} for an hour",
        "description": "It waits for evidence or for a person; `esclusa why` tells for what.",
    },
    {
        "alert": "EsclusaControllerGone",
        "expr": "esclusa_controller_up == 0"
        f' and on () count(esclusa_rollout_state{{state=~"{OPEN}"}} == 1) > 0',
        "for": "1m",
        "severity": "critical",
        "summary": "A rollout is under way and no controller drives it",
        "description": "Traffic stays as it is and nothing is judged. `esclusa pause` or `abort` starts one.",
    },
    {
        "alert": "EsclusaReplicasMissing",
        "expr": 'esclusa_replicas{role="stable",state="healthy"} < ignoring (state)'
        ' esclusa_replicas{role="stable",state="wanted"}',
        "for": "5m",
        "severity": "warning",
        "summary": "Stable has fewer healthy replicas in {{ $labels.environment }} than it should",
        "description": "{{ $value }} are healthy. See `esclusa status` and `esclusa logs`.",
    },
    {
        "alert": "EsclusaTargetGone",
        "expr": "esclusa_target_up == 0",
        "for": "2m",
        "severity": "critical",
        "summary": "The target of {{ $labels.environment }} cannot be asked",
        "description": "What serves there is not known. See `esclusa doctor`.",
    },
    {
        "alert": "EsclusaMetricsGone",
        "expr": "absent(esclusa_build_info)",
        "for": "5m",
        "severity": "warning",
        "summary": "Nothing is heard of esclusa",
        "description": "`esclusa monitor serve` is not running, or cannot be scraped.",
    },
)


def _alert(
    *, alert: str, expr: str, severity: str, summary: str, description: str, **more: str
) -> dict[str, Any]:
    return {
        "alert": alert,
        "expr": expr,
        **more,
        "labels": {"severity": severity},
        "annotations": {"summary": summary, "description": description},
    }
