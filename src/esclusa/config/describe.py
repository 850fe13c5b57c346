"""Steps and strategies in words, for the plan."""

from collections.abc import Iterable, Sequence

from esclusa.config.quantities import write_duration, write_share
from esclusa.core.freeze import Freeze
from esclusa.core.project import DIRECT, Approval, Step, StrategySpec
from esclusa.core.rollout import Phase

_HISTORIES = {"all": " and in all of its history", "none": ""}
_PLAIN = Step(id="", stage="", uses="")


def what_it_does(step: Step) -> str:
    """What a step does, in a few words."""
    settings = step.settings
    match step.uses:
        case "checkout":
            return "a clean checkout of the commit"
        case "dependencies":
            files = [*settings.get("requirements", ()), *settings.get("no_dependencies", ())]
            locked = f"{listed(files)} resolved into a lock, one environment for each lock"
            return locked if files else "a Python of the release's own, without packages"
        case "artifact":
            return "the release, sealed under one content hash"
        case "sbom":
            return "its CycloneDX bill of materials"
        case "command":
            first, *more = str(settings.get("run", "")).strip().splitlines() or [""]
            return f"{first} ..." if more else first
        case "eval":
            return f"the suite {settings.get('suite')}, asked of the built release"
        case "import":
            return f"the results in {listed(settings.get('from', ()))}, which another tool wrote"
        case "secrets":
            history = str(settings.get("history"))
            return f"secrets in the commit{_HISTORIES.get(history, f' and in its history since {history}')}"
        case "vulnerabilities":
            service = f", asked of {settings['service']}" if settings.get("service") else ""
            return f"known vulnerabilities of what the lock files name{service}"
        case "licences":
            return f"licences of packages: {listed(settings.get('allowed', ()))} may be"
        case "pii":
            also = [*settings.get("answers", ()), *settings.get("logs", ())]
            where = listed(settings.get("paths", ())) or "the commit"
            return f"personal data in {where}{f', and in what {listed(also)} left' if also else ''}"
        case "workflows":
            return "what is wrong with workflow files and containers"
        case "deploy":
            return f"the release into {settings.get('environment')}"
        case other:
            return f"the action {other}"


def what_is_special(step: Step) -> Iterable[str]:
    """What a step says that differs from other steps."""
    if step.retries:
        yield f"up to {step.retries + 1} attempts"
    if step.timeout is not None and step.timeout != _PLAIN.timeout:
        yield f"at most {write_duration(step.timeout)}"
    if step.allow_failure:
        yield "may fail"
    if not step.cache and step.uses != "deploy":
        yield "never reused"


def how_it_takes_over(spec: StrategySpec, phases: Sequence[Phase]) -> Iterable[str]:
    """How a new release gets its traffic; `phases` as the strategy planned them."""
    of = f"new conversations (by {spec.sticky})" if spec.sticky else "requests"
    if spec.uses == DIRECT:
        yield "healthy replicas first, then all traffic at once"
    elif spec.uses != "canary" or not spec.steps:
        way = _by_itself(phases)
        yield f"{listed(phase.name for phase in way)}: shares of {of}" if way else spec.uses
        yield from map(_phase, way)
        if way and way[-1].exit.concludes:
            yield f"then a report; {_what_follows(spec)}"
    else:
        yield from (_phase(phase) for phase in phases if phase.fleet.route and phase.fleet.route.shadow)
        yield f"{listed(write_share(step) for step in spec.steps)} of {of}, one after the other"
        yield f"each share for {_at_least(spec.bake, spec.min_samples)}"
        if spec.steps[-1] == 1 and spec.holdback:
            stays = write_share(spec.holdback)
            yield f"until promotion {stays} stays on the serving release, to compare with"


def _by_itself(phases: Sequence[Phase]) -> Sequence[Phase]:
    """Without those that only a person can ask for."""
    last = next((place for place, phase in enumerate(phases) if phase.exit.concludes), len(phases))
    return phases[: last + 1]


def _what_follows(spec: StrategySpec) -> str:
    kept = "stable serves alone again"
    match spec.winner:
        case "promote":
            return (
                f"the new release is promoted if it is better in something and worse in nothing, else {kept}"
            )
        case "ask":
            return f"it goes on until it is promoted by hand, or resumed: {kept}"
        case _:
            return f"{kept}, and nothing is promoted"


def _phase(phase: Phase) -> str:
    replicas = {workload.release: workload.replicas for workload in phase.fleet.workloads}
    counted = listed(f"{count} {release}" for release, count in replicas.items())
    judged = (
        _at_least(phase.exit.bake, phase.exit.min_samples) if phase.exit.judged else "until it is in force"
    )
    given = f"{write_share(round(phase.share, 3))} to the new release"
    if phase.fleet.route and phase.fleet.route.matches:
        given = f"the new release to who asks for it by {phase.name}, stable to everybody else"
    if phase.fleet.route and phase.fleet.route.shadow:
        share = write_share(phase.fleet.route.shadow.share)
        given = f"copies of {share} of new conversations to the new release, whose answers nobody sees"
    return f"{phase.name}: {given} ({counted}), {judged}"


def _at_least(seconds: float, samples: int) -> str:
    enough = f" and {samples} turns" if samples else ""
    return f"at least {write_duration(seconds)}{enough}"


def what_turns_it_back(spec: StrategySpec) -> Iterable[str]:
    """What rolls a new release back, or holds it."""
    if spec.guard:
        alarms = f"at most {write_share(spec.alpha)} false alarms"
        yield f"rolls back when this is shown to be violated: {listed(r.text for r in spec.guard)} ({alarms})"
    if spec.max_harmed is not None:
        yield f"rolls back at {spec.max_harmed} failed requests, whatever the rules say"
    if spec.prove:
        then = "rolls back" if spec.on_timeout == "rollback" else "pauses"
        waiting = f"after {write_duration(spec.timeout)} it {then}"
        yield f"goes on only when this is shown: {listed(r.text for r in spec.prove)}; {waiting}"
    if spec.score:
        most = f"at most {spec.scores_per_minute} a minute"
        yield f"scores live conversations by {spec.score} ({write_share(spec.sample)} of them, {most})"
    if spec.replay:
        yield f"asks both releases the cases of {spec.replay}, {spec.replays_per_minute} a minute"
    if spec.preflight:
        yield f"gets no traffic before it has answered {spec.preflight}"
    if spec.watch:
        yield f"watched for {write_duration(spec.watch)} after promotion"


def who_is_asked(approval: Approval | None) -> Iterable[str]:
    """Before what a person has to say yes, and what happens when nobody does."""
    if approval is not None:
        who = " or ".join(approval.approvers) or "anybody"
        then = "rolls back" if approval.on_timeout == "rollback" else "pauses"
        late = f"after {write_duration(approval.deadline)} without an answer it {then}"
        yield f"waits for an approval by {who} before {listed(approval.before)}; {late}"


def when_it_is_frozen(freeze: Freeze | None) -> Iterable[str]:
    """When nothing new sets out."""
    if freeze is not None:
        written = (*(each.written for each in freeze.weekly), *(each.written for each in freeze.dates))
        yield f"frozen {listed(written)} ({freeze.zone})"


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last
