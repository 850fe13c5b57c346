"""Scans in Markdown: for a pull request."""

from typing import Any

from esclusa.core.evidence import Finding, Place
from esclusa.core.gate import Judgement, Mode, RuleJudgement, Verdict
from esclusa.core.scan import Accepted, Engine, Idle, Report, Unseen
from esclusa.core.value import replace
from esclusa.reports.scan_markdown import LIMIT, scan_markdown

FOUND = Finding(
    rule="token",
    message="a token",
    severity="high",
    confidence="medium",
    place=Place(file="src/agent.py", line=3, commit="1" * 40),
    excerpt="k = •••",
    fingerprint="0123456789abcdef-0a",
    mend="revoke it",
    metric="secrets",
)
REPORT = Report(
    kind="secrets",
    target="commit 1234",
    engines=(Engine(name="kingfisher", version="1.5"),),
    findings=(FOUND,),
    accepted=(
        Accepted(
            finding=FOUND,
            reason="the vendor's example",
            by="ana",
            expires="2027-01-31",
            where="accepted.yaml:2",
        ),
    ),
    unseen=(Unseen(place="big.bin", why="larger than 64 MB", mend="exclude it"),),
    idle=(Idle(where="accepted.yaml:7", what="0123456789abcdef-0b"),),
    excluded=(Unseen(place="fixtures", why="excluded by `fixtures/`"),),
    notes=("3 files",),
)


def test_a_scan_says_how_it_ended_what_was_found_and_what_was_not_looked_at() -> None:
    assert (
        scan_markdown([REPORT])
        == """\
## ⛔ secrets: error

commit 1234 · 3 files · kingfisher 1.5

### Found

| severity | what | rule | where | fingerprint | mend |
| --- | --- | --- | --- | --- | --- |
| high | a token (medium confidence) | `token` | `src/agent.py:3` in `111111111111` | `0123456789abcdef-0a` | revoke it |

### Not looked at

| where | why | mend |
| --- | --- | --- |
| `big.bin` | larger than 64 MB | exclude it |

### Accepted

| what | where | until | why |
| --- | --- | --- | --- |
| a token | `src/agent.py:3` in `111111111111` | 2027-01-31 | the vendor's example (ana) |

### Accepts nothing that was found: remove it

| where | what |
| --- | --- |
| `accepted.yaml:7` | `0123456789abcdef-0b` |

### Left out by the project

| where | why |  |
| --- | --- | --- |
| `fixtures` | excluded by \\`fixtures/\\` |  |
"""
    )


def test_a_clean_one_is_short_and_one_that_did_not_run_says_why() -> None:
    clean = Report(kind="pii", target="here", notes=("3 files",))
    idle = Report(kind="workflows", target="here", ran=False, trouble="no engine", mend="install it")
    assert scan_markdown([clean, idle]) == (
        "## ✅ pii: clean\n\nhere · 3 files\n\n## ⛔ workflows: not run\n\nno engine (install it)\n\nhere\n"
    )


def test_what_gates_say_comes_first() -> None:
    clean = Report(kind="pii", target="here")
    said: dict[str, Any] = {"mode": Mode.BLOCK, "verdict": Verdict.FAIL, "sentence": "pii: 2, over 0"}
    rule = RuleJudgement(rule="pii == 0", metric="pii", **said)
    judgement = Judgement(gate="security", rules=(rule,), **said)
    assert scan_markdown([clean], [judgement]) == (
        "## Gates\n\n|  | gate | rule | why |\n| --- | --- | --- | --- |\n"
        "| ❌ fail | security | `pii == 0` | pii: 2, over 0 |\n\n## ✅ pii: clean\n\nhere\n"
    )


def test_it_fits_into_a_comment_and_says_what_it_left_out() -> None:
    long = replace(FOUND, message="a token " * 50)
    text = scan_markdown([replace(REPORT, findings=(long,) * 3000)] * 4)
    assert len(text.encode()) < LIMIT
    assert text.count("more are in the JSON report") == 4


def test_what_is_found_is_no_markup() -> None:
    text = scan_markdown([replace(REPORT, findings=(replace(FOUND, message="| <b> @ana ::set-output"),))])
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert "| \\| \\<b\\>" in text
