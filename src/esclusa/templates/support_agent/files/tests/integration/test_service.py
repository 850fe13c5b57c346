"""The service as a customer meets it: a real process, in front of a stand-in for the model server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FAKE_MODEL = Path(__file__).with_name("fake_model.py")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def program(*argv: str, **variables: str) -> Iterator[None]:
    """Runs a Python program in the repository, and stops it at the end."""
    process = subprocess.Popen([sys.executable, *argv], cwd=ROOT, env=os.environ | variables)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def status_of(url: str) -> int | None:
    """The HTTP status of a GET, or None when nobody listens."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def wait_for(url: str, status: int) -> None:
    deadline = time.monotonic() + 30
    while status_of(url) != status:
        assert time.monotonic() < deadline, f"{url} never answered {status}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    model, agent = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    model_port, agent_port = model.rpartition(":")[2], agent.rpartition(":")[2]
    with program(str(FAKE_MODEL), model_port):
        wait_for(f"{model}/health", 200)
        with program("-m", "support_agent", "--port", agent_port, MODEL_URL=model):
            wait_for(f"{agent}/health", 200)
            yield agent


def post(url: str, body: object) -> tuple[int, dict[str, str], str]:
    request = urllib.request.Request(
        f"{url}/v1/chat/completions",
        json.dumps(body).encode(),
        {"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=15) as response:
            return response.status, dict(response.headers), response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


def said(*messages: str) -> dict:
    return {"messages": [{"role": "user", "content": message} for message in messages]}


def test_an_order_is_looked_up_and_its_state_told(service):
    status, headers, text = post(service, said("Where is my order 10482?"))
    answer = json.loads(text)
    assert status == 200
    assert headers["x-agent-intent"] == answer["metadata"]["intent"] == "order_status"
    assert answer["metadata"]["tool"] == "lookup_order"
    assert "order 10482 is on its way" in answer["choices"][0]["message"]["content"]
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0


def test_a_spanish_customer_is_answered_in_spanish(service):
    _, _, text = post(service, said("¿Dónde está mi pedido 10482?"))
    assert "pedido 10482 va de camino" in json.loads(text)["choices"][0]["message"]["content"]


def test_the_order_of_an_earlier_message_is_remembered(service):
    _, _, text = post(service, said("My order is 10482", "Where is my order?"))
    assert "10482" in json.loads(text)["choices"][0]["message"]["content"]


def test_a_stream_is_sent_as_events(service):
    status, headers, text = post(service, said("Where is my order 10482?") | {"stream": True})
    first, last = text.strip().split("\n\n")
    assert (status, headers["Content-Type"]) == (200, "text/event-stream")
    assert "10482" in json.loads(first.removeprefix("data: "))["choices"][0]["delta"]["content"]
    assert last == "data: [DONE]"


@pytest.mark.parametrize("body", [{}, [], {"messages": []}, said(" "), {"messages": ["hi"]}])
def test_a_malformed_request_is_refused(service, body):
    status, _, text = post(service, body)
    assert (status, json.loads(text)["error"]["type"]) == (400, "invalid_request_error")


def test_health_fails_without_the_model_server():
    port = free_port()
    nobody = f"http://127.0.0.1:{free_port()}"
    with program("-m", "support_agent", "--port", str(port), MODEL_URL=nobody):
        wait_for(f"http://127.0.0.1:{port}/health", 503)
