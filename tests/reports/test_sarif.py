"""Scans as SARIF: what code-scanning pages read."""

import json
from pathlib import Path

import pytest

from esclusa import __version__
from esclusa.core.evidence import Finding, Place
from esclusa.core.scan import Accepted, Engine, Idle, Report, Unseen
from esclusa.core.value import replace
from esclusa.reports.sarif import MOST, SCHEMA, sarif

FOUND = Finding(
    rule="token",
    message="a token",
    severity="critical",
    confidence="medium",
    place=Place(file="src/an agent.py", line=3, commit="1" * 40),
    excerpt="k = •••",
    fingerprint="0123456789abcdef-0a",
    mend="revoke it",
    metric="secrets",
)
ACCEPTED = Accepted(
    finding=replace(FOUND, rule="badge", severity="low", place=Place(file="a.zip!b/c.txt", line=9)),
    reason="the vendor's example",
    by="ana",
    expires="2027-01-31",
    where="accepted.yaml:2",
)
REPORT = Report(
    kind="secrets",
    target="commit 1234",
    engines=(Engine(name="kingfisher", version="1.5"),),
    findings=(FOUND,),
    accepted=(ACCEPTED,),
)


def test_a_scan_is_a_run_with_its_rules_results_and_suppressions() -> None:
    assert json.loads(sarif([REPORT])) == {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "esclusa scan secrets",
                        "version": __version__,
                        "rules": [
                            {
                                "id": "token",
                                "shortDescription": {"text": "token"},
                                "help": {"text": "revoke it"},
                                "defaultConfiguration": {"level": "error"},
                                "properties": {"security-severity": "9.5", "tags": ["security"]},
                            },
                            {
                                "id": "badge",
                                "shortDescription": {"text": "badge"},
                                "help": {"text": "revoke it"},
                                "defaultConfiguration": {"level": "note"},
                                "properties": {"security-severity": "3.0", "tags": ["security"]},
                            },
                        ],
                    },
                    "extensions": [{"name": "kingfisher", "version": "1.5"}],
                },
                "automationDetails": {"id": "esclusa/secrets/"},
                "originalUriBaseIds": {"ROOT": {"description": {"text": "commit 1234"}}},
                "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": []}],
                "results": [
                    {
                        "ruleId": "token",
                        "ruleIndex": 0,
                        "level": "error",
                        "message": {"text": "a token, in commit 111111111111"},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": "src/an%20agent.py", "uriBaseId": "ROOT"},
                                    "region": {"startLine": 3},
                                }
                            }
                        ],
                        "partialFingerprints": {"esclusa/v1": "0123456789abcdef-0a"},
                        "properties": {
                            "severity": "critical",
                            "confidence": "medium",
                            "metric": "secrets",
                            "commit": "1" * 40,
                        },
                    },
                    {
                        "ruleId": "badge",
                        "ruleIndex": 1,
                        "level": "note",
                        "message": {"text": "a token in b/c.txt"},
                        "locations": [
                            {"physicalLocation": {"artifactLocation": {"uri": "a.zip", "uriBaseId": "ROOT"}}}
                        ],
                        "partialFingerprints": {"esclusa/v1": "0123456789abcdef-0a"},
                        "properties": {"severity": "low", "confidence": "medium", "metric": "secrets"},
                        "suppressions": [
                            {
                                "kind": "external",
                                "status": "accepted",
                                "justification": "the vendor's example (ana), until 2027-01-31: accepted.yaml:2",
                            }
                        ],
                    },
                ],
            }
        ],
    }


def test_a_scan_that_did_not_see_everything_was_not_successful_and_says_what() -> None:
    lost = Unseen(place="big.bin", why="larger than 64 MB")
    report = replace(REPORT, unseen=(lost,), excluded=(lost,), trouble="it broke off")
    [run] = json.loads(sarif([report]))["runs"]
    assert run["invocations"] == [
        {
            "executionSuccessful": False,
            "toolExecutionNotifications": [
                {"level": "error", "message": {"text": "it broke off"}},
                {"level": "error", "message": {"text": "not looked at: big.bin: larger than 64 MB"}},
                {"level": "note", "message": {"text": "left out: big.bin: larger than 64 MB"}},
            ],
        }
    ]


def test_what_accepts_nothing_is_a_note_of_a_scan_that_was_successful() -> None:
    idle = Idle(where="a.py:3", what="aws-key")
    [run] = json.loads(sarif([replace(REPORT, idle=(idle,))]))["runs"]
    text = "a.py:3: aws-key: accepts nothing that was found; remove it"
    assert run["invocations"] == [
        {
            "executionSuccessful": True,
            "toolExecutionNotifications": [{"level": "note", "message": {"text": text}}],
        }
    ]


def test_no_more_results_than_a_reader_takes_and_that_there_are_more() -> None:
    [run] = json.loads(sarif([replace(REPORT, findings=(FOUND,) * (MOST + 2), accepted=())]))["runs"]
    assert len(run["results"]) == MOST
    assert run["invocations"][0]["toolExecutionNotifications"] == [
        {"level": "warning", "message": {"text": "2 more findings are in the JSON"}}
    ]


@pytest.mark.parametrize("hostile", ["\x1b]0;owned\x07", "\ud800", "\u202e", "a\x00b"])
def test_hostile_texts_stay_texts(hostile: str, tmp_path: Path) -> None:
    report = replace(REPORT, findings=(replace(FOUND, message=f"a {hostile} token", rule=f"r{hostile}"),))
    text = sarif([report])
    (tmp_path / "scan.sarif").write_text(text, encoding="utf-8")
    assert all(character.isprintable() or character == "\n" for character in text)
    assert len(json.loads(text)["runs"][0]["results"]) == 2
