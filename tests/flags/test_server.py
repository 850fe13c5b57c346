"""The flag server as a program, asked by OpenFeature's own client."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagEvaluationDetails

from esclusa.flags.definitions import read_definitions
from esclusa.flags.launch import flag_server
from tests.flags.files import ON_OFF, share, written

pytestmark = pytest.mark.real

FLAGS = {
    "brief": share(10),
    "plain": ON_OFF,
    "disabled": {**ON_OFF, "state": "DISABLED"},
    "steps": {"state": "ENABLED", "variants": {"few": 3, "many": 9}, "defaultVariant": "few"},
    "warmth": {"state": "ENABLED", "variants": {"none": 0, "some": 0.5}, "defaultVariant": "none"},
    "model": {"state": "ENABLED", "variants": {"a": {"name": "m", "top": 1}}, "defaultVariant": "a"},
    "a/b": ON_OFF,
}


def program(file: Path, sealed: str = "") -> tuple[str, ...]:
    """As it is started, on a port that is free."""
    sealed = sealed or read_definitions(file).digest
    return tuple(word.replace("{port}", "0") for word in flag_server(file, sealed).argv)


@contextlib.contextmanager
def served(file: Path) -> Iterator[str]:
    process = subprocess.Popen(program(file), stdout=subprocess.PIPE, text=True, cwd=file.parent)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("flags at http://127.0.0.1:")
        yield line.split()[-1]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("release")
    # What a release may have of its own, and would stand in the way of ours.
    (directory / "aiohttp.py").write_text("raise SystemExit('not this one')")
    with served(written(directory / "flags.json", FLAGS)) as found:
        yield found


@pytest.fixture
def client(url: str) -> Iterator[OpenFeatureClient]:
    api.set_provider(OFREPProvider(url))
    try:
        yield api.get_client()
    finally:
        api.clear_providers()


def said(details: FlagEvaluationDetails[Any]) -> tuple[Any, str | None, str | None, str | None]:
    code = details.error_code.value if details.error_code else None
    return details.value, details.variant, str(details.reason), code


def test_openfeatures_client_gets_every_kind_of_flag(client: OpenFeatureClient) -> None:
    talk = EvaluationContext(targeting_key="c9")
    assert said(client.get_boolean_details("brief", False, talk)) == (True, "on", "TARGETING_MATCH", None)
    assert said(client.get_integer_details("steps", 0)) == (3, "few", "STATIC", None)
    assert said(client.get_float_details("warmth", 1.0)) == (0.0, "none", "STATIC", None)
    assert said(client.get_object_details("model", {})) == ({"name": "m", "top": 1}, "a", "STATIC", None)
    assert said(client.get_boolean_details("disabled", True)) == (True, "", "DISABLED", None)
    assert client.get_boolean_value("a/b", True) is False


def test_its_default_stands_where_there_is_no_answer_and_it_is_told_why(client: OpenFeatureClient) -> None:
    details = client.get_boolean_details("brief", True)
    assert said(details) == (True, None, "ERROR", "TARGETING_KEY_MISSING")
    assert details.error_message == (
        "`brief` is decided by the conversation: send its id as `context.targetingKey`"
    )
    assert said(client.get_boolean_details("nobody", True)) == (True, None, "ERROR", "FLAG_NOT_FOUND")
    assert said(client.get_string_details("plain", "x")) == ("x", None, "ERROR", "TYPE_MISMATCH")


def ask(url: str, path: str, body: bytes | None, **headers: str) -> tuple[int, Any, str]:
    request = urllib.request.Request(url + path, body, {"content-type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request) as response:
            text, status, etag = response.read(), response.status, response.headers.get("etag", "")
    except urllib.error.HTTPError as error:
        with error:
            text, status, etag = error.read(), error.code, error.headers.get("etag", "")
    return status, json.loads(text) if text else None, etag


def test_all_flags_come_with_a_tag_and_not_twice(url: str) -> None:
    status, answer, etag = ask(url, "/ofrep/v1/evaluate/flags", b'{"context": {"targetingKey": "c9"}}')
    assert (status, [flag["key"] for flag in answer["flags"]]) == (200, list(FLAGS))
    again = ask(
        url, "/ofrep/v1/evaluate/flags", b'{"context": {"targetingKey": "c9"}}', **{"if-none-match": etag}
    )
    assert again == (304, None, etag)


def test_what_is_too_large_and_what_is_asked_for_elsewhere_is_refused_in_words(url: str) -> None:
    status, answer, _ = ask(url, "/ofrep/v1/evaluate/flags/plain", b" " * 300_000)
    assert (status, answer) == (
        413,
        {"errorCode": "PARSE_ERROR", "errorDetails": "the body is larger than 262144 bytes"},
    )
    assert ask(url, "/flags", b"{}")[:2] == (
        404,
        {
            "errorCode": "GENERAL",
            "errorDetails": "POST /flags is not served here:"
            " POST /ofrep/v1/evaluate/flags or /ofrep/v1/evaluate/flags/KEY",
        },
    )
    assert ask(url, "/ofrep/v1/evaluate/flags/plain", None)[0] == 405


def test_a_file_that_disappears_while_it_is_served_is_not_missed_before_the_next_start(
    tmp_path: Path,
) -> None:
    file = written(tmp_path / "flags.json", FLAGS)
    words = program(file)
    with served(file) as url:
        file.unlink()
        assert ask(url, "/health", None)[1]["flags"] == len(FLAGS)
        assert ask(url, "/ofrep/v1/evaluate/flags/plain", b"{}")[1]["value"] is False
    assert ended(words) == (2, f"{file}: there is no such flag file\n")


def ended(words: tuple[str, ...]) -> tuple[int, str]:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


def test_a_file_that_is_torn_or_was_changed_is_not_served(tmp_path: Path) -> None:
    file = written(tmp_path / "flags.json", FLAGS)
    words = program(file)
    written(file, {**FLAGS, "brief": share(100)})
    assert ended(words) == (
        2,
        f"{file}: this is not the file that was sealed with the release\n"
        "  mend: run its commit again to build it anew\n",
    )
    file.write_text('{"flags"')
    assert ended((*words[:-2],)) == (2, f"{file}:1: not valid JSON: Expecting ':' delimiter\n")


def test_a_port_that_is_taken_is_said_in_words(tmp_path: Path) -> None:
    file = written(tmp_path / "flags.json", FLAGS)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert ended((sys.executable, "-m", "esclusa.flags.server", str(file), "--port", port)) == (
            3,
            f"port {port} cannot be listened on: Address already in use\n"
            "  mend: choose another one with --port\n",
        )
