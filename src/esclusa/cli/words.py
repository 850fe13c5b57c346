"""How states and verdicts look: always a word and a sign, never a colour alone."""

from rich.text import Text

from esclusa.core.gate import Verdict
from esclusa.core.rollout import Decision, RolloutState
from esclusa.core.run import Outcome, StepState

SIGNS = {
    Outcome.PROMOTED: ("✓", "pass"),
    Outcome.PASSED: ("✓", "pass"),
    Outcome.BLOCKED: ("✗", "harm"),
    Outcome.ROLLED_BACK: ("↩", "harm"),
    Outcome.FAILED: ("✗", "harm"),
    Outcome.INTERRUPTED: ("■", "wait"),
    Outcome.RUNNING: ("▶", "wait"),
    Outcome.SUPERSEDED: ("»", "quiet"),
    Outcome.CONCLUDED: ("✓", "pass"),
    StepState.WAITING: ("·", "quiet"),
    StepState.RUNNING: ("▶", "wait"),
    StepState.SUCCEEDED: ("✓", "pass"),
    StepState.FAILED: ("✗", "harm"),
    StepState.TOLERATED: ("!", "wait"),
    StepState.CANCELLED: ("■", "quiet"),
    StepState.SKIPPED: ("–", "quiet"),
    Verdict.PASS: ("✓", "pass"),
    Verdict.FAIL: ("✗", "harm"),
    Verdict.UNDECIDED: ("?", "wait"),
    Verdict.MISSING: ("∅", "harm"),
    Verdict.NOT_APPLICABLE: ("–", "quiet"),
    Verdict.NOT_REFUTED: ("○", "pass"),
    RolloutState.PROMOTED: ("✓", "pass"),
    RolloutState.ROLLED_BACK: ("↩", "harm"),
    RolloutState.FAILED: ("✗", "harm"),
    RolloutState.NEEDS_HUMAN: ("!", "harm"),
    RolloutState.RESTORING: ("↩", "wait"),
    RolloutState.PAUSED: ("■", "wait"),
    RolloutState.WAITING_APPROVAL: ("?", "wait"),
    RolloutState.SUPERSEDED: ("»", "quiet"),
    RolloutState.CONCLUDED: ("✓", "pass"),
}
"""By value, so that `passed` of a run and of a step look alike."""


def sign(state: Outcome | StepState | Verdict | RolloutState) -> Text:
    """The state's sign and word, coloured: `✓ promoted`."""
    mark, style = SIGNS.get(state, ("▶", "wait"))
    return Text(f"{mark} {state.value.replace('_', ' ')}", style=style)


def span(seconds: float) -> str:
    """A time a person reads at a glance: `0.4 s`, `12 s`, `3 m 05 s`, `2 h 10 m`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} m {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} m"


def ordered(decision: Decision, environment: str) -> str:
    """What a person set off by hand: `rollback of production by ana: the tone is off`."""
    by = f" by {decision.by}" if decision.by else ""
    reason = f": {decision.reason}" if decision.reason else ""
    return f"{decision.verb} of {environment}{by}{reason}"
