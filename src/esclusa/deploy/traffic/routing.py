"""Routing: which release gets what share of new conversations, and how that reads to Envoy. Pure.

A cluster never changes: its name ends in a digest of its endpoints, so other replicas are another cluster and
nothing that is in flight is disturbed when they come. Which release a cluster belongs to can be read off its
name, wherever a cluster is named: in the access log, in a statistic.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from esclusa.core.fleet import Match, Shadow
from esclusa.core.value import Value, digest

LUA = "envoy.filters.http.lua"
MIRROR = "shadow"
"""The cluster that copies go to: a listener of the same router, which tells them apart and sends them on."""
COPY_TO = "x-esclusa-mirror"
"""On a copy only: the cluster of the release that it is meant for."""
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
    shadow: Shadow | None = None
    """Its release is one of the arms."""
    matches: tuple[Match, ...] = ()
    """The same."""
    feedback: str = ""
    """The path at which customers say what they thought of a conversation; the router itself answers."""
    address: str = "127.0.0.1"
    """Where the replicas listen."""

    @property
    def copied_to(self) -> Arm | None:
        """The arm that is sent copies."""
        named = self.shadow.release if self.shadow else ""
        return next((arm for arm in self.arms if arm.cluster.release == named), None)


class Lot(NamedTuple):
    """What a new conversation can draw: an arm, and whether another one is sent copies of it."""

    arm: Arm
    weight: float
    copied_to: Arm | None = None


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
    """Envoy's route discovery response: who says it himself, who has a pin, and the others by the weights.

    Whether a conversation is copied is drawn with its arm and pinned with it; the pin's own route does it.
    """
    stamp = {"esclusa": {"generation": routing.generation, "version": routing.version}}
    lots = list(_lots(routing))
    pinned = [_pinned(Lot(arm, 0.0), routing, stamp) for arm in routing.arms if routing.sticky]
    copied = [_pinned(lot, routing, stamp) for lot in lots if lot.copied_to]
    by_release = {arm.cluster.release: arm for arm in routing.arms}
    matched = [
        _route(Lot(by_release[match.release], 0.0), [_says(match)], routing, stamp)
        for match in routing.matches
    ]
    fresh = {
        "match": {"prefix": "/"},
        "metadata": {"filter_metadata": stamp},
        "route": {
            "weighted_clusters": {
                "use_hash_policy": bool(routing.sticky),
                "clusters": [
                    {
                        "name": lot.arm.cluster.name,
                        "weight": weight,
                        "request_headers_to_add": _served_by(lot.arm),
                        "typed_per_filter_config": _context(lot, routing),
                    }
                    for lot, weight in zip(lots, shares([lot.weight for lot in lots]), strict=True)
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
                "request_headers_to_remove": ["x-esclusa-pin", "x-esclusa-copied"],
                "virtual_hosts": [
                    {"name": "agent", "domains": ["*"], "routes": [*matched, *copied, *pinned, fresh]},
                ],
            }
        ],
    }


def copies() -> dict[str, Any]:
    """The one route of the listener that copies go through: on to the release that each is meant for."""
    return {
        "name": MIRROR,
        "request_headers_to_add": [_header("x-esclusa-shadow", "1")],
        "request_headers_to_remove": [COPY_TO],
        "virtual_hosts": [
            {
                "name": MIRROR,
                "domains": ["*"],
                "routes": [{"match": {"prefix": "/"}, "route": {"cluster_header": COPY_TO, **_ROUTE}}],
            }
        ],
    }


def shares(weights: Sequence[float]) -> list[int]:
    """The weights as whole numbers that sum to SHARES; the last that has any gets what rounding leaves."""
    whole = [round(weight * SHARES) for weight in weights]
    last = max((i for i, weight in enumerate(whole) if weight), default=len(whole) - 1)
    whole[last] += SHARES - sum(whole)
    return whole


def _lots(routing: Routing) -> Iterator[Lot]:
    """In the order of the arms; those copied first, so that their buckets nest while the share rises."""
    shadow, to = routing.shadow, routing.copied_to
    for arm in routing.arms:
        if shadow is None or to is None or arm == to:
            yield Lot(arm, arm.weight)
        else:
            yield Lot(arm, arm.weight * shadow.share, to)
            yield Lot(arm, arm.weight * (1.0 - shadow.share))


def _pinned(lot: Lot, routing: Routing, stamp: dict[str, Any]) -> dict[str, Any]:
    """The route of conversations that have drawn this lot."""
    marks = {"x-esclusa-pin": lot.arm.pin}
    if lot.copied_to:
        marks["x-esclusa-copied"] = lot.copied_to.pin
    said = [{"name": name, "string_match": {"exact": value}} for name, value in marks.items()]
    return _route(lot, said, routing, stamp)


def _says(match: Match) -> dict[str, Any]:
    if match.header:
        return {"name": match.header.lower(), "string_match": {"exact": match.value}}
    # Envoy joins the Cookie headers of a request.
    said = rf"(?:.*;\s*)?{_literal(match.cookie)}={_literal(match.value)}(?:\s*;.*)?"
    return {"name": "cookie", "string_match": {"safe_regex": {"regex": said}}}


def _literal(text: str) -> str:
    """As RE2 reads it; it knows no escape of a letter or a digit."""
    return "".join(letter if letter.isalnum() else f"\\x{{{ord(letter):x}}}" for letter in text)


def _route(
    lot: Lot, headers: Sequence[dict[str, Any]], routing: Routing, stamp: dict[str, Any]
) -> dict[str, Any]:
    return {
        "match": {"prefix": "/", "headers": list(headers)},
        "metadata": {"filter_metadata": {**stamp, LUA: {"pin": lot.arm.pin}}},
        "route": {
            "cluster": lot.arm.cluster.name,
            **({"request_mirror_policies": [_copy(lot.copied_to)]} if lot.copied_to else {}),
            **_ROUTE,
        },
        "request_headers_to_add": _served_by(lot.arm),
        "typed_per_filter_config": _context(lot, routing),
    }


def _copy(to: Arm) -> dict[str, Any]:
    return {
        "cluster": MIRROR,
        "disable_shadow_host_suffix_append": True,
        "request_headers_mutations": [{"append": _header(COPY_TO, to.cluster.name)}],
    }


def _context(lot: Lot, routing: Routing) -> dict[str, Any]:
    return {
        LUA: {
            "@type": f"{_TYPE}envoy.extensions.filters.http.lua.v3.LuaPerRoute",
            "filter_context": {
                "pin": lot.arm.pin,
                **({"copied": lot.copied_to.pin} if lot.copied_to else {}),
                "polls": {each.cluster.health_path: True for each in routing.arms},
                **({"sticky": routing.sticky.lower()} if routing.sticky else {}),
                **({"sample": routing.sample} if routing.sample else {}),
                **({"feedback": routing.feedback} if routing.feedback else {}),
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
