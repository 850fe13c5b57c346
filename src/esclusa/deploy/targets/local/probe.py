"""Readiness: an HTTP GET that must answer 2xx."""

import asyncio
import http.client

from esclusa.core.fleet import Health


async def healthy(address: str, port: int, health: Health) -> bool:
    """Whether it answers so, within the health check's own timeout."""
    return await asyncio.to_thread(_ask, address, port, health)


def _ask(address: str, port: int, health: Health) -> bool:
    connection = http.client.HTTPConnection(address, port, timeout=health.timeout)
    try:
        connection.request("GET", health.path, headers={"user-agent": "esclusa", "connection": "close"})
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
