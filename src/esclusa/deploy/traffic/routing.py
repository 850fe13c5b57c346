"""Routing: which release gets what share of new conversations, and how that reads to Envoy. Pure.

A cluster never changes: its name ends in a digest of its endpoints, so other replicas are another cluster and
nothing that is in flight is disturbed when they come. Which release a cluster belongs to can be read off its
name, wherever a cluster is named: in the access log, in a statistic.
"""

from collections.abc import Iterable
from typing import Any

from esclusa.core.value import Value, digest

LUA = "envoy.filters.http.lua"
SHARES = 1_000_000
"""Weights are whole numbers to Envoy: this many make 100 %."""

_TYPE = "type.googleapis.com/"
_MANY = 100_000


class Cluster(Value, frozen=True, kw_only=True):
    """Replicas of one release that take turns."""

    release: str
    ports: tuple[int, ...]
    health_path: str
    health_timeout: float

    @property
    def name(self) -> str:
        """`release~digest`."""
        return f"{self.release}~{digest(self)[:8]}"


class Arm(Value, frozen=True, kw_only=True):
    """A release that takes part in the traffic."""

    cluster: Cluster
    weight: float
    entered: int
    """The generation in which it came in. Conversations are pinned to release and entry: one that comes back
    later does not call in those of its first time."""

    @property
    def pin(self) -> str:
        """What a conversation of this arm is pinned to."""
        return f"{self.cluster.release}~{self.entered}"


class Routing(Value, frozen=True, kw_only=True):
    """All that the router of an environment is told. `version` is new with every change."""

    version: str
    generation: int
    arms: tuple[Arm, ...]
    """Newest release first: then the buckets of the hash nest while its weight rises."""
    sticky: str = ""
    sample: float = 0.0
    """The share of conversations that are marked to be sampled."""
    address: str = "127.0.0.1"
    """Where the replicas listen."""


def release_of(cluster: str) -> str:
    """The release that a cluster of this name belongs to."""
    return cluster.rpartition("~")[0]


def clusters(version: str, wanted: Iterable[Cluster], address: str = "127.0.0.1") -> dict[str, Any]:
    """Envoy's cluster discovery response; each cluster once, in the order of their names."""
    once = {cluster.name: cluster for cluster in wanted}
    return {
        "version_info": version,
        "resources": [_cluster(once[name], address) for name in sorted(once)],
    }


def routes(routing: Routing) -> dict[str, Any]:
    """Envoy's route discovery response: pinned conversations first, then new ones by the weights."""
    stamp = {"esclusa": {"generation": routing.generation, "version": routing.version}}
    pinned = [
        {
            "match": {
                "prefix": "/",
                "headers": [{"name": "x-esclusa-pin", "string_match": {"exact": arm.pin}}],
            },
            "metadata": {"filter_metadata": {**stamp, LUA: {"pin": arm.pin}}},
            "route": {"cluster": arm.cluster.name, **_ROUTE},
            "request_headers_to_add": _served_by(arm),
            "typed_per_filter_config": _context(arm, routing),
        }
        for arm in routing.arms
        if routing.sticky
    ]
    fresh = {
        "match": {"prefix": "/"},
        "metadata": {"filter_metadata": stamp},
        "route": {
            "weighted_clusters": {
                "use_hash_policy": bool(routing.sticky),
                "clusters": [
                    {
                        "name": arm.cluster.name,
                        "weight": weight,
                        "request_headers_to_add": _served_by(arm),
                        "typed_per_filter_config": _context(arm, routing),
                    }
                    for arm, weight in zip(routing.arms, shares(routing.arms), strict=True)
                ],
            },
            **({"hash_policy": [{"header": {"header_name": routing.sticky}}]} if routing.sticky else {}),
            **_ROUTE,
        },
    }
    return {
        "version_info": routing.version,
        "resources": [
            {
                "@type": f"{_TYPE}envoy.config.route.v3.RouteConfiguration",
                "name": "routes",
                "validate_clusters": True,
                "request_headers_to_add": [
                    _header("x-esclusa-id", "%STREAM_ID%"),
                    _header("x-esclusa-start", "%START_TIME(%s.%6f)%"),
                ],
                "request_headers_to_remove": ["x-esclusa-pin"],
                "virtual_hosts": [{"name": "agent", "domains": ["*"], "routes": [*pinned, fresh]}],
            }
        ],
    }


def shares(arms: tuple[Arm, ...]) -> list[int]:
    """The weights as whole numbers that sum to SHARES; the last that has any gets what rounding leaves."""
    whole = [round(arm.weight * SHARES) for arm in arms]
    last = max((i for i, weight in enumerate(whole) if weight), default=len(whole) - 1)
    whole[last] += SHARES - sum(whole)
    return whole


def _context(arm: Arm, routing: Routing) -> dict[str, Any]:
    return {
        LUA: {
            "@type": f"{_TYPE}envoy.extensions.filters.http.lua.v3.LuaPerRoute",
            "filter_context": {
                "pin": arm.pin,
                "polls": {each.cluster.health_path: True for each in routing.arms},
                **({"sticky": routing.sticky.lower()} if routing.sticky else {}),
                **({"sample": routing.sample} if routing.sample else {}),
            },
        }
    }


def _served_by(arm: Arm) -> list[dict[str, Any]]:
    return [_header("x-esclusa-release", arm.cluster.release)]


def _header(name: str, value: str) -> dict[str, Any]:
    return {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


_ROUTE: dict[str, Any] = {
    # An answer may stream for minutes.
    "timeout": "0s",
    # Only what surely has not reached an agent is sent again: its tools have effects.
    "retry_policy": {
        "retry_on": "connect-failure,refused-stream,reset-before-request",
        "num_retries": 5,
        "retry_back_off": {"base_interval": "0.010s", "max_interval": "0.200s"},
        "retry_host_predicate": [
            {
                "name": "envoy.retry_host_predicates.previous_hosts",
                "typed_config": {
                    "@type": f"{_TYPE}envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
                },
            }
        ],
        "host_selection_retry_max_attempts": 5,
    },
}


def _cluster(cluster: Cluster, address: str) -> dict[str, Any]:
    return {
        "@type": f"{_TYPE}envoy.config.cluster.v3.Cluster",
        "name": cluster.name,
        "type": "STATIC",
        "connect_timeout": "2s",
        "lb_policy": "LEAST_REQUEST",
        "circuit_breakers": {
            "thresholds": [
                {
                    "max_connections": _MANY,
                    "max_pending_requests": _MANY,
                    "max_requests": _MANY,
                    "max_retries": 1000,
                }
            ]
        },
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "health_checks": [
            {
                "timeout": _seconds(cluster.health_timeout),
                "interval": "1s",
                "no_traffic_interval": "1s",
                "interval_jitter": "0.1s",
                "unhealthy_threshold": 2,
                "healthy_threshold": 1,
                "http_health_check": {"path": cluster.health_path},
            }
        ],
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{_TYPE}envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {"http_protocol_options": {}},
                # Below the keep-alive of common servers (gunicorn 2 s, uvicorn 5 s): a connection that a
                # replica closes just as a request goes out on it would cost that request.
                "common_http_protocol_options": {"idle_timeout": "1s"},
            }
        },
        "load_assignment": {
            "cluster_name": cluster.name,
            "endpoints": [
                {
                    "lb_endpoints": [
                        {
                            "endpoint": {
                                "address": {"socket_address": {"address": address, "port_value": port}}
                            }
                        }
                        for port in cluster.ports
                    ]
                }
            ],
        },
    }


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}s"
