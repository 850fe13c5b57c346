"""The protocol, from a request to a response, and never anything that is not in the protocol's words."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.flags.evaluation import Flags
from esclusa.flags.ofrep import evaluate_all, evaluate_one
from tests.flags.files import ON_OFF, ready, share

FLAGS = {
    "brief": share(10),
    "plain": ON_OFF,
    "disabled": {**ON_OFF, "state": "DISABLED"},
}


@pytest.fixture
def flags(tmp_path: Path) -> Flags:
    return ready(tmp_path / "f.json", FLAGS, metadata={"version": "7"})


def body(**context: Any) -> bytes:
    return json.dumps({"context": context}).encode()


def asked(flags: Flags, key: str, request: bytes) -> tuple[int, Any]:
    response = evaluate_one(flags, key, request)
    return response.status, json.loads(response.body)


def refusal(key: str, code: str, details: str) -> dict[str, str]:
    return {"key": key, "errorCode": code, "errorDetails": details}


def test_a_flag_has_a_value_a_variant_and_a_reason(flags: Flags) -> None:
    assert asked(flags, "brief", body(targetingKey="c9")) == (
        200,
        {
            "key": "brief",
            "value": True,
            "reason": "TARGETING_MATCH",
            "variant": "on",
            "metadata": {"version": "7"},
        },
    )


def test_a_flag_that_leaves_it_to_the_asker_has_no_value(flags: Flags) -> None:
    assert asked(flags, "disabled", body()) == (
        200,
        {"key": "disabled", "reason": "DISABLED", "variant": "", "metadata": {"version": "7"}},
    )


@pytest.mark.parametrize("request_", [b"", b"  ", b"{}", b'{"context": {}}'])
def test_a_request_without_a_context_is_one_with_an_empty_context(flags: Flags, request_: bytes) -> None:
    assert asked(flags, "plain", request_)[1]["value"] is False


@pytest.mark.parametrize(
    ("key", "request_", "status", "code", "details"),
    [
        ("nobody", body(), 404, "FLAG_NOT_FOUND", "there is no flag `nobody` in this release"),
        (
            *("brief", body(tier="gold"), 400, "TARGETING_KEY_MISSING"),
            "`brief` is decided by the conversation: send its id as `context.targetingKey`",
        ),
        ("brief", body(targetingKey=7), 400, "INVALID_CONTEXT", "`context.targetingKey` is not a text"),
        ("brief", b'{"context": []}', 400, "INVALID_CONTEXT", "`context` is not an object"),
        ("brief", b'"context"', 400, "PARSE_ERROR", "expected an object with `context`"),
        (
            *("brief", b"{'context': 1}", 400, "PARSE_ERROR"),
            "the body is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        ("brief", b"[" * 100_000, 400, "PARSE_ERROR", "the body is nested too deeply"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(
    flags: Flags, key: str, request_: bytes, status: int, code: str, details: str
) -> None:
    assert asked(flags, key, request_) == (status, refusal(key, code, details))


def test_a_body_that_is_no_text_at_all_is_refused(flags: Flags) -> None:
    status, answer = asked(flags, "brief", b"\xff\xfe\xfa")
    assert (status, answer["errorCode"]) == (400, "PARSE_ERROR")


def test_all_flags_at_once_and_those_that_cannot_be_evaluated_say_so(flags: Flags) -> None:
    response = evaluate_all(flags, body())
    answer = json.loads(response.body)
    assert response.status == 200
    assert [flag.get("errorCode", flag.get("variant")) for flag in answer["flags"]] == [
        "TARGETING_KEY_MISSING",
        "off",
        "",
    ]
    assert answer["metadata"] == {"version": "7"}


def test_whoever_has_the_answer_already_is_told_so(flags: Flags) -> None:
    first, other = evaluate_all(flags, body(targetingKey="c9")), evaluate_all(flags, body(targetingKey="c1"))
    assert first.etag != other.etag
    for known in (first.etag, f"W/{first.etag}", f'"x", {first.etag}', "*"):
        assert evaluate_all(flags, body(targetingKey="c9"), known) == (304, b"", first.etag)
    assert evaluate_all(flags, body(targetingKey="c9"), other.etag) == first


def test_other_definitions_have_another_etag(flags: Flags, tmp_path: Path) -> None:
    more = ready(tmp_path / "more.json", {**FLAGS, "brief": share(0)}, metadata={"version": "7"})
    context = body(targetingKey="c9")
    assert evaluate_all(flags, context).etag != evaluate_all(more, context).etag


def test_a_request_for_all_that_is_wrong_is_refused_as_a_whole(flags: Flags) -> None:
    response = evaluate_all(flags, b"[]")
    assert (response.status, json.loads(response.body)) == (
        400,
        {"errorCode": "PARSE_ERROR", "errorDetails": "expected an object with `context`"},
    )


@given(request=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_whatever_is_sent_is_answered(request: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    flags = ready(tmp_path_factory.getbasetemp() / "o.json", FLAGS)
    for response in (evaluate_one(flags, "brief", request), evaluate_all(flags, request)):
        assert response.status in (200, 400)
        assert json.loads(response.body)
