"""Admin: what a running Envoy says of itself, over its private socket."""

import asyncio
import http.client
import re
import socket
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from esclusa.core.errors import OutsideError
from esclusa.deploy.traffic.routing import Cluster

PATIENCE = 5.0


class NoAnswer(OutsideError):
    """The router is not there, or not yet, or has nothing to say."""


class Admin:
    """One Envoy's admin interface. Every question raises NoAnswer when it is not answered."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def version(self) -> str:
        """Of the routes in force; empty while there are none."""
        dump = await self._json("/config_dump?resource=dynamic_route_configs")
        for config in dump.get("configs", ()):
            route_config = config.get("route_config", {})
            for host in route_config.get("virtual_hosts", ()):
                for route in host.get("routes", ()):
                    stamp = route.get("metadata", {}).get("filter_metadata", {}).get("esclusa", {})
                    return str(stamp.get("version", ""))
        return ""

    async def healthy(self, clusters: Iterable[Cluster]) -> Mapping[str, int]:
        """How many replicas of each cluster are healthy; a cluster that is still warming up is left out."""
        names = [cluster.name for cluster in clusters]
        found = await self._gauges(names, ("membership_healthy",))
        return {
            name: found[name, "membership_healthy"] for name in names if (name, "membership_healthy") in found
        }

    async def ports(self) -> Mapping[int, bool]:
        """Every replica's port and whether its health check passes."""
        seen: dict[int, bool] = {}
        for cluster in (await self._json("/clusters?format=json")).get("cluster_statuses", ()):
            for host in cluster.get("host_statuses", ()):
                if "socket_address" not in host["address"]:  # the router's own listener for copies
                    continue
                port = host["address"]["socket_address"]["port_value"]
                status = host.get("health_status", {})
                failing = any(key.startswith("failed") and value for key, value in status.items())
                seen[port] = status.get("eds_health_status") == "HEALTHY" and not failing
        return seen

    async def active(self, clusters: Iterable[str]) -> int:
        """Requests in flight or waiting for a connection, over the named clusters."""
        found = await self._gauges(list(clusters), ("upstream_rq_active", "upstream_rq_pending_active"))
        return sum(found.values())

    async def failures(self) -> int:
        """How many clusters and routes Envoy could not take since it started."""
        text = await self._get("/stats?filter=(update_rejected|update_failure)$")
        return sum(int(line.rpartition(": ")[2]) for line in text.decode().splitlines() if ": " in line)

    async def clusters_version(self) -> str:
        """Of the clusters last accepted."""
        text = (await self._get("/stats?filter=^cluster_manager.cds.version_text$")).decode().strip()
        return text.partition(": ")[2].strip('"')

    async def close_listeners(self) -> None:
        """Take no new connections; those that are open go on."""
        await self._get("/drain_listeners", "POST")

    async def _gauges(self, clusters: list[str], gauges: tuple[str, ...]) -> dict[tuple[str, str], int]:
        if not clusters:
            return {}
        names = "|".join(map(re.escape, clusters))
        pattern = rf"^cluster\.({names})\.({'|'.join(gauges)})$"
        found = {}
        for line in (await self._get(f"/stats?filter={quote(pattern)}")).decode().splitlines():
            stat, _, value = line.rpartition(": ")
            name, _, gauge = stat.removeprefix("cluster.").rpartition(".")
            if name:
                found[name, gauge] = int(value)
        return found

    async def _json(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = msgspec.json.decode(await self._get(path))
        return answer

    async def _get(self, path: str, method: str = "GET") -> bytes:
        try:
            return await asyncio.to_thread(self._ask, path, method)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"the router does not answer: {error}") from error

    def _ask(self, path: str, method: str) -> bytes:
        connection = Connection(self._path, PATIENCE)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise http.client.HTTPException(f"{path}: {response.status} {body[:200]!r}")
        return body


class Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
