"""A Ray cluster of two nodes on this machine, for as long as its standard input is open.

    python -m benchmarks.evals.nodes

Prints the address that `--workers` takes. Everything listens on the loopback address only, and what Ray
writes goes with it.
"""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from esclusa.evals.workers.cluster import LOOPBACK, QUIET, STORE

HERE = "127.0.0.1"


@contextmanager
def two_nodes() -> Iterator[str]:
    """The address of the cluster, while it runs."""
    argv = (sys.executable, "-m", "benchmarks.evals.nodes")
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, "the cluster did not start"
        try:
            yield address
        finally:
            process.stdin.close()
            process.wait()


def main() -> None:
    """Start it, say where, wait."""
    # Ray's client server forks while threads of gRPC run, whose handlers then crash the child now and then.
    os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
    with tempfile.TemporaryDirectory(prefix="nodes-") as directory, socket.socket() as free:
        os.environ.update({**QUIET, **LOOPBACK, "RAY_TMPDIR": directory})
        # Here, for the environment is read as it is imported.
        from ray.cluster_utils import Cluster

        free.bind((HERE, 0))
        port = free.getsockname()[1]
        free.close()
        node = {"num_cpus": 1, "node_ip_address": HERE, "object_store_memory": STORE}
        head = {"ray_client_server_port": port, "include_dashboard": False}
        cluster: Any = Cluster(initialize_head=True, head_node_args={**node, **head})
        cluster.add_node(**node)
        print(f"ray://{HERE}:{port}", flush=True)
        sys.stdin.read()
        cluster.shutdown()


if __name__ == "__main__":
    main()
