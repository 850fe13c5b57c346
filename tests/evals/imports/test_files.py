"""The files of an import. Those in `files/` were written by the tools themselves, and shortened."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.core.errors import ConfigurationError
from esclusa.evals.imports import files
from esclusa.evals.imports.evidence import evidence
from esclusa.evals.imports.files import read_files
from esclusa.evals.imports.outcome import Outcome

HERE = Path(__file__).parent / "files"


def told(name: str) -> list[tuple[str, int, dict[str, float], str]]:
    """Of each case its name, which time it was asked, its scores, and what became of it otherwise."""
    found = read_files(HERE, (name,))
    return [(one.id, one.repeat, dict(one.scores), one.error or one.not_run) for one in found]


def from_json(tmp_path: Path, document: Any) -> tuple[Outcome, ...]:
    (tmp_path / "results.json").write_text(json.dumps(document))
    return read_files(tmp_path, ("results.json",))


def copy_of(name: str) -> Any:
    return json.loads((HERE / name).read_text())


def refused(tmp_path: Path, content: bytes, name: str = "results.json") -> str:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigurationError) as error:
        read_files(tmp_path, (name,))
    return str(error.value)


def test_what_promptfoo_writes_is_read() -> None:
    assert told("promptfoo.json") == [
        ("test 0: greets back", 1, {"passed": 1.0, "score": 1.0, "tone": 1.0}, ""),
        ("test 1: answers in Spanish", 1, {"passed": 0.0, "score": 0.75, "tone": 0.0}, ""),
        ("test 2", 1, {}, "the agent is away"),
    ]
    assert read_files(HERE, ("promptfoo.json",))[0] == Outcome(
        id="test 0: greets back",
        file="promptfoo.json",
        asked='{"greeting": "Hello"}',
        scores={"passed": 1.0, "score": 1.0, "tone": 1.0},
        seconds=0.03,
        tokens=12.0,
        cost=0.0004,
    )


def test_what_inspect_writes_is_read() -> None:
    right, wrong = {"includes": 1.0, "tone": 0.5}, {"includes": 0.0, "tone": 0.25}
    crash = "RuntimeError('the tool fell over')"
    one_epoch = [("7", right, ""), ("crash", {}, crash), ("hello", right, ""), ("two", wrong, "")]
    assert told("inspect.json") == [
        (case, epoch, scores, error) for epoch in (1, 2) for case, scores, error in one_epoch
    ]


def test_what_deepeval_writes_is_read() -> None:
    assert told("deepeval.json") == [
        ("hello", 1, {"passed": 1.0, "word_match": 1.0}, ""),
        ("two", 1, {"passed": 0.0, "word_match": 0.25}, ""),
        ("crash", 1, {}, "RuntimeError: the judge fell over"),
    ]


def test_what_pytest_writes_is_read() -> None:
    assert told("pytest.xml") == [
        ("test_agent.test_greets", 1, {"passed": 1.0, "relevance": 0.8}, ""),
        ("test_agent.test_counts", 1, {"passed": 0.0, "relevance": 0.3}, ""),
        ("test_agent.test_orders", 1, {}, 'failed on setup with "RuntimeError: the agent is away"'),
        ("test_agent.test_spanish", 1, {}, "no Spanish yet"),
    ]


def test_several_prompts_and_repeats_of_promptfoo_are_told_apart(tmp_path: Path) -> None:
    document = copy_of("promptfoo.json")
    first = document["results"]["results"][0]
    document["results"]["results"] = [
        first,
        first,
        {**first, "promptIdx": 1},
        {**first, "provider": {"id": "openai:x", "label": "small"}, "response": {"cached": True}},
    ]
    found = [(one.id, one.repeat, one.seconds) for one in from_json(tmp_path, document)]
    assert found == [
        ("test 0: greets back, broken, prompt 0", 1, 0.03),
        ("test 0: greets back, broken, prompt 0", 2, 0.03),
        ("test 0: greets back, broken, prompt 1", 1, 0.03),
        ("test 0: greets back, small, prompt 0", 1, None),
    ]


def test_a_grader_of_promptfoo_that_failed_does_not_make_a_case_wrong(tmp_path: Path) -> None:
    document = copy_of("promptfoo.json")
    document["results"]["results"][1]["gradingResult"]["componentResults"][0] |= {
        "reason": "429 from the judge",
        "metadata": {"graderError": True},
    }
    found = from_json(tmp_path, document)[1]
    assert (found.error, found.scores) == ("a grader failed: 429 from the judge", {})


def test_old_results_of_promptfoo_error_where_nothing_was_graded(tmp_path: Path) -> None:
    document = copy_of("promptfoo.json")
    for result in document["results"]["results"]:
        del result["failureReason"]
    assert [one.error for one in from_json(tmp_path, document)] == ["", "", "the agent is away"]


def test_a_log_of_inspect_that_broke_off_names_what_was_not_run(tmp_path: Path) -> None:
    log = copy_of("inspect.json")
    log["status"] = "cancelled"
    log["samples"] = [sample for sample in log["samples"] if (sample["id"], sample["epoch"]) == (7, 1)]
    del log["samples"][0]["scores"]["tone"]
    log["samples"][0]["model_usage"] = {"mockllm/model": {"total_tokens": 9}}
    first, *rest = from_json(tmp_path, log)
    assert (first.scores, first.tokens) == ({"includes": 1.0, "passed": 1.0}, 9.0)
    assert [(one.id, one.repeat) for one in rest] == [
        *[("hello", 1), ("hello", 2), ("two", 1), ("two", 2), ("crash", 1), ("crash", 2)],
        ("7", 2),
    ]
    assert {one.not_run for one in rest} == {"the log (cancelled) does not hold it"}


def test_values_of_inspect_are_read_as_it_reads_them(tmp_path: Path) -> None:
    log = copy_of("inspect.json")
    values = {
        "a": "P",
        "b": "N",
        "c": "Yes",
        "d": "0.25",
        "e": False,
        "f": {"x": 1, "y": "I"},
        "g": float("nan"),
    }
    log["samples"] = log["samples"][:1]
    log["samples"][0]["scores"] = {name: {"value": value} for name, value in values.items()}
    found = from_json(tmp_path, log)[0].scores
    assert found == {"a": 0.5, "b": 0.0, "c": 1.0, "d": 0.25, "e": 0.0, "f.x": 1.0, "f.y": 0.0}


def test_a_flaky_metric_of_deepeval_withholds_no_verdict(tmp_path: Path) -> None:
    run = copy_of("deepeval.json")
    crash = run["testCases"][2]
    crash["metricsData"].append({"name": "Other", "score": 1.0, "success": True})
    run["testCases"] = [crash]
    assert from_json(tmp_path, run)[0].scores == {"other": 1.0}
    crash["metricsData"][0]["flaky"] = True
    assert from_json(tmp_path, run)[0].scores == {"other": 1.0, "passed": 0.0}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"results": {"results": [\n{]}}', "results.json:2: this is not JSON: Expecting property name"),
        (b'"\xff"', "results.json:1: this is not UTF-8"),
        (b"[" * 100_000, "results.json: it is nested too deeply"),
        (b'{"hello": 1}', "results.json: no tool that is known wrote it\n  mend: what is read: promptfoo's"),
        (
            b"PK\x03\x04...",
            "results.json: the archive is torn: File is not a zip file\n  mend: a run of Inspect",
        ),
        (
            b'{"results": {"results": [{"testIdx": "one"}]}}',
            "results.json: results.results.0.provider: expected a value, found nothing",
        ),
        (
            b'{"results": {"results": [{"testIdx": "one", "promptIdx": 0, "provider": {"id": "p"}}]}}',
            'results.json: results.results.0.testIdx: expected a whole number from 0, found "one"',
        ),
        (b'{"eval": {}, "status": "error"}', "results.json: samples: the log holds no samples"),
        (
            b'{"eval": {}, "status": "success", "invalidated": true}',
            "invalidated: the log is marked as invalid",
        ),
        (
            b'{"eval": {}, "status": "success", "samples": [{"id": 1, "input": "", "epoch": 1,'
            b' "scores": {"a": {"value": "good"}}}]}',
            'samples.0.scores.a.value: expected a number, or C, I, P, N, yes or no, found "good"',
        ),
        (
            b'{"testCases": [{"name": "a", "completionTime": -1}]}',
            "results.json: testCases.0.completionTime: expected a number from 0, found -1",
        ),
        (b"<testsuite>\n<testcase>", "results.json:2: a <testcase> has no name"),
        (b"<testsuite>\n<oops", "results.json:2: this is not XML: unclosed token"),
        (b"<html></html>", "results.json:1: expected <testsuites>, found <html>"),
        (
            b'<testsuite>\n<testcase name="a" time="soon"/></testsuite>',
            "results.json:2: expected a number of seconds, found time='soon'",
        ),
        (
            b'<testsuite><testcase name="a"/>\n<testcase name="a"/></testsuite>',
            "results.json: the case `a` stands twice here",
        ),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(tmp_path: Path, content: bytes, said: str) -> None:
    assert said in refused(tmp_path, content)


BOMB = '<?xml version="1.0"{}?>\n<!DOCTYPE a [<!ENTITY b "&#98;&#98;">]>\n<testsuite name="&b;"/>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_nothing_in_xml_is_expanded(tmp_path: Path, encoding: str) -> None:
    said = refused(tmp_path, BOMB.format(f' encoding="{encoding}"').encode(encoding), "junit.xml")
    assert "a document type is declared" in said or "this is not JSON" in said or "not UTF-8" in said


def test_one_case_in_two_files_is_refused(tmp_path: Path) -> None:
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_text('<testsuite><testcase name="t"/></testsuite>')
    with pytest.raises(ConfigurationError, match=r"the case `t` stands in a\.xml too"):
        read_files(tmp_path, ("*.xml",))


def test_files_are_found_within_the_checkout_and_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "checkout"
    (root / "deep").mkdir(parents=True)
    for number in range(3):
        (root / "deep" / f"{number}.xml").write_text(f'<testsuite><testcase name="t{number}"/></testsuite>')
    assert [one.id for one in read_files(root, ("**/*.xml", "deep/0.xml"))] == ["t0", "t1", "t2"]
    with pytest.raises(ConfigurationError, match=r"no file is called results/\*.json"):
        read_files(root, ("results/*.json",))
    for bound, value, said in [
        ("MOST_CASES", 2, "there are more than 2 cases"),
        ("MOST_FILES", 2, "3 files match, more than 2"),
        ("MOST_BYTES", 2, "it is larger than 0 MiB"),
    ]:
        with monkeypatch.context() as patched:
            patched.setattr(files, bound, value)
            with pytest.raises(ConfigurationError, match=said):
                read_files(root, ("deep/*.xml",))
    (tmp_path / "secret.xml").write_text("<testsuite/>")
    (root / "link.xml").symlink_to(tmp_path / "secret.xml")
    with pytest.raises(ConfigurationError, match="it leads out of the checkout"):
        read_files(root, ("link.xml",))


junk = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.sampled_from(["", "C", "x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("value"), inner, max_size=1),
    max_leaves=4,
)


def damaged(document: Any, way: list[int], with_: Any) -> Any:
    """The document with what stands at the end of the way replaced."""
    inner = document.values() if isinstance(document, dict) else document
    if not way or not isinstance(document, dict | list) or not inner:
        return with_
    at = way[0] % len(document)
    if isinstance(document, list):
        return [damaged(one, way[1:], with_) if place == at else one for place, one in enumerate(document)]
    return {
        key: damaged(one, way[1:], with_) if place == at else one
        for place, (key, one) in enumerate(document.items())
    }


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["promptfoo.json", "inspect.json", "deepeval.json"]),
    st.lists(st.integers(0, 50), min_size=1, max_size=7),
    junk,
)
def test_whatever_a_file_holds_it_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, name: str, way: list[int], instead: Any
) -> None:
    place = tmp_path_factory.getbasetemp()
    with contextlib.suppress(ConfigurationError):
        outcomes = from_json(place, damaged(copy_of(name), way, instead))
        evidence(outcomes, {"accuracy": "passed"})
