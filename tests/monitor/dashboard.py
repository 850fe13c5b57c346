"""The dashboard as code: `python -m tests.monitor.dashboard` writes src/esclusa/monitor/dashboard.json.

Grafana reads the file, so nobody who uses esclusa needs what writes it.
"""

from pathlib import Path
from string import ascii_uppercase
from typing import NamedTuple

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, statetimeline, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import BigValueColorMode, VizOrientation
from grafana_foundation_sdk.models.dashboard import DataSourceRef

FILE = Path(__file__).parents[2] / "src" / "esclusa" / "monitor" / "dashboard.json"
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
HERE = 'environment=~"$environment"'


class Query(NamedTuple):
    """An expression, and what its lines are called."""

    expression: str
    legend: str


class Panel(NamedTuple):
    """One picture: `span` of 24 columns wide."""

    title: str
    says: str
    kind: str
    unit: str
    span: int
    queries: tuple[Query, ...]


ROWS: dict[str, tuple[Panel, ...]] = {
    "Rollouts": (
        Panel(
            "State",
            "Where the newest rollout of each environment stands.",
            "states",
            "",
            24,
            (Query(f"esclusa_rollout_state{{{HERE}}} == 1", "{{environment}} {{state}}"),),
        ),
        Panel(
            "Candidate's share of new conversations",
            "As it is routed.",
            "lines",
            "percentunit",
            8,
            (Query(f"esclusa_rollout_candidate_weight_ratio{{{HERE}}}", "{{environment}}"),),
        ),
        Panel(
            "Evidence against the candidate",
            "Powers of ten; where a rule's evidence reaches its threshold, the candidate is taken back.",
            "lines",
            "none",
            8,
            (
                Query(f"esclusa_rollout_evidence_log10{{{HERE}}}", "{{rule}}"),
                Query(f"esclusa_rollout_evidence_threshold_log10{{{HERE}}}", "threshold of {{rule}}"),
            ),
        ),
        Panel(
            "What the rules measured",
            "Of the candidate and of stable, as shares of turns.",
            "lines",
            "percentunit",
            8,
            (
                Query(f"esclusa_rollout_estimate{{{HERE}}}", "candidate: {{rule}}"),
                Query(f"esclusa_rollout_baseline{{{HERE}}}", "stable: {{rule}}"),
            ),
        ),
        Panel(
            "Failed requests to the candidate",
            "At `max_harmed` it is taken back whatever the evidence says.",
            "lines",
            "short",
            8,
            (
                Query(f"esclusa_rollout_exposed_failures{{{HERE}}}", "{{environment}}"),
                Query(f"esclusa_rollout_exposed_failures_limit{{{HERE}}}", "limit of {{environment}}"),
            ),
        ),
        Panel(
            "Rollouts that ended",
            "In the time shown, by how.",
            "numbers",
            "short",
            8,
            (
                Query(
                    f"sum by (state) (round(increase(esclusa_rollouts_total{{{HERE}}}[$__range]))) > 0",
                    "{{state}}",
                ),
            ),
        ),
        Panel(
            "A rollback takes",
            "From the decision until it was confirmed, on average.",
            "numbers",
            "s",
            8,
            (
                Query(
                    f"esclusa_rollback_duration_seconds_sum{{{HERE}}}"
                    f" / (esclusa_rollback_duration_seconds_count{{{HERE}}} > 0)",
                    "{{environment}}",
                ),
            ),
        ),
    ),
    "What serves": (
        Panel(
            "Replicas",
            "Healthy ones, beside how many there should be.",
            "lines",
            "short",
            12,
            (
                Query(f'esclusa_replicas{{{HERE},state="healthy"}}', "{{environment}} {{role}}: healthy"),
                Query(f'esclusa_replicas{{{HERE},state="wanted"}}', "{{environment}} {{role}}: wanted"),
            ),
        ),
        Panel(
            "Up",
            "The controller, and the target of each environment.",
            "states",
            "",
            12,
            (
                Query("esclusa_controller_up", "controller"),
                Query(f"esclusa_target_up{{{HERE}}}", "target of {{environment}}"),
            ),
        ),
    ),
    "Runs": (
        Panel(
            "Gates",
            "The verdicts of the newest run that was judged.",
            "states",
            "",
            12,
            (Query("esclusa_gate_result == 1", "{{gate}}: {{verdict}}"),),
        ),
        Panel(
            "What the gates measured, over its limit",
            "1 is the limit; which side is the good one is said by the rule.",
            "lines",
            "none",
            12,
            (Query("esclusa_gate_estimate / (esclusa_gate_threshold != 0)", "{{gate}}: {{rule}}"),),
        ),
        Panel(
            "Runs that ended",
            "In the time shown, by how.",
            "numbers",
            "short",
            12,
            (
                Query(
                    "sum by (cicd_pipeline_result)"
                    " (round(increase(cicd_pipeline_run_duration_seconds_count[$__range]))) > 0",
                    "{{cicd_pipeline_result}}",
                ),
            ),
        ),
        Panel(
            "A run takes",
            "On average, by how it ended.",
            "numbers",
            "s",
            12,
            (
                Query(
                    "cicd_pipeline_run_duration_seconds_sum / (cicd_pipeline_run_duration_seconds_count > 0)",
                    "{{cicd_pipeline_result}}",
                ),
            ),
        ),
    ),
}


def written() -> str:
    """The JSON of the dashboard."""
    board = (
        dashboard.Dashboard("Esclusa")
        .uid("esclusa")
        .tags(["esclusa", "ci-cd"])
        .refresh("10s")
        .time("now-3h", "now")
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .with_variable(
            dashboard.QueryVariable("environment")
            .label("Environment")
            .datasource(SOURCE)
            .query("label_values(esclusa_target_up, environment)")
            .include_all(True)
            .all_value(".*")
            .multi(True)
        )
    )
    number = 0
    for title, panels in ROWS.items():
        number += 1
        board.with_row(dashboard.Row(title).id(number))
        for panel in panels:
            number += 1
            board.with_panel(_built(panel, number))
    return JSONEncoder(sort_keys=True, indent=2).encode(board.build()) + "\n"


def _built(panel: Panel, number: int):  # type: ignore[no-untyped-def]
    if panel.kind == "lines":
        made = timeseries.Panel().line_width(1.5).fill_opacity(0)
        made.legend(common.VizLegendOptions().show_legend(True))
    elif panel.kind == "states":
        made = statetimeline.Panel()
    else:
        made = stat.Panel().color_mode(BigValueColorMode.NONE).orientation(VizOrientation.AUTO)
    made.title(panel.title).description(panel.says).id(number).span(panel.span).height(8).datasource(SOURCE)
    if panel.unit:
        made.unit(panel.unit)
    for letter, query in zip(ascii_uppercase, panel.queries, strict=False):
        target = prometheus.Dataquery().ref_id(letter).expr(query.expression)
        made.with_target(target.legend_format(query.legend))
    return made


if __name__ == "__main__":
    FILE.write_text(written())
